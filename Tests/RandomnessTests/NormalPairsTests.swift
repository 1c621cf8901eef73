import Foundation
import Testing

@testable import Randomness

@Suite struct NormalPairsTests {
  /// The polar method over the same words, with the C library's logarithm.
  @Test func theFormula() {
    var random = RandomStream(seed: 4, purpose: .initialization)
    var words = random
    var normal = NormalPairs()
    var found = 0
    while found < 2000 {
      let u = Double(words.nextWord()) * 0x1p-31 - 1 + 0x1p-32
      let v = Double(words.nextWord()) * 0x1p-31 - 1 + 0x1p-32
      let s = u * u + v * v
      guard s < 1 else { continue }
      let factor = (-2 * log(s) / s).squareRoot()
      for expected in [u * factor, v * factor] {
        #expect(abs(normal.next(using: &random) - expected) <= 1e-14 * abs(expected))
        found += 1
      }
    }
  }

  @Test func logarithms() {
    for x in [1e-300, 1e-18, 0.3, 0.5, 0.707, 0.7072, 0.999_999, 1, 1.4, 1.5, 3, 1e300] {
      #expect(abs(NormalPairs.logarithm(x) - log(x)) <= 4e-16 * abs(log(x)))
    }
  }
}
