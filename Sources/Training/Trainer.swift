import Datasets
import Dispatch
import Kernels
import NeuralNetwork

/// Trains a network, sharding each mini-batch over worker threads.
///
/// The same network, data and configuration give the same weights, bit for bit, on any number of
/// threads (``Averaging/perWorker`` aside) and on every processor with fused multiply-add. No
/// thread stays busy after a call.
public final class Trainer {
  /// What every call of this trainer depends on, besides its network and the data.
  public let configuration: TrainingConfiguration
  /// The network with its parameters: initial ones at first, trained ones after ``fit(_:validation:resuming:checkpoints:stop:onEvent:)``.
  public private(set) var model: Model
  let variant: KernelVariant
  private let processors = ProcessorCount.usable

  /// A trainer of a network with fresh parameters, drawn from the configuration's seed.
  /// - Throws: ``TrainingError/invalidOption(_:found:expected:)`` when an option is out of range.
  public convenience init(
    network: Network, configuration: TrainingConfiguration, kernels variant: KernelVariant
  ) throws(TrainingError) {
    try self.init(
      model: Model(
        network: network,
        parameters: Parameters(
          initializing: network, with: configuration.initializer, seed: configuration.seed)),
      configuration: configuration, kernels: variant)
  }

  /// A trainer that goes on from a model's parameters.
  /// - Throws: ``TrainingError/invalidOption(_:found:expected:)`` when an option is out of range.
  public init(
    model: Model, configuration: TrainingConfiguration, kernels variant: KernelVariant
  ) throws(TrainingError) {
    try configuration.validate()
    try configuration.validate(for: model.network)
    self.model = model
    self.configuration = configuration
    self.variant = variant
  }

  /// Trains on `training` for the configured number of epochs. Returns early, with what has been
  /// learned so far in ``model``, when asked to, when one of the ``StoppingRules`` is met, or when
  /// the loss of a batch is not finite; that batch then has changed nothing. The rules also say
  /// whether ``model`` is in the end that of the best epoch.
  ///
  /// Without a checkpoint each call starts anew with the first epoch's order, the first learning
  /// rate and no momentum, but from the parameters of ``model``. With one it goes on where that
  /// was made, from the checkpoint's parameters, and ends with the same weights and the same
  /// records, bit for bit, as the run that was never stopped (their times aside), on any number
  /// of threads (``Averaging/perWorker`` aside).
  /// - Parameters:
  ///   - training: Samples with as many features as the network has inputs and as many classes, or
  ///     target values, as it has outputs; for two classes a single output will do, unless the
  ///     loss is the softmax cross-entropy.
  ///   - validation: Samples to evaluate on after each epoch.
  ///   - checkpoint: What to go on from.
  ///   - checkpoints: When to make ``TrainingEvent/checkpoint(_:)`` events.
  ///   - stop: How another thread or a signal handler can end the run at the next iteration.
  ///   - onEvent: Called on this thread, between iterations.
  /// - Throws: ``TrainingError`` when a dataset does not fit the network, when there is no full
  ///   batch and others are dropped, when a rule has no validation samples to measure epochs on,
  ///   or when the checkpoint is one of another run.
  @discardableResult
  public func fit(
    _ training: Dataset, validation: Dataset? = nil, resuming checkpoint: Checkpoint? = nil,
    checkpoints: CheckpointPolicy = .never, stop: StopRequest = StopRequest(),
    onEvent: (TrainingEvent) -> Void = { _ in }
  ) throws(TrainingError) -> TrainingResult {
    let start = DispatchTime.now()
    try model.network.requireFit(of: training, loss: configuration.loss)
    if let validation {
      try model.network.requireFit(of: validation, loss: configuration.loss)
      if validation.classCount == 0, let rule = configuration.stopping.ruleOfClasses {
        throw .noClasses(dataset: validation.name, rule: rule)
      }
    }
    if configuration.distortion != nil, training.floats != nil {
      throw .noImages(dataset: training.name)
    }
    try configuration.requireBatch(of: training)
    try configuration.requireValidation(validation != nil)
    if case .everyIterations(let count) = checkpoints, count < 1 {
      throw .invalidOption(
        "iterations between checkpoints", found: "\(count)", expected: "at least 1")
    }
    if let checkpoint {
      try checkpoint.requireMatch(network: model.network, configuration: configuration)
      try checkpoint.requireMatch(kernels: variant)
    }
    // Looking at every pixel takes as long as a part of an epoch: only where it is needed.
    let fingerprints =
      checkpoint == nil && checkpoints == .never
      ? nil : RunFingerprints(training: training.fingerprint, validation: validation?.fingerprint)
    if let checkpoint, let fingerprints {
      try checkpoint.requireMatch(
        training: fingerprints.training, validation: fingerprints.validation)
    }
    let coordinator = Coordinator(
      model: model, dataset: training, configuration: configuration, kernels: variant.kernels,
      stop: stop, resuming: checkpoint, processors: processors)
    defer { model = Model(network: model.network, parameters: coordinator.parameters.export()) }
    let run = TrainerRun(
      coordinator: coordinator,
      evaluator: Evaluator(
        parameters: coordinator.parameters, loss: configuration.loss, kernels: variant.kernels,
        threads: configuration.threads, processors: processors),
      configuration: configuration, training: training, validation: validation,
      resuming: checkpoint, checkpoints: checkpoints, fingerprints: fingerprints, start: start)
    return run.toItsEnd(onEvent)
  }

  /// The loss of ``model`` on a dataset, by the configuration's loss, and its accuracy.
  /// - Throws: ``TrainingError`` when the dataset does not fit the network.
  public func evaluate(_ dataset: Dataset) throws(TrainingError) -> Evaluation {
    try evaluator.evaluate(dataset)
  }

  /// The outputs of ``model`` for a sample: logits, where the loss takes logits.
  /// - Parameter features: As many as the network has inputs.
  /// - Throws: ``TrainingError/featureCount(dataset:found:expected:)`` for any other number.
  public func outputs(of features: [Float]) throws(TrainingError) -> [Float] {
    try evaluator.outputs(of: features)
  }

  private var evaluator: Evaluator {
    Evaluator(
      model: model, loss: configuration.loss, kernels: variant, threads: configuration.threads)
  }
}
