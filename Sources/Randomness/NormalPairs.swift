/// Standard normal numbers from a random stream, two at a time: the polar method.
///
/// Two words make a point in the square ±1, thrown away unless it lies in the unit circle; with s its
/// squared distance from the center, both coordinates times √(−2 ln s / s) are normal and
/// independent. The logarithm is made of exact operations only, so the numbers are the same bits on
/// every machine.
///
/// Source: G. Marsaglia, T. A. Bray, "A convenient method for generating normal variables", SIAM
/// Review 6 (1964), DOI 10.1137/1006063.
public struct NormalPairs: Sendable {
  private var second: Double?

  /// No number is left over at first.
  public init() {}

  /// The next number, of mean 0 and variance 1.
  public mutating func next(using random: inout RandomStream) -> Double {
    if let number = second {
      second = nil
      return number
    }
    while true {
      let u = Self.coordinate(random.nextWord())
      let v = Self.coordinate(random.nextWord())
      let s = u * u + v * v
      guard s < 1 else { continue }
      let factor = (-2 * Self.logarithm(s) / s).squareRoot()
      second = v * factor
      return u * factor
    }
  }

  /// A number in ±1 that is never 0: an odd multiple of 2⁻³².
  private static func coordinate(_ word: UInt32) -> Double {
    Double(2 * Int64(word) - 0xFFFF_FFFF) * 0x1p-32
  }

  /// ln x of a normal number: x = 2ᵉ m with ½√2 ≤ m < √2, and ln m = 2 artanh q with
  /// q = (m − 1) / (m + 1), |q| < 0.172, by its series as far as doubles go.
  static func logarithm(_ x: Double) -> Double {
    var exponent = x.exponent
    var m = x.significand
    if m > 1.414_213_562_373_095_1 {
      m /= 2
      exponent += 1
    }
    let q = (m - 1) / (m + 1)
    let square = q * q
    var sum = 0.0
    // 0.172²² / 23 < 2⁻⁵⁸.
    for power in stride(from: 21.0, through: 1, by: -2) { sum = sum * square + 1 / power }
    return Double(exponent) * 0.693_147_180_559_945_3 + 2 * q * sum
  }
}
