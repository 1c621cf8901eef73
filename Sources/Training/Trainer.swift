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
  public let configuration: TrainingConfiguration
  /// The network with its parameters: initial ones at first, trained ones after ``fit(_:validation:stop:onEvent:)``.
  public private(set) var model: Model
  private let variant: KernelVariant
  private let processors = ProcessorCount.usable

  /// Seconds between two progress events.
  private static let progressInterval = 0.1

  /// A trainer of a network with fresh parameters, drawn from the configuration's seed.
  /// - Throws: ``TrainingError/invalidOption(_:found:expected:)`` when an option is out of range.
  public convenience init(
    network: Network, configuration: TrainingConfiguration, kernels variant: KernelVariant
  ) throws(TrainingError) {
    try self.init(
      model: Model(
        network: network,
        parameters: Parameters(heInitializing: network, seed: configuration.seed)),
      configuration: configuration, kernels: variant)
  }

  /// A trainer that goes on from a model's parameters.
  /// - Throws: ``TrainingError/invalidOption(_:found:expected:)`` when an option is out of range.
  public init(
    model: Model, configuration: TrainingConfiguration, kernels variant: KernelVariant
  ) throws(TrainingError) {
    try configuration.validate()
    self.model = model
    self.configuration = configuration
    self.variant = variant
  }

  /// Trains on `training` for the configured number of epochs. Returns early, with what has been
  /// learned so far in ``model``, when asked to or when the loss of a batch is not finite; that
  /// batch then has changed nothing.
  ///
  /// Each call starts anew with the first epoch's order, the first learning rate and no momentum,
  /// but from the parameters of ``model``.
  /// - Parameters:
  ///   - training: Samples with as many features as the network has inputs and as many classes as
  ///     it has outputs.
  ///   - validation: Samples to evaluate on after each epoch.
  ///   - stop: How another thread or a signal handler can end the run at the next iteration.
  ///   - onEvent: Called on this thread, between iterations.
  /// - Throws: ``TrainingError`` when a dataset does not fit the network.
  @discardableResult
  public func fit(
    _ training: Dataset, validation: Dataset? = nil, stop: StopRequest = StopRequest(),
    onEvent: (TrainingEvent) -> Void = { _ in }
  ) throws(TrainingError) -> TrainingResult {
    var start = DispatchTime.now()
    try model.network.requireFit(of: training)
    if let validation { try model.network.requireFit(of: validation) }
    let coordinator = Coordinator(
      model: model, dataset: training, configuration: configuration, kernels: variant.kernels,
      stop: stop, processors: processors)
    let evaluator = Evaluator(
      parameters: coordinator.parameters, kernels: variant.kernels,
      threads: configuration.threads, processors: processors)
    defer { model = Model(network: model.network, parameters: coordinator.parameters.export()) }

    var records: [EpochRecord] = []
    var seconds = 0.0
    var nextReport = DispatchTime.now() + Self.progressInterval
    func result(_ reason: StopReason) -> TrainingResult {
      TrainingResult(
        stopped: reason, epochs: records, iterations: coordinator.iterations,
        samples: coordinator.samples, seconds: seconds,
        phases: coordinator.clock?.seconds)
    }
    for epoch in 1...configuration.epochs {
      let secondsBefore = seconds
      coordinator.begin(EpochOrder(dataset: training, seed: configuration.seed, epoch: epoch))
      running: while true {
        let pause = coordinator.run(until: nextReport)
        let now = DispatchTime.now()
        seconds += start.seconds(until: now)
        start = now
        switch pause {
        case .epochEnd: break running
        case .stopRequested: return result(.interrupted)
        case .diverged: return result(.diverged)
        case .timeToReport:
          onEvent(
            .progress(progress(of: coordinator, epoch: epoch, of: training, seconds: seconds)))
          start = .now()
          nextReport = start + Self.progressInterval
        }
      }
      let evaluation = validation.map(evaluator.evaluateFitting)
      let record = EpochRecord(
        epoch: epoch, iterations: coordinator.iterations, samples: coordinator.samples,
        loss: coordinator.lossSumInEpoch / Double(training.count), validation: evaluation,
        seconds: seconds - secondsBefore,
        samplesPerSecond: Double(training.count) / (seconds - secondsBefore),
        learningRate: coordinator.learningRate)
      records.append(record)
      onEvent(.epoch(record))
      start = .now()
    }
    return result(.completed)
  }

  /// The loss and accuracy of ``model`` on a dataset.
  /// - Throws: ``TrainingError`` when the dataset does not fit the network.
  public func evaluate(_ dataset: Dataset) throws(TrainingError) -> Evaluation {
    try Evaluator(model: model, kernels: variant, threads: configuration.threads)
      .evaluate(dataset)
  }

  private func progress(
    of coordinator: Coordinator, epoch: Int, of training: Dataset, seconds: Double
  ) -> TrainingProgress {
    let speed = Double(coordinator.samples) / seconds
    let left = configuration.epochs * training.count - coordinator.samples
    return TrainingProgress(
      epoch: epoch, epochs: configuration.epochs, samplesDone: coordinator.samplesInEpoch,
      samplesPerEpoch: training.count,
      loss: coordinator.lossSumInEpoch / Double(max(coordinator.samplesInEpoch, 1)),
      samplesPerSecond: speed, secondsLeft: Double(left) / speed)
  }
}

extension DispatchTime {
  fileprivate func seconds(until end: DispatchTime) -> Double {
    Double(end.uptimeNanoseconds - uptimeNanoseconds) / 1e9
  }
}

extension Network {
  /// Throws unless the samples of `dataset` are what this network takes in and tells apart.
  func requireFit(of dataset: Dataset) throws(TrainingError) {
    guard dataset.count > 0 else { throw .noSamples(dataset: dataset.name) }
    guard dataset.featureCount == inputCount else {
      throw .featureCount(
        dataset: dataset.name, found: dataset.featureCount, expected: inputCount)
    }
    guard dataset.classCount == outputCount else {
      throw .classCount(dataset: dataset.name, found: dataset.classCount, expected: outputCount)
    }
  }
}
