import Datasets
import Randomness

@testable import Training

extension Loss {
  /// All losses, label smoothing included.
  static let all = kinds + [.softmaxCrossEntropy(labelSmoothing: 0.1)]

  /// The loss of one sample in double precision, by its definition.
  func reference(outputs y: [Double], targets t: [Double]) -> Double {
    let count = Double(y.count)
    switch self {
    case .softmaxCrossEntropy(let smoothing):
      let s = Double(smoothing)
      let largest = y.max() ?? 0
      let log = logarithm(y.reduce(0) { $0 + exponential($1 - largest) }) + largest
      return zip(y, t).reduce(0) { $0 + ((1 - s) * $1.1 + s / count) * (log - $1.0) }
    case .binaryCrossEntropy:
      return zip(y, t).reduce(0) {
        $0 + max($1.0, 0) - $1.0 * $1.1 + logarithm(1 + exponential(-abs($1.0)))
      } / count
    case .meanSquaredError:
      return zip(y, t).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) } / count
    case .halfSquaredError:
      return zip(y, t).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) } / 2
    case .meanAbsoluteError: return zip(y, t).reduce(0) { $0 + abs($1.0 - $1.1) } / count
    }
  }

  /// The derivatives of `reference` by the outputs, where there is one.
  func referenceGradient(outputs y: [Double], targets t: [Double]) -> [Double] {
    let count = Double(y.count)
    switch self {
    case .softmaxCrossEntropy(let smoothing):
      let s = Double(smoothing)
      let largest = y.max() ?? 0
      let exponentials = y.map { exponential($0 - largest) }
      let sum = exponentials.reduce(0, +)
      let targets = t.map { (1 - s) * $0 + s / count }
      // Targets in floats do not quite add up to 1.
      let total = targets.reduce(0, +)
      return zip(exponentials, targets).map { $0 / sum * total - $1 }
    case .binaryCrossEntropy: return zip(y, t).map { (1 / (1 + exponential(-$0)) - $1) / count }
    case .meanSquaredError: return zip(y, t).map { 2 / count * ($0 - $1) }
    case .halfSquaredError: return zip(y, t).map { $0 - $1 }
    case .meanAbsoluteError: return zip(y, t).map { ($0 > $1 ? 1 : -1) / count }
    }
  }

  /// How far the gradient in floats with respect to an output can be from the exact one, for N
  /// outputs that are off by at most `error` and targets of which those of a cross-entropy are from
  /// 0 to 1.
  ///
  /// What the kernels add is derived in `LossTests`; here with p, q and σ at most 1, and the rounding
  /// of 1 / N. What the outputs bring is their error times the largest slope of the gradient: ½ for
  /// the probabilities of softmax (Σ p_n |1 − p_k| ≤ 2 p (1 − p)), ¼ for σ, 2 c for a squared error.
  func gradientError(of gradient: Double, outputs: Int, error: Double) -> Double {
    let n = Double(outputs)
    let u = unitRoundoff
    switch self {
    case .softmaxCrossEntropy: return error / 2 + (2.4 * n + 12) * u
    case .binaryCrossEntropy: return (error / 4 + 8 * u) / n
    case .meanSquaredError: return 2 / n * error + 4 * u * (abs(gradient) + 2 / n * error)
    case .halfSquaredError: return error + 3 * u * (abs(gradient) + error)
    case .meanAbsoluteError: return 2 * u / n
    }
  }

  /// How far the loss of a sample in floats can be from the exact one; as above, times the largest
  /// gradient, with `magnitude` at least Σ |y| + Σ |t| + 1.
  func lossError(of loss: Double, outputs: Int, error: Double, magnitude: Double) -> Double {
    let n = Double(outputs)
    let u = unitRoundoff
    switch self {
    case .softmaxCrossEntropy: return 2 * error + (2 * n + 8) * u * 2 * magnitude
    case .binaryCrossEntropy: return error + (n + 10) * u * (2 * magnitude + loss)
    case .meanSquaredError, .halfSquaredError:
      return 2 * error * (magnitude + error) * n + (n + 6) * u * loss
    case .meanAbsoluteError: return error + (n + 4) * u * loss
    }
  }
}

/// Samples of random float features with targets that suit a loss: probabilities for the
/// cross-entropies, any numbers for the others.
func randomFloats(
  count: Int, features: Int, targets: Int, for loss: Loss, seed: UInt64 = 5
) throws -> Dataset {
  var random = RandomStream(seed: seed, purpose: .embeddedDigits)
  let rows = (0..<count).map { _ in (0..<features).map { _ in random.uniform(-2, 2) } }
  let values: [[Float]] = (0..<count).map { _ in
    let row = (0..<targets).map { _ in random.uniform(-1, 1) }
    guard loss.takesLogits else { return row }
    let positive = row.map { abs($0) }
    let sum = loss == .binaryCrossEntropy ? 1 : positive.reduce(0, +)
    return positive.map { $0 / sum }
  }
  return try Dataset(name: "random", features: rows, targets: values)
}
