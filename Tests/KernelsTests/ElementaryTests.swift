import Foundation
import TestSupport
import Testing

@Suite struct ElementaryTests {
  // MARK: Exponential

  /// The bound that `exponential` documents; it was measured over every float.
  static let exponentialBound = 1.02
  /// The bound that `logarithm` documents; it was measured over every float ≥ 2⁻¹²⁶.
  static let logarithmBound = 0.83
  /// The bound that `hyperbolicTangent` documents; measured over every float from 2⁻¹² to 10.
  static let hyperbolicTangentBound = 1.34

  /// The largest error in units in the last place of the exact result's float; infinite where
  /// only one of the two is infinite, or a result is not a number.
  func largestError(_ found: [Float], _ exact: [Double]) -> Double {
    zip(found, exact).reduce(0) { largest, pair in
      let (value, exact) = pair
      let rounded = Float(exact)
      if rounded.isInfinite { return value == rounded ? largest : .infinity }
      let error = abs(Double(value) - exact) / Double(rounded.ulp)
      return error.isNaN ? .infinity : max(largest, error)
    }
  }

  /// Every 499th float from 0 to `end`, of either sign.
  func floats(to end: Float) -> [Float] {
    stride(from: 0, through: end.bitPattern, by: 499).flatMap {
      [Float(bitPattern: $0), -Float(bitPattern: $0)]
    }
  }

  @Test(arguments: TableUnderTest.all)
  func exponential(table: TableUnderTest) {
    var x = floats(to: 110)
    // Where the measured errors are largest, and the edges: the last finite result, the first
    // infinite one, the smallest normal, the smallest of all, the first zero.
    x += [26.728634, -5.8778844, 70.4031, -81.39479]
    for edge in [88.722839, -87.336544, -103.27893, -103.97208, -104] as [Float] {
      var below = edge
      var above = edge
      for _ in 0..<100 {
        x += [below, above]
        below = below.nextDown
        above = above.nextUp
      }
    }
    let error = largestError(table.exponential(x), x.map { exp(Double($0)) })
    #expect(error <= Self.exponentialBound)
  }

  @Test(arguments: TableUnderTest.all)
  func exponentialOfSpecialNumbers(table: TableUnderTest) {
    let smallest = Float.leastNonzeroMagnitude
    let x = [0, -0.0, .infinity, -.infinity, 1e30, -1e30, 89, -105, smallest, -smallest]
    #expect(table.exponential(x) == [1, 1, .infinity, 0, .infinity, 0, .infinity, 0, 1, 1])
    // 0 is +0: the logarithm of a sum of such results would differ otherwise.
    #expect(table.exponential([-.infinity])[0].sign == .plus)
    let notNumbers: [Float] = [.nan, -.nan, .signalingNaN, Float(bitPattern: 0x7FFF_FFFF)]
    #expect(table.exponential(notNumbers).areNotANumber)
    #expect(table.exponential([]).isEmpty)
  }

  // MARK: Logarithm

  @Test(arguments: TableUnderTest.all)
  func logarithm(table: TableUnderTest) {
    var x: [Float] = []
    // All exponents, with 2,000 mantissas each, the first and the last among them.
    for exponent in UInt32(1)...254 {
      for mantissa in stride(from: 0, to: 1 << 23, by: 4219) as StrideTo<UInt32> {
        x.append(Float(bitPattern: exponent << 23 | mantissa))
      }
      x.append(Float(bitPattern: exponent << 23 | 0x7F_FFFF))
    }
    // The sums of softmax over few classes: dense from ½ to 2.
    for bits in stride(from: 0x3F00_0000, to: 0x4000_0000, by: 61) as StrideTo<UInt32> {
      x.append(Float(bitPattern: bits))
    }
    // 1 and its neighbours, ½√2 and √2, where the reduction changes, and the worst measured.
    for edge in [1, 0.707_106_77, 1.414_213_54, 0.699_976_8, 1.413_642] as [Float] {
      for offset in 0..<200 { x.append(Float(bitPattern: edge.bitPattern - 100 + UInt32(offset))) }
    }
    let error = largestError(table.logarithm(x), x.map { log(Double($0)) })
    #expect(error <= Self.logarithmBound)
  }

  @Test(arguments: TableUnderTest.all)
  func logarithmOfSpecialNumbers(table: TableUnderTest) {
    #expect(table.logarithm([1])[0].bitPattern == 0)
    #expect(table.logarithm([.nan, -.nan, .signalingNaN]).areNotANumber)
  }

  // MARK: Hyperbolic tangent

  @Test(arguments: TableUnderTest.all)
  func hyperbolicTangentOverTheWholeRange(table: TableUnderTest) {
    // Every 9,973rd float (a prime) from 0 to ∞, of either sign, and both sides of the change of
    // formula.
    var x = stride(from: UInt32(0), to: 0x7F80_0000, by: 9973).map { Float(bitPattern: $0) }
    for offset in 0..<400 {
      x.append(Float(bitPattern: Float(0.625).bitPattern - 200 + UInt32(offset)))
    }
    x += x.map { -$0 }
    let error = largestError(table.hyperbolicTangent(x), x.map { tanh(Double($0)) })
    #expect(error <= Self.hyperbolicTangentBound)
  }

  @Test(arguments: TableUnderTest.all)
  func hyperbolicTangentOfSpecialNumbers(table: TableUnderTest) {
    #expect(
      table.hyperbolicTangent([0, -0.0]).bits == [Float(0).bitPattern, Float(-0.0).bitPattern])
    #expect(table.hyperbolicTangent([.infinity, -.infinity, 100, -100]) == [1, -1, 1, -1])
    #expect(table.hyperbolicTangent([.nan, -.nan, .signalingNaN]).areNotANumber)
  }
}
