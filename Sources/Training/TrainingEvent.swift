/// What a run reports while it trains, on the thread that called `fit`, between iterations.
public enum TrainingEvent: Sendable {
  /// About ten times a second.
  case progress(TrainingProgress)
  /// At the end of each epoch, after validation.
  case epoch(EpochRecord)
  /// When the policy asks for one; after an epoch's own event.
  case checkpoint(Checkpoint)
}

/// Where a run is.
public struct TrainingProgress: Sendable, Equatable {
  /// The current epoch, counted from 1.
  public let epoch: Int
  /// Epochs in all.
  public let epochs: Int
  /// Samples done in the current epoch.
  public let samplesDone: Int
  /// Samples trained on in an epoch.
  public let samplesPerEpoch: Int
  /// The mean training loss of the current epoch so far.
  public let loss: Double
  /// Samples per second since this call started, validation left out.
  public let samplesPerSecond: Double
  /// Seconds until the last epoch ends at this speed, or until the time limit if that is sooner.
  /// Another stopping rule can end the run before.
  public let secondsLeft: Double
}

/// What an epoch came to.
public struct EpochRecord: Sendable, Equatable {
  /// Counted from 1.
  public let epoch: Int
  /// Parameter updates since training started.
  public let iterations: Int
  /// Samples trained on since training started: the sum of all batch sizes.
  public let samples: Int
  /// The mean training loss over the epoch's samples, each at the time of its batch.
  public let loss: Double
  /// Loss and accuracy on the validation data after the epoch, if there are any.
  public let validation: Evaluation?
  /// Seconds of training in this epoch: checkpoints included, validation left out.
  public let seconds: Double
  /// Samples of this epoch by `seconds`.
  public let samplesPerSecond: Double
  /// The learning rate at the end of the epoch.
  public let learningRate: Float

  package init(
    epoch: Int, iterations: Int, samples: Int, loss: Double, validation: Evaluation?,
    seconds: Double, samplesPerSecond: Double, learningRate: Float
  ) {
    self.epoch = epoch
    self.iterations = iterations
    self.samples = samples
    self.loss = loss
    self.validation = validation
    self.seconds = seconds
    self.samplesPerSecond = samplesPerSecond
    self.learningRate = learningRate
  }
}

/// Why a run ended.
public enum StopReason: Sendable, Equatable, CustomStringConvertible {
  /// All epochs are done.
  case completed
  /// It was asked to stop.
  case interrupted
  /// A stopping rule was met.
  case early(StoppingRule)
  /// The loss is no longer a finite number; ``TrainingResult/divergence`` says where.
  case diverged

  /// The rule that was met, of a run that stopped early.
  public var rule: StoppingRule? {
    if case .early(let rule) = self { rule } else { nil }
  }

  /// "completed", "interrupted", "early" or "diverged".
  public var description: String {
    switch self {
    case .completed: "completed"
    case .interrupted: "interrupted"
    case .early: "early"
    case .diverged: "diverged"
    }
  }
}

/// What a run came to. All counts and times are those of the whole run, from its first iteration
/// on, also where it went on from a checkpoint.
public struct TrainingResult: Sendable, Equatable {
  /// Why the run ended.
  public let stopped: StopReason
  /// Where the numbers stopped being finite, of a run that diverged.
  public let divergence: Divergence?
  /// The best epoch by the run's ``StoppingRules``, counted from 1; nil without validation samples.
  public let bestEpoch: Int?
  /// The epoch at whose end the trainer's parameters were what they are now, where the rules had
  /// them restored; else they are those of the last iteration.
  public let restoredEpoch: Int?
  /// The complete epochs.
  public let epochs: [EpochRecord]
  /// Parameter updates.
  public let iterations: Int
  /// Samples trained on: the sum of all batch sizes.
  public let samples: Int
  /// Seconds of training: checkpoints included, validation left out.
  public let seconds: Double
  /// Samples trained on by this call alone.
  public let samplesOfCall: Int
  /// Those of ``seconds`` that this call took.
  public let secondsOfCall: Double
  /// Where the time of this call went, if the configuration asked for it.
  public let phases: PhaseSeconds?
}

/// How well a model does on a dataset.
public struct Evaluation: Sendable, Equatable {
  /// The number of samples.
  public let sampleCount: Int
  /// The mean of the loss that it was asked for, label smoothing included.
  public let loss: Double
  /// Samples whose most probable class is their label; nil where the samples belong to no classes.
  ///
  /// The most probable class is the first of the largest outputs; of a single output for two
  /// classes, class 1 where its probability is above ½.
  public let correctCount: Int?
  /// What was predicted of which class; nil where the samples belong to no classes, and in the
  /// records of epochs, which are kept as long as a run.
  public let classes: ClassEvaluation?

  package init(
    sampleCount: Int, loss: Double, correctCount: Int?, classes: ClassEvaluation? = nil
  ) {
    self.sampleCount = sampleCount
    self.loss = loss
    self.correctCount = correctCount
    self.classes = classes
  }

  /// `correctCount / sampleCount`, a fraction; nil where the samples belong to no classes.
  public var accuracy: Double? { correctCount.map { Double($0) / Double(sampleCount) } }
}
