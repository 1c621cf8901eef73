/// How the learning rate changes over a run.
public enum LearningRateSchedule: String, Sendable, CaseIterable {
  /// Always the configured rate.
  case constant
  /// From the configured rate at the first iteration in a straight line to 0 after the last one:
  /// large steps first, then steps small enough to settle.
  case linear

  /// The rate of an iteration.
  /// - Parameters:
  ///   - rate: The configured rate.
  ///   - iteration: Counted from 0.
  ///   - total: Iterations in the run.
  func rate(_ rate: Float, iteration: Int, of total: Int) -> Float {
    switch self {
    case .constant: rate
    case .linear: Float(Double(rate) * (1 - Double(iteration) / Double(total)))
    }
  }
}
