import Datasets
import NeuralNetwork

/// Everything that a run is at the boundary of two iterations: continued from there, it is bit for
/// bit the run that was never stopped.
///
/// `Trainer.fit` makes checkpoints by a ``CheckpointPolicy`` and goes on from one; ``notes`` are
/// the place for what a program wants to find again. What a schedule or a stopping rule knows of
/// the epochs before follows from ``history``, and from ``best``.
public struct Checkpoint: Sendable, Equatable {
  /// The network and its parameters after the last iteration.
  public let model: Model
  /// What the optimizer remembers after the last iteration.
  public let optimizer: OptimizerState
  /// What the run was started with. The learning rate of an iteration follows from it and from
  /// ``iterations``, and so does the order of the samples of an epoch.
  public let configuration: TrainingConfiguration
  /// Whether the kernels multiply and add in one rounding, as all but the `baseline` do.
  public let isFused: Bool
  /// Parameter updates so far.
  public let iterations: Int
  /// The sum of the losses of the samples in ``samplesInEpoch``.
  public let lossSumInEpoch: Double
  /// Seconds of training in the epoch that is not complete.
  public let secondsInEpoch: Double
  /// The complete epochs.
  public let history: [EpochRecord]
  /// The best epoch so far, where the run is to end with it.
  public let best: BestEpoch?
  /// The samples trained on.
  public let training: DatasetFingerprint
  /// The samples evaluated after each epoch.
  public let validation: DatasetFingerprint?
  /// What the program that trains wants to find again, by name: less than 1 MiB in all. Training
  /// does not look at it.
  public var notes: [String: String] = [:]

  private let length: RunLength
  private var position: RunPosition { length.position(after: iterations) }

  /// The epoch of the next iteration, counted from 1; one more than there are in the end.
  public var epoch: Int { position.completedEpochs + 1 }
  /// The position in the epoch's order: samples of ``epoch`` trained on.
  public var samplesInEpoch: Int { position.samplesInEpoch }
  /// Samples trained on: the sum of all batch sizes.
  public var samples: Int { position.samples }
  /// Whether all epochs are done.
  public var isComplete: Bool { iterations == length.iterations }
  /// Parameter updates in the whole run.
  public var iterationsInRun: Int { length.iterations }
  /// Samples trained on in an epoch.
  public var samplesPerEpoch: Int { length.samplesPerEpoch }

  /// - Precondition: the values are those of one run; other values are for
  ///   `init(checking:…)`.
  init(
    model: Model, optimizer: OptimizerState, configuration: TrainingConfiguration, isFused: Bool,
    iterations: Int, lossSumInEpoch: Double, secondsInEpoch: Double, history: [EpochRecord],
    best: BestEpoch?, training: DatasetFingerprint, validation: DatasetFingerprint?,
    length: RunLength
  ) {
    self.model = model
    self.optimizer = optimizer
    self.configuration = configuration
    self.isFused = isFused
    self.iterations = iterations
    self.lossSumInEpoch = lossSumInEpoch
    self.secondsInEpoch = secondsInEpoch
    self.history = history
    self.best = best
    self.training = training
    self.validation = validation
    self.length = length
  }
}

/// The parameters at the end of the best epoch.
public struct BestEpoch: Sendable, Equatable {
  /// Counted from 1.
  public let epoch: Int
  /// The parameters at its end.
  public let parameters: Parameters

  package init(epoch: Int, parameters: Parameters) {
    self.epoch = epoch
    self.parameters = parameters
  }
}

/// When `Trainer.fit` makes a checkpoint. Unless it never does, it also makes one at the end of
/// the run, completed, stopped or interrupted; none where the loss is not finite.
public enum CheckpointPolicy: Sendable, Equatable {
  /// None.
  case never
  /// After each epoch and its validation.
  case everyEpoch
  /// After each such number of iterations, counted from the start of training: at least 1.
  case everyIterations(Int)
}
