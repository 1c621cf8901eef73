import Terminal
import Training

/// The options of `mnist train` that say how the learning rate changes, read and checked.
struct ScheduleOptions {
  let schedule: LearningRateSchedule
  let warmUp: WarmUp

  private static let schedule = Option(
    "schedule",
    ValueSyntax(
      placeholder: "NAME", allowed: LearningRateSchedule.forms, read: LearningRateSchedule.init),
    default: .linear, defaultText: "\(LearningRateSchedule.linear)",
    help: "how the learning rate changes: " + LearningRateSchedule.forms)
  private static let warmUp = Option(
    "warm-up",
    ValueSyntax(placeholder: "LENGTH", allowed: WarmUp.forms, read: WarmUp.init), default: .none,
    defaultText: "\(WarmUp.none)",
    help: "rise in a straight line to the schedule's first rate, over iterations:N or epochs:N; "
      + "the schedule then runs over what is left")

  /// In the order of the help.
  static var all: [any OptionDeclaration] { [schedule, warmUp] }

  /// - Parameter configuration: That of the run that this one goes on with: it remembers what is
  ///   not given.
  init(_ arguments: ParsedArguments, resuming configuration: TrainingConfiguration?) {
    schedule = arguments.value(of: Self.schedule, or: configuration?.schedule)
    warmUp = arguments.value(of: Self.warmUp, or: configuration?.warmUp)
  }
}
