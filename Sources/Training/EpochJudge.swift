/// Finds the best epoch of a run, and the epoch that a stopping rule is met in. What it knows
/// follows from the records of the epochs, which are in every checkpoint: a resumed run, or whoever
/// shows one, looks at them again.
package struct EpochJudge {
  private let rules: StoppingRules
  /// The best epoch so far, counted from 1; nil without validation samples, or where no epoch's
  /// loss was a number.
  package private(set) var bestEpoch: Int?
  private var best = 0.0
  /// Epochs in a row that were no better than the best one.
  private var waiting = 0
  private var lastLoss: Double?

  package init(_ rules: StoppingRules) {
    self.rules = rules
  }

  /// Takes note of the epochs of a run, in their order.
  /// - Returns: The rule that the last one of them meets, if any: the target before the others, as
  ///   it is what the run was for.
  @discardableResult
  package mutating func observe(_ records: some Sequence<EpochRecord>) -> StoppingRule? {
    var rule: StoppingRule?
    for record in records { rule = observe(record) }
    return rule
  }

  /// Takes note of the next epoch.
  @discardableResult
  package mutating func observe(_ record: EpochRecord) -> StoppingRule? {
    let change = lastLoss.map { abs(record.loss - $0) }
    lastLoss = record.loss
    if let validation = record.validation {
      if isBetter(validation) {
        bestEpoch = record.epoch
        best = value(validation)
        waiting = 0
      } else {
        waiting += 1
      }
      if let target = rules.targetAccuracy, let accuracy = validation.accuracy, accuracy >= target {
        return .targetAccuracy
      }
    }
    if let patience = rules.patience, waiting >= patience { return .patience }
    if let change, let limit = rules.lossChange, change <= limit { return .lossChange }
    return nil
  }

  private func value(_ validation: Evaluation) -> Double {
    switch rules.criterion {
    case .loss: validation.loss
    case .accuracy: validation.accuracy ?? .nan
    }
  }

  private func isBetter(_ validation: Evaluation) -> Bool {
    let value = value(validation)
    guard bestEpoch != nil else { return value.isFinite }
    return switch rules.criterion {
    case .loss: value < best - rules.minimumImprovement
    case .accuracy: value > best + rules.minimumImprovement
    }
  }
}
