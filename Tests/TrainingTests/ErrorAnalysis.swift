// Running error analysis: next to a number in double precision, a bound on how far the number that
// the trainer computes in floats can be from it. No bound of a test is chosen; each is what the
// rounding of every operation adds up to at worst.
//
// Source: N. J. Higham, Accuracy and Stability of Numerical Algorithms, 2nd edition, sections 2.2
// (the model of arithmetic), 3.1 (γₙ) and 3.3 (running error analysis).
//
// What it assumes: rounding to nearest, and neither overflow nor underflow; an underflow would add
// 2⁻¹⁴⁹, and the numbers of the tests are far larger. The double precision's own roundings, 2⁻²⁹ of
// the floats', are left out.

/// The unit roundoff u of floats: the result of one operation is x (1 + δ) with |δ| ≤ u.
let unitRoundoff = 0x1p-24

/// γₙ = n u / (1 − n u): n factors 1 + δ, multiplied, are 1 + θ with |θ| ≤ γₙ.
func gamma(_ n: Int) -> Double {
  Double(n) * unitRoundoff / (1 - Double(n) * unitRoundoff)
}

/// A number, and how far what floats make of it can be from it.
struct Estimate {
  var value: Double
  var error: Double

  init(_ value: Double, error: Double = 0) {
    self.value = value
    self.error = error
  }

  /// How large the number in floats can be.
  var magnitude: Double { abs(value) + error }

  /// `self + a × b` in floats, fused or not.
  func addingProduct(_ a: Estimate, _ b: Estimate) -> Estimate {
    var sum = SumOfProducts(from: self)
    sum.add(a, b)
    return sum.estimate
  }
}

/// `start + Σ a × b` in floats.
///
/// In whatever order n products are added, by fused multiply-adds or not, no term goes through
/// more than n + 1 roundings: one for its product, and at most n for the sums it is part of. So
///
///     |computed − start − Σ a b| ≤ γₙ₊₁ (|start| + Σ |a b|)
///
/// with the factors that floats have; what these are off by is added to it.
struct SumOfProducts {
  private(set) var count = 0
  private(set) var value: Double
  /// What the errors of the factors come to.
  private(set) var inherited: Double
  /// |start| + Σ |a b|, with factors as large as they can be.
  private(set) var magnitude: Double

  init(from start: Estimate = Estimate(0)) {
    value = start.value
    inherited = start.error
    magnitude = start.magnitude
  }

  mutating func add(_ a: Estimate, _ b: Estimate) {
    count += 1
    value += a.value * b.value
    // (a + e)(b + f) − a b = a f + e (b + f)
    inherited += abs(a.value) * b.error + a.error * b.magnitude
    magnitude += a.magnitude * b.magnitude
  }

  var estimate: Estimate { Estimate(value, error: inherited + gamma(count + 1) * magnitude) }
}
