/// What ``LearningRateSchedule/plateau(factor:patience:)`` knows of the epochs so far. It follows
/// from their records alone, which are in every checkpoint: a resumed run looks at them again.
struct Plateau {
  private let patience: Int
  private let warmUp: Int
  private var best = Double.infinity
  /// Epochs in a row without a better loss.
  private var waiting = 0
  /// How often the rate has been reduced.
  private(set) var reductions = 0

  /// The relative improvement that counts.
  private static let threshold = 1e-4

  /// - Returns: Nil for another schedule.
  init?(_ schedule: LearningRateSchedule, warmUp: Int) {
    guard case .plateau(_, let patience) = schedule else { return nil }
    self.patience = patience
    self.warmUp = warmUp
  }

  /// Takes note of an epoch. A loss that is not a number is no better one.
  mutating func observe(_ record: EpochRecord) {
    guard record.iterations > warmUp else { return }
    let loss = record.validation?.loss ?? record.loss
    if loss < best * (1 - Self.threshold) {
      best = loss
      waiting = 0
    } else {
      waiting += 1
    }
    if waiting > patience {
      reductions += 1
      waiting = 0
    }
  }
}
