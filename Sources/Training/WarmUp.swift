/// A linear rise of the learning rate before its schedule begins, while gradients are large and an
/// optimizer's estimates of them are new.
///
/// Over w iterations, counted from 0, the rate of iteration i is η₀ · (i + 1)/(w + 1), where η₀ is
/// the schedule's own first rate; iteration w is the schedule's first one. This is PyTorch's
/// `LinearLR(start_factor=1/(w+1), total_iters=w)` before the schedule in a `SequentialLR`.
///
/// Source: P. Goyal et al., "Accurate, Large Minibatch SGD: Training ImageNet in 1 Hour", 2017,
/// arXiv:1706.02677, section 2.2.
public enum WarmUp: Sendable, Hashable, LosslessStringConvertible {
  /// The schedule begins with the first iteration.
  case none
  /// Over so many iterations: at least 1, and fewer than the run has.
  case iterations(Int)
  /// Over so many epochs: at least 1, and fewer than the run has.
  case epochs(Int)

  /// The forms of the text, for a person.
  public static let forms = "none, iterations:N or epochs:N"

  /// `none`, `iterations:500`, `epochs:1`.
  public var description: String {
    switch self {
    case .none: "none"
    case .iterations(let count): "iterations:\(count)"
    case .epochs(let count): "epochs:\(count)"
    }
  }

  /// - Returns: Nil for a text that is none of ``forms`` or a number below 1.
  public init?(_ text: String) {
    if text == "none" {
      self = .none
      return
    }
    let parts = text.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
    guard parts.count == 2, let count = PlainNumber(parts[1]).flatMap({ Int(exactly: $0.value) }),
      count >= 1
    else { return nil }
    switch parts[0] {
    case "iterations": self = .iterations(count)
    case "epochs": self = .epochs(count)
    default: return nil
    }
  }

  /// Iterations of the warm-up; `Int.max` where they cannot be counted.
  func iterations(perEpoch: Int) -> Int {
    switch self {
    case .none: return 0
    case .iterations(let count): return count
    case .epochs(let count):
      let (iterations, isBeyond) = count.multipliedReportingOverflow(by: perEpoch)
      return isBeyond ? .max : iterations
    }
  }
}
