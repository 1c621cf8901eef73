/// A limit for the averaged gradient, applied before regularizers add to it.
public enum Clipping: Sendable, Hashable {
  /// Where the norm √Σ g² over all trained parameters is above the limit, the gradient is scaled
  /// by `limit / (norm + 10⁻⁶)`: by the minimum of that and 1.
  ///
  /// Source: R. Pascanu, T. Mikolov, Y. Bengio, "On the difficulty of training recurrent neural
  /// networks", ICML 2013; PyTorch's `clip_grad_norm_`.
  case norm(Float)
  /// Each element is limited to ± the limit.
  case value(Float)

  var limit: Float {
    switch self {
    case .norm(let limit), .value(let limit): limit
    }
  }

  var name: String {
    switch self {
    case .norm: "norm"
    case .value: "value"
    }
  }

  package func validate() throws(TrainingError) {
    guard limit > 0, limit.isFinite else {
      throw .invalidOption(
        "clipping by \(name)", found: "\(limit)", expected: "a finite number above 0")
    }
  }
}

extension Clipping: LosslessStringConvertible {
  /// "norm:1.0", "value:0.5".
  public var description: String { "\(name):\(limit)" }

  /// Reads ``description``; nil for anything else.
  public init?(_ text: String) {
    let parts = text.split(separator: ":", omittingEmptySubsequences: false)
    guard parts.count == 2, let limit = Float(parts[1]), limit.isFinite else { return nil }
    switch parts[0] {
    case "norm": self = .norm(limit)
    case "value": self = .value(limit)
    default: return nil
    }
  }
}
