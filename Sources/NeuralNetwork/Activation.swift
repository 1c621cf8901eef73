/// What a layer applies to its linear outputs z = x · W + b.
///
/// A text form, which ``description`` gives and ``init(_:)`` reads, names each of them in the command
/// line, in logs and in files: lowercase, its parameter after a colon.
public enum Activation: Sendable, Hashable {
  /// `y = z`: of an output layer whose loss takes logits.
  case identity
  /// The threshold: `y = 1` for z ≥ 0, otherwise 0. Its derivative is 0 everywhere, so nothing
  /// below it learns.
  case step
  /// `y = σ(z) = 1 / (1 + e⁻ᶻ)`, with the derivative `y (1 − y) ≤ ¼`.
  case sigmoid
  /// `y = tanh z = 2 σ(2 z) − 1`, with the derivative `1 − y²`.
  case tanh
  /// `y = max(0, z)`.
  case relu
  /// `y = max(slope · z, z)`, with a slope from 0 to 1.
  case leakyReLU(slope: Float = 0.01)
  /// `y = z` for z > 0, otherwise `alpha · (eᶻ − 1)`, with a finite alpha of 0 or more.
  ///
  /// Source: D.-A. Clevert, T. Unterthiner, S. Hochreiter, "Fast and accurate deep network learning
  /// by exponential linear units (ELUs)", ICLR 2016, arXiv:1511.07289.
  case elu(alpha: Float = 1)
  /// The largest of as many linear units for each output (2 to 64): the layer has that many times
  /// its outputs. Unit j of output n is row j · outputs + n of the layer's weights.
  ///
  /// Source: I. J. Goodfellow, D. Warde-Farley, M. Mirza, A. Courville, Y. Bengio, "Maxout
  /// networks", ICML 2013, arXiv:1302.4389.
  case maxout(pieces: Int = 2)
  /// `yᵢ = eᶻⁱ / Σ eᶻʲ`, over all outputs of the layer.
  case softmax
  /// `y = z Φ(z)` with Φ the distribution function of the standard normal distribution: the exact
  /// form, not the one by tanh.
  ///
  /// Source: D. Hendrycks, K. Gimpel, "Gaussian error linear units (GELUs)", arXiv:1606.08415.
  case gelu
  /// `y = z σ(z)`, also called swish.
  ///
  /// Source: S. Elfwing, E. Uchibe, K. Doya, "Sigmoid-weighted linear units", Neural Networks 107
  /// (2018), DOI 10.1016/j.neunet.2017.12.012.
  case silu

  /// The number of linear units for each output: 1, except of maxout.
  public var pieces: Int {
    if case .maxout(let pieces) = self { pieces } else { 1 }
  }

  /// The pieces that maxout can have.
  static let allowedPieces = 2...64

  /// What is wrong with the parameter, if anything is.
  var problem: (found: String, expected: String)? {
    switch self {
    case .leakyReLU(let slope) where !(0...1).contains(slope):
      ("\(slope)", "a slope from 0 to 1")
    case .elu(let alpha) where !(alpha >= 0 && alpha.isFinite):
      ("\(alpha)", "a finite alpha of 0 or more")
    case .maxout(let pieces) where !Self.allowedPieces.contains(pieces):
      ("\(pieces)", "\(Self.allowedPieces.lowerBound) to \(Self.allowedPieces.upperBound) pieces")
    default: nil
    }
  }
}

// MARK: Text

extension Activation: LosslessStringConvertible {
  /// The text form: "relu", "leaky-relu:0.01", "maxout:2".
  public var description: String {
    switch self {
    case .identity: "identity"
    case .step: "step"
    case .sigmoid: "sigmoid"
    case .tanh: "tanh"
    case .relu: "relu"
    case .leakyReLU(let slope): "leaky-relu:\(NumberForm.text(slope))"
    case .elu(let alpha): "elu:\(NumberForm.text(alpha))"
    case .maxout(let pieces): "maxout:\(pieces)"
    case .softmax: "softmax"
    case .gelu: "gelu"
    case .silu: "silu"
    }
  }

  /// The activation with the given text form; a parameter that is left out has its usual value.
  public init?(_ text: String) {
    let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
      .map(String.init)
    let activation: Activation
    switch (parts[0], parts.count == 2 ? parts[1] : nil) {
    case ("identity", nil): activation = .identity
    case ("step", nil): activation = .step
    case ("sigmoid", nil): activation = .sigmoid
    case ("tanh", nil): activation = .tanh
    case ("relu", nil): activation = .relu
    case ("leaky-relu", nil): activation = .leakyReLU()
    case ("leaky-relu", let slope?):
      guard let slope = Float(slope) else { return nil }
      activation = .leakyReLU(slope: slope)
    case ("elu", nil): activation = .elu()
    case ("elu", let alpha?):
      guard let alpha = Float(alpha) else { return nil }
      activation = .elu(alpha: alpha)
    case ("maxout", nil): activation = .maxout()
    case ("maxout", let pieces?):
      guard let pieces = Int(pieces) else { return nil }
      activation = .maxout(pieces: pieces)
    case ("softmax", nil): activation = .softmax
    case ("gelu", nil): activation = .gelu
    case ("silu", nil): activation = .silu
    default: return nil
    }
    guard activation.problem == nil else { return nil }
    self = activation
  }

  /// The text forms, for a person; parameters in brackets can be left out.
  public static let textForms = [
    "identity", "step", "sigmoid", "tanh", "relu", "leaky-relu[:SLOPE]", "elu[:ALPHA]",
    "maxout[:PIECES]", "softmax", "gelu", "silu",
  ]
}

/// Numbers in text forms.
enum NumberForm {
  /// The shortest digits that read back as the same number, without a trailing ".0".
  static func text(_ number: Float) -> String {
    let text = "\(number)"
    return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
  }
}
