import Datasets
import Kernels
import NeuralNetwork

/// How the gradient of a batch is averaged over the workers' shards.
public enum Averaging: String, Sendable, CaseIterable {
  /// Each unit of work owns a slab of the parameters and sums over all samples of the batch, in
  /// their order (a reduce-scatter): no buffer a worker, and no number depends on the workers.
  case slabs
  /// The full gradient of each worker's shard is computed in a buffer of its own; the buffers are
  /// added up in the order of the shards. The result is the same for the same number of
  /// threads; between different numbers it differs by rounding.
  case perWorker
}

/// How to train: everything a run depends on besides the network and the data.
public struct TrainingConfiguration: Sendable, Equatable {
  /// Passes over the training data.
  public var epochs: Int
  /// Samples averaged for one parameter update. The last batch of an epoch may be shorter.
  public var batchSize: Int
  /// Whether an epoch leaves out its last batch if that one is shorter than the others. Every
  /// epoch has another order, so it leaves out other samples.
  public var dropsLastBatch: Bool
  /// The step η, as of w ← w − η g, which ``schedule`` changes.
  public var learningRate: Float
  /// How the learning rate changes.
  public var schedule: LearningRateSchedule
  /// A rise of the learning rate before the schedule begins.
  public var warmUp: WarmUp
  /// When to end before the last epoch, and with which epoch's parameters.
  public var stopping: StoppingRules
  /// How the parameters move along the averaged gradient.
  public var optimizer: Optimizer
  /// What keeps weights small.
  public var regularizers: [Regularizer]
  /// The limit of the averaged gradient.
  public var clipping: Clipping?
  /// Layers whose parameters stay as they are, by their index in the network, from 0. They cost
  /// nothing in the update, and nor does the backward pass below the lowest layer that is trained.
  public var frozenLayers: Set<Int>
  /// How images are distorted while training; nil for not at all.
  public var distortion: Distortion?
  /// What is made small.
  public var loss: Loss
  /// Workers at most; no more than processors run, as they would only wait for each other, unless
  /// the samples come from a source, which may wait for something else. With ``Averaging/slabs``
  /// the trained weights do not depend on it.
  public var threads: Int
  /// How gradients are averaged.
  public var averaging: Averaging
  /// Whether to measure where the time goes, for ``TrainingResult/phases``: a clock reading at
  /// every step of every unit of work.
  public var measuresPhases: Bool
  /// Seconds between two progress events.
  package var progressInterval = 0.1
  /// What every random decision is drawn from.
  public var seed: UInt64
  /// How the first parameters of a network are drawn; of a model, which has its own, nothing is.
  public var initializer: Initializer

  /// A configuration, valid or not: a ``Trainer`` refuses what is out of range. What is left out is
  /// ten epochs of batches of 128, a learning rate of 0.1 that falls linearly to 0, momentum of
  /// 0.9,
  /// softmax cross-entropy, and one thread.
  public init(
    epochs: Int = 10, batchSize: Int = 128, learningRate: Float = 0.1,
    schedule: LearningRateSchedule = .linear, warmUp: WarmUp = .none,
    optimizer: Optimizer = .momentum(0.9), regularizers: [Regularizer] = [],
    clipping: Clipping? = nil, frozenLayers: Set<Int> = [],
    threads: Int = 1,
    averaging: Averaging = .slabs, measuresPhases: Bool = false, seed: UInt64 = 0,
    dropsLastBatch: Bool = false, stopping: StoppingRules = StoppingRules(),
    initializer: Initializer = .he, distortion: Distortion? = nil,
    loss: Loss = .softmaxCrossEntropy()
  ) {
    self.epochs = epochs
    self.batchSize = batchSize
    self.dropsLastBatch = dropsLastBatch
    self.learningRate = learningRate
    self.schedule = schedule
    self.warmUp = warmUp
    self.stopping = stopping
    self.optimizer = optimizer
    self.regularizers = regularizers
    self.clipping = clipping
    self.frozenLayers = frozenLayers
    self.distortion = distortion
    self.loss = loss
    self.threads = threads
    self.averaging = averaging
    self.measuresPhases = measuresPhases
    self.seed = seed
    self.initializer = initializer
  }

  /// The largest number of epochs that can be asked for.
  public static let maximumEpochs = 1_000_000_000
  /// The largest number of threads that can be asked for.
  public static let maximumThreads = 1024

  func validate() throws(TrainingError) {
    try loss.validate()
    func require(
      _ holds: Bool, _ option: String, _ found: some CustomStringConvertible, _ expected: String
    ) throws(TrainingError) {
      if !holds {
        throw .invalidOption(option, found: found.description, expected: expected)
      }
    }
    try require(
      (1...Self.maximumEpochs).contains(epochs), "epochs", epochs,
      "1 to \(Self.maximumEpochs)")
    try require(batchSize >= 1, "batch size", batchSize, "at least 1")
    try require(
      learningRate > 0 && learningRate.isFinite, "learning rate", learningRate,
      "a finite number above 0")
    if let flaw = schedule.flaw {
      throw .invalidOption("schedule", found: schedule.description, expected: flaw)
    }
    switch warmUp {
    case .iterations(let count), .epochs(let count):
      try require(count >= 1, "warm-up", warmUp, "at least 1")
    case .none: break
    }
    try stopping.validate()
    try require(
      Initializer("\(initializer)") == initializer, "initializer", initializer,
      "a finite limit or deviation above 0")
    try optimizer.validate()
    for regularizer in regularizers { try regularizer.validate() }
    try clipping?.validate()
    try distortion?.validate()
    try require(
      (1...Self.maximumThreads).contains(threads), "threads", threads,
      "1 to \(Self.maximumThreads)")
  }
}

extension TrainingConfiguration {
  /// Throws unless there are validation samples for what needs them.
  /// - Throws: ``TrainingError/noValidation(rule:)``.
  public func requireValidation(_ exists: Bool) throws(TrainingError) {
    if let rule = stopping.ruleOfValidation, !exists { throw .noValidation(rule: rule) }
  }
}

/// Why training cannot start, or not go on.
public enum TrainingError: Error, Equatable, Sendable, CustomStringConvertible {
  /// An option of the configuration is out of its range.
  case invalidOption(String, found: String, expected: String)
  /// The samples do not have as many features as the network has inputs.
  case featureCount(dataset: String, found: Int, expected: Int)
  /// The dataset has another number of classes than the network has outputs.
  case classCount(dataset: String, found: Int, expected: Int)
  /// The dataset has another number of target values than the network has outputs.
  case targetCount(dataset: String, found: Int, expected: Int)
  /// The loss takes targets from 0 to 1.
  case targetOutOfRange(dataset: String, sample: Int, index: Int, found: Float, loss: String)
  /// The target values of a sample are no probabilities of classes: they do not add up to 1.
  case noDistribution(dataset: String, sample: Int, sum: Float)
  /// The loss takes logits, but the output layer has an activation.
  case noLogits(loss: String, activation: String)
  /// The outputs are neither probabilities nor logits.
  case noProbabilities(loss: String, activation: String)
  /// A feature of a sample is infinite or not a number.
  case notFinite(dataset: String, sample: Int, index: Int, found: Float)
  /// The source of the samples failed.
  case source(SourceFailure)
  /// The kernels that the environment asks for are none.
  case kernels(KernelError)
  /// The trainer is in the middle of another call that changes its model.
  case alreadyTraining
  /// There is no sample to train on or to evaluate.
  case noSamples(dataset: String)
  /// A stopping rule measures epochs on validation samples, and there are none.
  case noValidation(rule: String)
  /// Samples are to be distorted, and are no images.
  case noImages(dataset: String)
  /// A stopping rule goes by the accuracy, and the samples belong to no classes.
  case noClasses(dataset: String, rule: String)
  /// Short batches are dropped, and there are fewer samples than a full one has.
  case noFullBatch(dataset: String, sampleCount: Int, batchSize: Int)
  /// A checkpoint is not one of the run that is to go on from it.
  case checkpointMismatch(field: String, checkpoint: String, run: String)

  /// What is wrong, in a sentence for a person.
  public var description: String {
    switch self {
    case .invalidOption(let option, let found, let expected):
      "\(option): found \(found), expected \(expected)"
    case .featureCount(let dataset, let found, let expected):
      "\(dataset): a sample has \(found) features, the network expects \(expected)"
    case .classCount(let dataset, let found, let expected):
      "\(dataset): there are \(found) classes, the network has \(expected) outputs"
    case .targetCount(let dataset, let found, let expected):
      "\(dataset): a sample has \(found) target values, the network has \(expected) outputs"
    case .targetOutOfRange(let dataset, let sample, let index, let found, let loss):
      """
      \(dataset): target value \(index) of sample \(sample) is \(found), \(loss) takes targets \
      from 0 to 1
      """
    case .noDistribution(let dataset, let sample, let sum):
      """
      \(dataset): the target values of sample \(sample) are no probabilities of classes: their \
      sum is \(sum), expected 1
      """
    case .noLogits(let loss, let activation):
      """
      the loss \(loss) takes logits, but the output layer has the activation \(activation): \
      expected identity
      """
    case .noProbabilities(let loss, let activation):
      """
      the outputs of a network with the loss \(loss) and the output activation \(activation) are \
      no probabilities: expected a loss of logits, or the activation softmax or sigmoid
      """
    case .notFinite(let dataset, let sample, let index, let found):
      "\(dataset): feature \(index) of sample \(sample) is \(found), expected a finite number"
    case .source(let failure): failure.description
    case .kernels(let error): error.description
    case .alreadyTraining:
      "the trainer is training: expected no other call of fit or partialFit at the same time"
    case .noSamples(let dataset):
      "\(dataset): there are no samples"
    case .noImages(let dataset):
      "\(dataset): only images can be distorted, and the features are floats"
    case .noClasses(let dataset, let rule):
      "\(dataset): \(rule) needs classes, and the samples belong to none"
    case .noValidation(let rule):
      "\(rule) needs validation samples to measure each epoch on, and there are none"
    case .noFullBatch(let dataset, let sampleCount, let batchSize):
      """
      \(dataset): there are \(sampleCount) samples, fewer than a batch of \(batchSize), and the \
      last batch is dropped when it is short: nothing is left to train on
      """
    case .checkpointMismatch(let field, let checkpoint, let run):
      "the checkpoint is not one of this run: \(field): expected \(checkpoint), found \(run)"
    }
  }
}
