import Foundation
import Kernels
import TestSupport
import Testing

/// The elementwise activations, as formulas in double precision.
struct ExactActivation: Sendable, CustomTestStringConvertible {
  let activation: ElementwiseActivation
  let parameter: Float
  let value: @Sendable (Double) -> Double
  let derivative: @Sendable (Double) -> Double
  /// The largest errors of value and derivative: in units in the last place, where the result is
  /// at least `unit` in size; below, in units in the last place of that.
  let bounds: (value: Double, derivative: Double)
  var units: (value: Float, derivative: Float) = (.leastNonzeroMagnitude, .leastNonzeroMagnitude)

  var testDescription: String { "\(activation) \(parameter)" }

  static func sigma(_ z: Double) -> Double { z < 0 ? exp(z) / (1 + exp(z)) : 1 / (1 + exp(-z)) }
  /// σ (1 − σ) without a difference of equal numbers.
  static func sigmaSlope(_ z: Double) -> Double { sigma(z) * sigma(-z) }
  static func phi(_ z: Double) -> Double { exp(-z * z / 2) / (2 * Double.pi).squareRoot() }
  static func normal(_ z: Double) -> Double { erfc(-z / 2.0.squareRoot()) / 2 }

  static let all = [
    ExactActivation(
      activation: .identity, parameter: 0, value: { $0 }, derivative: { _ in 1 }, bounds: (0, 0)),
    ExactActivation(
      activation: .relu, parameter: 0, value: { max(0, $0) }, derivative: { $0 > 0 ? 1 : 0 },
      bounds: (0, 0)),
    ExactActivation(
      activation: .step, parameter: 0, value: { $0 >= 0 ? 1 : 0 }, derivative: { _ in 0 },
      bounds: (0, 0)),
    ExactActivation(
      activation: .sigmoid, parameter: 0, value: sigma, derivative: sigmaSlope, bounds: (3.2, 4.3)),
    ExactActivation(
      activation: .tanh, parameter: 0, value: { Foundation.tanh($0) },
      derivative: { 4 * sigmaSlope(2 * $0) }, bounds: (1.34, 4),
      // Where e²ˣ overflows, nothing is left of the slope.
      units: (.leastNonzeroMagnitude, 0x1p-104)),
    ExactActivation(
      activation: .leakyReLU, parameter: 0.1, value: { $0 > 0 ? $0 : Double(Float(0.1)) * $0 },
      derivative: { $0 > 0 ? 1 : Double(Float(0.1)) }, bounds: (0.5, 0)),
    ExactActivation(
      activation: .elu, parameter: 1, value: { $0 > 0 ? $0 : expm1($0) },
      derivative: { $0 > 0 ? 1 : exp($0) }, bounds: (3, 1.02)),
    ExactActivation(
      activation: .elu, parameter: 0.7, value: { $0 > 0 ? $0 : Double(Float(0.7)) * expm1($0) },
      derivative: { $0 > 0 ? 1 : Double(Float(0.7)) * exp($0) }, bounds: (3.6, 2)),
    ExactActivation(
      activation: .gelu, parameter: 0, value: { $0 * normal($0) },
      derivative: { normal($0) + $0 * phi($0) }, bounds: (7.5, 5),
      units: (.leastNonzeroMagnitude, 1)),
    ExactActivation(
      activation: .silu, parameter: 0, value: { $0 * sigma($0) },
      derivative: { sigma($0) + $0 * sigmaSlope($0) }, bounds: (4, 4),
      // Below −87, σ has lost digits that a product with x of 100 does not give back.
      units: (0x1p-120, 1)),
  ]
}

@Suite struct ActivationFunctionTests {
  /// Every 9,973rd float (a prime) from 0 to 10³⁰, all of them from 2⁻⁶ to 32 that are 997 apart,
  /// of either sign.
  static let arguments: [Float] = {
    var x = stride(from: UInt32(0), to: Float(1e30).bitPattern, by: 9973).map(
      Float.init(bitPattern:))
    x += stride(from: Float(0x1p-6).bitPattern, to: Float(32).bitPattern, by: 997)
      .map(Float.init(bitPattern:))
    return x + x.map { -$0 }
  }()

  /// The largest error in units in the last place of the exact result, or of `unit` where that is
  /// larger.
  private func largestError(_ found: [Float], _ exact: [Double], unit: Float) -> (Double, Int) {
    var worst = (error: 0.0, index: 0)
    for (index, (value, exact)) in zip(found, exact).enumerated() {
      let rounded = Float(exact)
      var error = abs(Double(value) - exact) / Double(max(abs(rounded), unit).ulp)
      if rounded.isInfinite { error = value == rounded ? 0 : .infinity }
      if error.isNaN || error > worst.error { worst = (error.isNaN ? .infinity : error, index) }
    }
    return worst
  }

  @Test(arguments: TableUnderTest.all, ExactActivation.all)
  func againstDoublePrecision(table: TableUnderTest, function: ExactActivation) {
    let x = Self.arguments
    let (y, d) = table.apply(function.activation, function.parameter, to: x)
    let value = largestError(
      y, x.map { function.value(Double($0)) }, unit: function.units.value)
    let derivative = largestError(
      d, x.map { function.derivative(Double($0)) }, unit: function.units.derivative)
    #expect(value.0 <= function.bounds.value, "value, at \(x[value.1])")
    #expect(derivative.0 <= function.bounds.derivative, "derivative, at \(x[derivative.1])")
    // Without derivatives, the values are the same.
    #expect(
      differences(table.applyAlone(function.activation, function.parameter, to: x).bits, y.bits)
        == 0)
  }

  /// The formulas of the derivatives, against central differences of the values: (f(x + h) −
  /// f(x − h)) / 2h is off by h²/6 |f‴| ≤ h² (no third derivative here exceeds 6 between the kinks),
  /// and by the values' rounding over h.
  @Test(arguments: ExactActivation.all)
  func derivativesAreThoseOfTheValues(function: ExactActivation) {
    let h = 1e-4
    for x in stride(from: -8.03, through: 8, by: 0.01) where abs(x) > h {
      let difference = (function.value(x + h) - function.value(x - h)) / (2 * h)
      #expect(abs(difference - function.derivative(x)) <= h * h + 1e-14 / h)
    }
  }

  /// The lectures: σ′ = σ (1 − σ) ≤ 0.25, the cause of vanishing gradients in deep sigmoid nets.
  @Test(arguments: TableUnderTest.all)
  func theSlopeOfSigmoidIsAtMostAQuarter(table: TableUnderTest) {
    let (y, d) = table.apply(.sigmoid, 0, to: Self.arguments + [0])
    #expect(d.allSatisfy { (0...0.25).contains($0) })
    #expect(d.last == 0.25 && y.last == 0.5)
    #expect(y.allSatisfy { (0...1).contains($0) })
  }

  /// The lectures: tanh(x) = 2σ(2x) − 1; both sides are rounded to floats of at most 1.
  @Test(arguments: TableUnderTest.all)
  func tanhIsAScaledSigmoid(table: TableUnderTest) {
    let x = Self.arguments.filter { abs($0) < 1e29 }
    let tanh = table.apply(.tanh, 0, to: x).value
    let sigmoid = table.apply(.sigmoid, 0, to: x.map { 2 * $0 }).value
    #expect(zip(tanh, sigmoid).allSatisfy { abs($0 - (2 * $1 - 1)) <= 6 * 0x1p-24 })
  }

  /// The lectures: leaky ReLU max(0.1 x, x).
  @Test(arguments: TableUnderTest.all)
  func leakyReLUIsTheLargerOfTwo(table: TableUnderTest) {
    let y = table.apply(.leakyReLU, 0.1, to: Self.arguments).value
    #expect(zip(y, Self.arguments).allSatisfy { $0 == max(0.1 * $1, $1) })
  }

  /// A run that has diverged must show it: not-a-number stays. The limits are those of the
  /// formulas; −∞ · 0 is not a number, as in other libraries.
  @Test(arguments: TableUnderTest.all)
  func specialNumbers(table: TableUnderTest) {
    for function in ExactActivation.all {
      let notNumbers = table.apply(function.activation, function.parameter, to: [.nan, -.nan]).value
      #expect(notNumbers.areNotANumber)
    }
    func limits(_ activation: ElementwiseActivation, _ parameter: Float = 0) -> [Float] {
      table.apply(activation, parameter, to: [.infinity, -.infinity, 0]).value
    }
    #expect(limits(.relu) == [.infinity, 0, 0])
    #expect(limits(.step) == [1, 0, 1])
    #expect(limits(.sigmoid) == [1, 0, 0.5])
    #expect(limits(.tanh) == [1, -1, 0])
    #expect(limits(.leakyReLU, 0.1) == [.infinity, -.infinity, 0])
    #expect(limits(.elu, 0.5) == [.infinity, -0.5, 0])
    #expect(limits(.gelu)[0] == .infinity && limits(.gelu)[1].isNaN && limits(.gelu)[2] == 0)
    #expect(limits(.silu)[0] == .infinity && limits(.silu)[1].isNaN && limits(.silu)[2] == 0)
  }

  /// Φ over the whole range, down to where it is no longer a normal number.
  @Test(arguments: TableUnderTest.all)
  func normalDistribution(table: TableUnderTest) {
    let x = Self.arguments.filter { $0 > -12.9 }
    let worst = largestError(
      table.normalDistribution(x), x.map { ExactActivation.normal(Double($0)) },
      unit: .leastNonzeroMagnitude)
    #expect(worst.0 <= 6, "at \(x[worst.1])")
  }
}
