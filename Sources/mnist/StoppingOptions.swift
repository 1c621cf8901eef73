import Terminal
import Training

/// The options of `mnist train` that say when to stop before the last epoch, and with which
/// epoch's weights, read and checked.
struct StoppingOptions {
  let rules: StoppingRules

  private static let patience = Option(
    "patience", optional(.integer(1...1_000_000)), default: nil, defaultText: "none",
    help: "stop after so many epochs in a row that are no better than the best on the validation "
      + "images, and go back to that one's weights")
  private static let stopOn = Option(
    "stop-on",
    ValueSyntax(
      placeholder: "loss|accuracy", allowed: "loss or accuracy",
      read: StoppingRules.Criterion.init(rawValue:)),
    default: .loss, defaultText: "loss",
    help: "what makes an epoch better: validation loss or accuracy")
  private static let minimumImprovement = Option(
    "min-improvement", .decimal("from 0 on") { $0 >= 0 }, default: 0, defaultText: "0",
    help: "an epoch is better when it is so by more than this: nats, or a fraction of the images")
  private static let restoreBest = Option(
    flag: "restore-best", help: "end with the weights of the best epoch, as --patience does")
  private static let noRestoreBest = Option(
    flag: "no-restore-best", help: "end with the last weights, also with --patience",
    conflicts: [restoreBest.name])
  private static let epsilon = Option(
    "epsilon", optional(.decimal("from 0 on") { $0 >= 0 }), default: nil, defaultText: "none",
    help: "stop when the training loss of two epochs in a row differs by at most this")
  private static let targetAccuracy = Option(
    "target-accuracy",
    optional(.decimal("above 0 and up to 1", placeholder: "F") { $0 > 0 && $0 <= 1 }),
    default: nil, defaultText: "none",
    help: "stop after an epoch with this share of the validation images right")
  private static let timeLimit = Option(
    "time-limit", optional(.decimal("above 0", placeholder: "SECONDS") { $0 > 0 }), default: nil,
    defaultText: "none",
    help: "stop at the first update after so many seconds of training; where that is differs from "
      + "run to run")

  /// In the order of the help.
  static var all: [any OptionDeclaration] {
    [
      patience, stopOn, minimumImprovement, restoreBest, noRestoreBest, epsilon, targetAccuracy,
      timeLimit,
    ]
  }

  /// - Parameters:
  ///   - remembered: The rules of the run that this one goes on with, where they are not given.
  ///   - hasValidation: Whether there are validation images.
  init(
    _ arguments: ParsedArguments, resuming remembered: StoppingRules?, hasValidation: Bool
  ) throws(UsageError) {
    let patience = arguments.value(of: Self.patience, or: remembered?.patience)
    rules = StoppingRules(
      patience: patience,
      criterion: arguments.value(of: Self.stopOn, or: remembered?.criterion),
      minimumImprovement: arguments.value(
        of: Self.minimumImprovement, or: remembered?.minimumImprovement),
      restoresBest: arguments.isGiven(Self.restoreBest)
        || !arguments.isGiven(Self.noRestoreBest)
          && remembered?.restoresBest ?? (patience != nil),
      lossChange: arguments.value(of: Self.epsilon, or: remembered?.lossChange),
      targetAccuracy: arguments.value(of: Self.targetAccuracy, or: remembered?.targetAccuracy),
      timeLimit: arguments.value(of: Self.timeLimit, or: remembered?.timeLimit))
    try requireEffect(of: arguments, hasValidation: hasValidation)
  }

  /// Throws for an option that changes nothing.
  private func requireEffect(
    of arguments: ParsedArguments, hasValidation: Bool
  ) throws(UsageError) {
    if !hasValidation {
      let measuring: [any OptionDeclaration] = [
        Self.patience, Self.restoreBest, Self.targetAccuracy,
      ]
      for option in measuring where arguments.isGiven(option) {
        throw .contradiction(
          "--\(option.name) has no effect without validation images: expected a "
            + "--validation-split above 0")
      }
    }
    if rules.patience == nil, !rules.restoresBest {
      let choosing: [any OptionDeclaration] = [Self.stopOn, Self.minimumImprovement]
      for option in choosing where arguments.isGiven(option) {
        throw .contradiction(
          "--\(option.name) has no effect without --patience or --restore-best: expected one of "
            + "them")
      }
    }
    if rules.patience == nil, arguments.isGiven(Self.noRestoreBest) {
      throw .contradiction(
        "--\(Self.noRestoreBest.name) has no effect without --patience: expected both or neither")
    }
  }

  /// A value, or the word `none`.
  private static func optional<Value>(_ syntax: ValueSyntax<Value>) -> ValueSyntax<Value?> {
    ValueSyntax(
      placeholder: syntax.placeholder.map { $0 + "|none" }, allowed: "none, or " + syntax.allowed,
      range: syntax.range
    ) { text in
      text == "none" ? .some(nil) : syntax.read(text).map { .some($0) }
    }
  }
}

extension StoppingRules {
  /// "patience 3 on the loss, …"; nil where no rule is set.
  var text: String? {
    var parts: [String] = []
    if let patience { parts.append("patience \(patience) on the validation \(criterion.rawValue)") }
    if restoresBest {
      parts.append(
        patience == nil ? "restores the best validation \(criterion.rawValue)" : "restores the best"
      )
    }
    if patience != nil || restoresBest, minimumImprovement > 0 {
      parts.append("better by more than \(minimumImprovement)")
    }
    if let lossChange { parts.append("training loss changes by at most \(lossChange)") }
    if let targetAccuracy {
      parts.append("validation accuracy \(NumberText.percent(targetAccuracy))")
    }
    if let timeLimit { parts.append("\(NumberText.duration(timeLimit)) of training") }
    return parts.isEmpty ? nil : parts.joined(separator: ", ")
  }
}

extension TrainingResult {
  /// Why the run ended before its last epoch, and whose weights it ended with; nil where it did
  /// neither.
  func ending(_ configuration: TrainingConfiguration) -> String? {
    let rules = configuration.stopping
    let weights = restoredEpoch.map { "the weights are those of epoch \($0), the best" }
    guard case .early(let rule) = stopped else { return weights }
    let place =
      rule == .timeLimit
      ? "after \(NumberText.grouped(iterations)) iterations"
      : "after epoch \(epochs.count) of \(configuration.epochs)"
    let reason =
      switch rule {
      case .patience:
        "no better validation \(rules.criterion.rawValue) for \(rules.patience ?? 0) "
          + "epoch\(rules.patience == 1 ? "" : "s")"
      case .lossChange: "the training loss changed by at most \(rules.lossChange ?? 0)"
      case .targetAccuracy: "the target accuracy is reached"
      case .timeLimit: "the time limit of \(NumberText.duration(rules.timeLimit ?? 0)) is over"
      }
    return ["stopped \(place): \(reason)", weights].compactMap(\.self).joined(separator: "; ")
  }
}
