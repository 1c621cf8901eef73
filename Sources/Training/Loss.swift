import NeuralNetwork

/// What training makes small: the mean over the samples of a batch of one of these.
///
/// y are the network's outputs, z are outputs that are logits, t the targets and N their number.
/// A class is the one-hot row of its number; where a network has a single output, two classes are
/// the targets 0 and 1.
public enum Loss: Sendable, Hashable {
  /// `−Σ q log softmax(z)` with `q = (1 − s) t + s / N`, where s is the label smoothing, of targets
  /// that are probabilities.
  ///
  /// Source: C. Szegedy et al., "Rethinking the Inception Architecture for Computer Vision",
  /// CVPR 2016, DOI 10.1109/CVPR.2016.308, section 7.
  case softmaxCrossEntropy(labelSmoothing: Float = 0)
  /// `−1/N Σ (t log σ(z) + (1 − t) log(1 − σ(z)))`, of targets from 0 to 1.
  case binaryCrossEntropy
  /// `1/N Σ (y − t)²`.
  case meanSquaredError
  /// `½ Σ (y − t)²`.
  case halfSquaredError
  /// `1/N Σ |y − t|`, whose derivative is taken as 0 where y = t.
  case meanAbsoluteError

  /// One of each kind, without label smoothing.
  public static let kinds: [Loss] = [
    .softmaxCrossEntropy(), .binaryCrossEntropy, .meanSquaredError, .halfSquaredError,
    .meanAbsoluteError,
  ]

  /// Their text forms, for a person.
  public static let forms = kinds.map(\.name).joined(separator: ", ") + " or cross-entropy:S"

  /// The name without a parameter: "cross-entropy".
  public var name: String {
    switch self {
    case .softmaxCrossEntropy: "cross-entropy"
    case .binaryCrossEntropy: "binary-cross-entropy"
    case .meanSquaredError: "mean-squared-error"
    case .halfSquaredError: "half-squared-error"
    case .meanAbsoluteError: "mean-absolute-error"
    }
  }

  /// Whether it takes logits: the outputs of an output layer without activation.
  public var takesLogits: Bool {
    switch self {
    case .softmaxCrossEntropy, .binaryCrossEntropy: true
    case .meanSquaredError, .halfSquaredError, .meanAbsoluteError: false
    }
  }

  /// The share of a target that is spread over all classes.
  public var labelSmoothing: Float {
    if case .softmaxCrossEntropy(let smoothing) = self { smoothing } else { 0 }
  }

  func validate() throws(TrainingError) {
    guard labelSmoothing >= 0 && labelSmoothing < 1 else {
      throw .invalidOption(
        "label smoothing", found: "\(labelSmoothing)", expected: "at least 0 and less than 1")
    }
  }
}

extension Loss: LosslessStringConvertible {
  /// "cross-entropy", "cross-entropy:0.1" with label smoothing.
  public var description: String { labelSmoothing == 0 ? name : "\(name):\(labelSmoothing)" }

  /// The loss that ``description`` stands for; nil for any other text.
  public init?(_ description: String) {
    if let kind = Self.kinds.first(where: { $0.name == description }) {
      self = kind
      return
    }
    let parts = description.split(separator: ":", omittingEmptySubsequences: false)
    guard parts.count == 2, parts[0] == "cross-entropy", let smoothing = Float(parts[1]),
      smoothing > 0 && smoothing < 1
    else { return nil }
    self = .softmaxCrossEntropy(labelSmoothing: smoothing)
  }
}
