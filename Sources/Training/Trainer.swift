import Datasets
import Dispatch
import Kernels
import NeuralNetwork
import Synchronization

/// Trains a network, sharding each mini-batch over worker threads.
///
/// The same network, data and configuration give the same weights, bit for bit, on any number of
/// threads (``Averaging/perWorker`` aside) and on every processor with fused multiply-add. No
/// thread stays busy after a call.
///
/// A trainer can be used from any thread, and predicts on any number of them at the same time, also
/// while it trains, then with the model from before. It trains one call at a time; trainers are
/// independent of each other.
public final class Trainer: Sendable {
  /// What every call of this trainer depends on, besides its network and the data.
  public let configuration: TrainingConfiguration
  let variant: KernelVariant
  let workers: WorkerSource
  private let processors = ProcessorCount.allowed
  private let state: Mutex<State>

  /// What calls change.
  struct State {
    var model: Model
    /// The complete epochs of the last call of `fit`.
    var history = History([])
    /// Where a stream of data goes on; nil before its first call.
    var stream: StreamPosition?
    /// Of ``model``, once it was asked for.
    var evaluator: Evaluator?
    var isTraining = false
  }

  /// A trainer of a network with fresh parameters, drawn from the configuration's seed.
  /// - Parameters:
  ///   - network: What to train.
  ///   - configuration: Everything else that the result depends on.
  ///   - variant: The kernels; nil for the widest that this processor can run, or those that the
  ///     environment variable `PARALLEL_TRAINER_ISA` names.
  ///   - workers: Where the threads beside the calling one come from.
  /// - Throws: ``TrainingError/invalidOption(_:found:expected:)`` when an option is out of range,
  ///   ``TrainingError/kernels(_:)`` when the environment variable names no kernels.
  public convenience init(
    network: Network, configuration: TrainingConfiguration = TrainingConfiguration(),
    kernels variant: KernelVariant? = nil, workers: WorkerSource = .callersPool
  ) throws(TrainingError) {
    try self.init(
      model: Model(
        network: network,
        parameters: Parameters(
          initializing: network, with: configuration.initializer, seed: configuration.seed)),
      configuration: configuration, kernels: variant, workers: workers)
  }

  /// A trainer that goes on from a model's parameters.
  /// - Parameters:
  ///   - model: What to train.
  ///   - configuration: Everything else that the result depends on.
  ///   - variant: The kernels; nil for the widest that this processor can run, or those that the
  ///     environment variable `PARALLEL_TRAINER_ISA` names.
  ///   - workers: Where the threads beside the calling one come from.
  /// - Throws: ``TrainingError/invalidOption(_:found:expected:)`` when an option is out of range,
  ///   ``TrainingError/kernels(_:)`` when the environment variable names no kernels.
  public init(
    model: Model, configuration: TrainingConfiguration = TrainingConfiguration(),
    kernels variant: KernelVariant? = nil, workers: WorkerSource = .callersPool
  ) throws(TrainingError) {
    try configuration.validate()
    try configuration.validate(for: model.network)
    state = Mutex(State(model: model))
    self.configuration = configuration
    self.workers = workers
    if let variant {
      self.variant = variant
    } else {
      do { self.variant = try KernelVariant.select() } catch { throw .kernels(error) }
    }
  }

  /// The network with its parameters: initial ones at first, trained ones after
  /// ``fit(_:validation:resuming:checkpoints:stop:onEvent:)`` or ``partialFit(_:stop:)``.
  public var model: Model { state.withLock { $0.model } }

  /// The complete epochs of the last call of `fit`, also of one that was stopped or failed.
  public var history: History { state.withLock { $0.history } }

  /// Runs ``model`` forward: what to keep for many predictions with the model as it is now.
  public var evaluator: Evaluator {
    state.withLock { state in
      if let evaluator = state.evaluator { return evaluator }
      let evaluator = Evaluator(
        model: state.model, loss: configuration.loss, kernels: variant,
        threads: configuration.threads, workers: workers)
      state.evaluator = evaluator
      return evaluator
    }
  }

  // MARK: Training

  /// Trains on `training` for the configured number of epochs. Returns early, with what has been
  /// learned so far in ``model``, when asked to, when the Swift task around the call is cancelled,
  /// when one of the ``StoppingRules`` is met, or when the loss of a batch is not finite; that batch
  /// then has changed nothing. The rules also say whether ``model`` is in the end that of the best
  /// epoch.
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
  ///   when the checkpoint is one of another run, when a source of samples fails, or when the
  ///   trainer is training already.
  @discardableResult
  public func fit(
    _ training: Dataset, validation: Dataset? = nil, resuming checkpoint: Checkpoint? = nil,
    checkpoints: CheckpointPolicy = .never, stop: StopRequest = StopRequest(),
    onEvent: (TrainingEvent) -> Void = { _ in }
  ) throws(TrainingError) -> TrainingResult {
    let start = DispatchTime.now()
    return try change { state throws(TrainingError) in
      let fingerprints = try check(
        training, validation: validation, resuming: checkpoint, checkpoints, model: state.model)
      return try SurroundingTask.with { task throws(TrainingError) in
        let coordinator = Coordinator(
          model: state.model, dataset: training, configuration: configuration,
          kernels: variant.kernels, stop: stop, task: task, resuming: checkpoint,
          workers: workers, processors: processors)
        let run = TrainerRun(
          coordinator: coordinator,
          evaluator: Evaluator(
            parameters: coordinator.parameters, loss: configuration.loss, kernels: variant.kernels,
            threads: configuration.threads, processors: processors, workers: workers),
          configuration: configuration, training: training, validation: validation,
          resuming: checkpoint, checkpoints: checkpoints, fingerprints: fingerprints, start: start)
        defer {
          state.model = Model(
            network: state.model.network, parameters: coordinator.parameters.export(),
            imageSize: state.model.imageSize)
          state.history = History(run.records)
          state.stream = nil
        }
        return try run.toItsEnd(onEvent)
      }
    }
  }

  /// As the other, with a callback that can ask to stop: the run ends at the next iteration, with
  /// what it has learned so far.
  /// - Parameters:
  ///   - training: Samples to train on.
  ///   - validation: Samples to evaluate on after each epoch.
  ///   - checkpoint: What to go on from.
  ///   - checkpoints: When to make ``TrainingEvent/checkpoint(_:)`` events.
  ///   - onEvent: Called on this thread, between iterations.
  /// - Returns: What the run came to.
  /// - Throws: ``TrainingError`` as the other.
  @discardableResult
  public func fit(
    _ training: Dataset, validation: Dataset? = nil, resuming checkpoint: Checkpoint? = nil,
    checkpoints: CheckpointPolicy = .never,
    onEvent: (_ event: TrainingEvent, _ stop: StopRequest) -> Void
  ) throws(TrainingError) -> TrainingResult {
    let stop = StopRequest()
    return try fit(
      training, validation: validation, resuming: checkpoint, checkpoints: checkpoints, stop: stop
    ) { onEvent($0, stop) }
  }

  /// Runs what changes the state: on a copy, which takes the state's place in the end, so that others
  /// go on with the state from before meanwhile.
  /// - Throws: What `body` throws; ``TrainingError/alreadyTraining`` where another one runs.
  func change<Value>(
    _ body: (inout State) throws(TrainingError) -> Value
  ) throws(TrainingError) -> Value {
    var copy = try state.withLock { state throws(TrainingError) in
      guard !state.isTraining else { throw .alreadyTraining }
      state.isTraining = true
      return state
    }
    copy.isTraining = false
    copy.evaluator = nil
    defer { state.withLock { $0 = copy } }
    return try body(&copy)
  }

  /// Throws unless a run can begin.
  /// - Returns: The data's fingerprints, where checkpoints ask for them.
  private func check(
    _ training: Dataset, validation: Dataset?, resuming checkpoint: Checkpoint?,
    _ checkpoints: CheckpointPolicy, model: Model
  ) throws(TrainingError) -> RunFingerprints? {
    try checkFit(of: training)
    if let validation {
      try model.network.requireFit(of: validation, loss: configuration.loss)
      if validation.classCount == 0, let rule = configuration.stopping.ruleOfClasses {
        throw .noClasses(dataset: validation.name, rule: rule)
      }
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
    guard checkpoint != nil || checkpoints != .never else { return nil }
    let fingerprints = RunFingerprints(
      training: training.fingerprint, validation: validation?.fingerprint)
    try checkpoint?.requireMatch(
      training: fingerprints.training, validation: fingerprints.validation)
    return fingerprints
  }

  /// Throws unless samples can be trained on.
  func checkFit(of training: Dataset) throws(TrainingError) {
    try model.network.requireFit(of: training, loss: configuration.loss)
    if configuration.distortion != nil, training.hasFloatFeatures {
      throw .noImages(dataset: training.name)
    }
  }

  /// A coordinator of one call of a stream.
  func coordinator(
    of state: State, _ dataset: Dataset, configuration: TrainingConfiguration, stop: StopRequest,
    task: SurroundingTask, continuing stream: StreamPosition
  ) -> Coordinator {
    Coordinator(
      model: state.model, dataset: dataset, configuration: configuration,
      kernels: variant.kernels, stop: stop, task: task, continuing: stream, workers: workers,
      processors: processors)
  }
}
