/// When a run ends before its last epoch, and which epoch's parameters it ends with.
///
/// Each rule is off unless it is given a value; the first that is met ends the run. All but the
/// time limit look at the epochs' records when an epoch is over, so that where a run ends is as
/// reproducible as its weights are.
public struct StoppingRules: Sendable, Hashable {
  /// What makes one epoch better than another. Both are measured on the validation samples.
  public enum Criterion: String, Sendable, CaseIterable {
    /// A lower loss.
    case loss
    /// A higher accuracy.
    case accuracy
  }

  /// Early stopping: ends the run after so many epochs in a row that were no better than the best
  /// one before them; at least 1.
  ///
  /// Source: L. Prechelt, "Early Stopping – But When?", in: Neural Networks: Tricks of the Trade,
  /// 1998, DOI 10.1007/3-540-49430-8_3 (rule UP, counted from the best epoch, as Keras does).
  public var patience: Int?
  /// What better means.
  public var criterion: Criterion
  /// A loss must be lower, or an accuracy (a fraction) higher, than the best one by more than this
  /// to be better; at least 0.
  public var minimumImprovement: Double
  /// Whether the run ends with the parameters of its best epoch, however it ends; a run that
  /// reaches ``targetAccuracy`` ends with those that reached it.
  public var restoresBest: Bool
  /// ε of |f(w_t) − f(w_{t−1})| ≤ ε, where f is an epoch's mean training loss: ends the run when
  /// it has settled; at least 0.
  public var lossChange: Double?
  /// Ends the run after an epoch with at least this accuracy on the validation samples: a fraction
  /// above 0 and up to 1.
  public var targetAccuracy: Double?
  /// Ends the run at the first iteration after so many seconds of training, validation left out
  /// and the time before a checkpoint included; above 0. Where that is depends on the machine and
  /// on what else it does: such a run can **not** be repeated bit by bit, though its iterations up
  /// to there can.
  public var timeLimit: Double?

  /// The rules that are given a value; see the properties for what each one means.
  /// - Parameters:
  ///   - patience: Epochs without a better one, at least 1.
  ///   - criterion: What better means.
  ///   - minimumImprovement: By how much, at least 0.
  ///   - restoresBest: Whether to end with the best epoch; nil for whether there is a patience.
  ///   - lossChange: The least change of the training loss, at least 0.
  ///   - targetAccuracy: The accuracy that is enough, a fraction above 0 and up to 1.
  ///   - timeLimit: Seconds of training, above 0.
  public init(
    patience: Int? = nil, criterion: Criterion = .loss, minimumImprovement: Double = 0,
    restoresBest: Bool? = nil, lossChange: Double? = nil, targetAccuracy: Double? = nil,
    timeLimit: Double? = nil
  ) {
    self.patience = patience
    self.criterion = criterion
    self.minimumImprovement = minimumImprovement
    self.restoresBest = restoresBest ?? (patience != nil)
    self.lossChange = lossChange
    self.targetAccuracy = targetAccuracy
    self.timeLimit = timeLimit
  }

  /// Whether a run can end before its last epoch without being asked to.
  public var canStopEarly: Bool {
    patience != nil || lossChange != nil || targetAccuracy != nil || timeLimit != nil
  }

  /// The first rule that cannot do without validation samples.
  var ruleOfValidation: String? {
    if patience != nil { return "a patience" }
    if restoresBest { return "restoring the best epoch" }
    return targetAccuracy == nil ? nil : "a target accuracy"
  }

  /// The first rule that cannot do without classes.
  var ruleOfClasses: String? {
    if targetAccuracy != nil { return "a target accuracy" }
    let isByAccuracy = criterion == .accuracy && (patience != nil || restoresBest)
    return isByAccuracy ? "stopping by accuracy" : nil
  }

  /// - Throws: ``TrainingError/invalidOption(_:found:expected:)`` for a value out of its range.
  func validate() throws(TrainingError) {
    if let patience, patience < 1 {
      throw .invalidOption("patience", found: "\(patience)", expected: "at least 1 epoch")
    }
    guard minimumImprovement >= 0, minimumImprovement.isFinite else {
      throw .invalidOption(
        "minimum improvement", found: "\(minimumImprovement)", expected: "a number from 0 on")
    }
    if let lossChange, !(lossChange >= 0 && lossChange.isFinite) {
      throw .invalidOption("loss change", found: "\(lossChange)", expected: "a number from 0 on")
    }
    if let targetAccuracy, !(targetAccuracy > 0 && targetAccuracy <= 1) {
      throw .invalidOption(
        "target accuracy", found: "\(targetAccuracy)", expected: "above 0 and up to 1")
    }
    if let timeLimit, !(timeLimit > 0 && timeLimit.isFinite) {
      throw .invalidOption("time limit", found: "\(timeLimit)", expected: "seconds above 0")
    }
  }
}

/// A rule that ended a run.
public enum StoppingRule: String, Sendable, CaseIterable {
  /// ``StoppingRules/patience``.
  case patience
  /// ``StoppingRules/lossChange``.
  case lossChange = "loss-change"
  /// ``StoppingRules/targetAccuracy``.
  case targetAccuracy = "target-accuracy"
  /// ``StoppingRules/timeLimit``.
  case timeLimit = "time-limit"
}
