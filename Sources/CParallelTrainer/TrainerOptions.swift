import CParallelTrainerHeader
import ParallelTrainer

/// The options of a trainer, texts "name=value".
struct TrainerOptions {
  private(set) var configuration = TrainingConfiguration()
  private var restoresBest: Bool?
  private var given: Set<String> = []

  /// - Parameter texts: NULL-terminated; NULL for none.
  init(_ texts: UnsafePointer<UnsafePointer<CChar>?>?) throws(Failure) {
    var next = texts
    while let place = next, let text = place.pointee {
      try set(String(cString: text))
      next = place + 1
    }
    configuration.stopping.restoresBest =
      restoresBest ?? (configuration.stopping.patience != nil)
  }

  private mutating func set(_ text: String) throws(Failure) {
    let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
    guard parts.count == 2 else {
      throw Failure(PT_INVALID_OPTION, "option '\(text)': expected name=value")
    }
    let (name, value) = (String(parts[0]), String(parts[1]))
    guard let option = Self.options[name] else {
      throw Failure(
        PT_INVALID_OPTION,
        "there is no option '\(name)' (expected one of "
          + Self.options.keys.sorted().joined(separator: ", ") + ")")
    }
    guard given.insert(name).inserted else {
      throw Failure(PT_INVALID_OPTION, "option \(name) is given twice")
    }
    guard option.set(&self, value) else {
      throw Failure(
        PT_INVALID_OPTION, "option \(name): found '\(value)', expected \(option.expected)")
    }
  }

  /// One option: sets itself, or says that the text is none of its values. What is out of range is
  /// for the trainer to say.
  private struct Option: Sendable {
    let expected: String
    let set: @Sendable (inout TrainerOptions, String) -> Bool
  }

  /// Sets what a text stands for.
  private static func value<Value>(
    _ expected: String, _ read: @escaping @Sendable (String) -> Value?,
    _ store: @escaping @Sendable (inout TrainerOptions, Value) -> Void
  ) -> Option {
    Option(expected: expected) { options, text in
      guard let value = read(text) else { return false }
      store(&options, value)
      return true
    }
  }

  private static func regularizer(_ kind: Regularizer.Kind) -> (String, Option) {
    (
      kind.name,
      value(
        "a number, and after it :layers=1,2 or :biases if needed",
        { Regularizer(kind, value: $0) }, { $0.configuration.regularizers.append($1) })
    )
  }

  private static func clipping(_ form: String) -> (String, Option) {
    (
      "clip-\(form)",
      Option(expected: "a number above 0, and one of clip-norm and clip-value alone") {
        options, text in
        guard options.configuration.clipping == nil, let clipping = Clipping("\(form):\(text)")
        else { return false }
        options.configuration.clipping = clipping
        return true
      }
    )
  }

  private static func yesOrNo(_ text: String) -> Bool? {
    text == "yes" ? true : text == "no" ? false : nil
  }

  private static var options: [String: Option] {
    let whole = "a whole number"
    let decimal = "a number"
    let plain: [(String, Option)] = [
      ("epochs", value(whole, { Int($0) }, { $0.configuration.epochs = $1 })),
      ("batch-size", value(whole, { Int($0) }, { $0.configuration.batchSize = $1 })),
      ("drop-last", value("yes or no", yesOrNo, { $0.configuration.dropsLastBatch = $1 })),
      ("learning-rate", value(decimal, { Float($0) }, { $0.configuration.learningRate = $1 })),
      (
        "schedule",
        value(
          LearningRateSchedule.forms, { LearningRateSchedule($0) },
          { $0.configuration.schedule = $1 })
      ),
      ("warm-up", value(WarmUp.forms, { WarmUp($0) }, { $0.configuration.warmUp = $1 })),
      (
        "optimizer",
        value(
          Optimizer.defaults.map(\.name).joined(separator: ", ")
            + ", with coefficients after colons if needed", { Optimizer($0) },
          { $0.configuration.optimizer = $1 })
      ),
      ("loss", value(Loss.forms, { Loss($0) }, { $0.configuration.loss = $1 })),
      (
        "freeze",
        value(
          "layers, counted from 1: 1,2", { Set(layersText: $0) },
          { $0.configuration.frozenLayers = $1 })
      ),
      (
        "distort",
        value(
          "standard, or parts as shift:1,rotate:10",
          { $0 == "standard" ? .standard : Distortion($0) }, { $0.configuration.distortion = $1 })
      ),
      ("patience", value(whole, { Int($0) }, { $0.configuration.stopping.patience = $1 })),
      (
        "min-improvement",
        value(decimal, { Double($0) }, { $0.configuration.stopping.minimumImprovement = $1 })
      ),
      (
        "stop-on",
        value(
          "loss or accuracy", { StoppingRules.Criterion(rawValue: $0) },
          { $0.configuration.stopping.criterion = $1 })
      ),
      ("restore-best", value("yes or no", yesOrNo, { $0.restoresBest = $1 })),
      ("epsilon", value(decimal, { Double($0) }, { $0.configuration.stopping.lossChange = $1 })),
      (
        "target-accuracy",
        value(decimal, { Double($0) }, { $0.configuration.stopping.targetAccuracy = $1 })
      ),
      (
        "time-limit",
        value(decimal, { Double($0) }, { $0.configuration.stopping.timeLimit = $1 })
      ),
      ("seed", value(whole + " from 0 on", { UInt64($0) }, { $0.configuration.seed = $1 })),
      ("threads", value(whole, { Int($0) }, { $0.configuration.threads = $1 })),
    ]
    return Dictionary(
      uniqueKeysWithValues: plain + Regularizer.Kind.allCases.map(regularizer)
        + ["norm", "value"].map(clipping))
  }
}
