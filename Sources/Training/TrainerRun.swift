import Datasets
import Dispatch
import NeuralNetwork

/// The data of a run, as checkpoints know them.
struct RunFingerprints {
  let training: DatasetFingerprint
  let validation: DatasetFingerprint?
}

/// One call of `Trainer.fit`: takes the coordinator from epoch to epoch, and keeps the accounts of
/// the run and of what is reported of it.
final class TrainerRun {
  private let coordinator: Coordinator
  private let evaluator: Evaluator
  private let configuration: TrainingConfiguration
  private let training: Dataset
  private let validation: Dataset?
  private let resumed: Checkpoint?
  private let checkpoints: CheckpointPolicy
  private let fingerprints: RunFingerprints?

  private var records: [EpochRecord]
  private var secondsInEpoch: Double
  /// Seconds of this call.
  private var seconds = 0.0
  /// When the time that has not been counted yet began.
  private var start: DispatchTime
  private var nextReport: DispatchTime
  /// Iterations at the last checkpoint of this call.
  private var lastCheckpoint: Int?

  /// Seconds between two progress events.
  private static let progressInterval = 0.1

  /// - Parameters:
  ///   - fingerprints: Those of the data; needed for checkpoints.
  ///   - start: When the call began.
  init(
    coordinator: Coordinator, evaluator: Evaluator, configuration: TrainingConfiguration,
    training: Dataset, validation: Dataset?, resuming checkpoint: Checkpoint?,
    checkpoints: CheckpointPolicy, fingerprints: RunFingerprints?, start: DispatchTime
  ) {
    self.coordinator = coordinator
    self.evaluator = evaluator
    self.configuration = configuration
    self.training = training
    self.validation = validation
    self.checkpoints = checkpoints
    self.fingerprints = fingerprints
    self.start = start
    resumed = checkpoint
    records = checkpoint?.history ?? []
    secondsInEpoch = checkpoint?.secondsInEpoch ?? 0
    nextReport = DispatchTime.now() + Self.progressInterval
  }

  /// Runs until all epochs are done or something else ends the run.
  func toItsEnd(_ onEvent: (TrainingEvent) -> Void) -> TrainingResult {
    while records.count < configuration.epochs {
      let epoch = records.count + 1
      let isGoingOn = resumed?.epoch == epoch
      coordinator.begin(
        EpochOrder(dataset: training, seed: configuration.seed, epoch: epoch),
        after: isGoingOn ? resumed?.samplesInEpoch ?? 0 : 0,
        lossSum: isGoingOn ? resumed?.lossSumInEpoch ?? 0 : 0)
      running: while true {
        let pause = coordinator.run(until: nextReport, lastIteration: nextCheckpoint)
        countTime()
        switch pause {
        case .epochEnd: break running
        case .iterationReached: makeCheckpoint(onEvent)
        case .timeToReport: reportProgress(onEvent)
        case .stopRequested:
          makeLastCheckpoint(onEvent)
          return result(.interrupted)
        case .diverged: return result(.diverged)
        }
      }
      finishEpoch(onEvent)
    }
    makeLastCheckpoint(onEvent)
    return result(.completed)
  }

  private func countTime() {
    let now = DispatchTime.now()
    let passed = start.seconds(until: now)
    seconds += passed
    secondsInEpoch += passed
    start = now
  }

  // MARK: Reports

  private func reportProgress(_ onEvent: (TrainingEvent) -> Void) {
    let done = coordinator.samplesInEpoch
    let speed = Double(coordinator.samples - (resumed?.samples ?? 0)) / seconds
    let left = coordinator.length.samples - coordinator.samples
    onEvent(
      .progress(
        TrainingProgress(
          epoch: records.count + 1, epochs: configuration.epochs, samplesDone: done,
          samplesPerEpoch: coordinator.length.samplesPerEpoch,
          loss: coordinator.lossSumInEpoch / Double(max(done, 1)), samplesPerSecond: speed,
          secondsLeft: Double(left) / speed)))
    start = .now()
    nextReport = start + Self.progressInterval
  }

  private func finishEpoch(_ onEvent: (TrainingEvent) -> Void) {
    let samples = Double(coordinator.length.samplesPerEpoch)
    let record = EpochRecord(
      epoch: records.count + 1, iterations: coordinator.iterations, samples: coordinator.samples,
      loss: coordinator.lossSumInEpoch / samples,
      validation: validation.map(evaluator.evaluateFitting), seconds: secondsInEpoch,
      samplesPerSecond: samples / secondsInEpoch, learningRate: coordinator.learningRate)
    records.append(record)
    secondsInEpoch = 0
    onEvent(.epoch(record))
    start = .now()
    switch checkpoints {
    case .everyEpoch: makeCheckpoint(onEvent)
    case .everyIterations(let count) where coordinator.iterations.isMultiple(of: count):
      makeCheckpoint(onEvent)
    case .never, .everyIterations: break
    }
  }

  private func result(_ reason: StopReason) -> TrainingResult {
    TrainingResult(
      stopped: reason, epochs: records, iterations: coordinator.iterations,
      samples: coordinator.samples,
      seconds: records.reduce(secondsInEpoch) { $0 + $1.seconds },
      samplesOfCall: coordinator.samples - (resumed?.samples ?? 0), secondsOfCall: seconds,
      phases: coordinator.clock?.seconds)
  }

  // MARK: Checkpoints

  /// The number of iterations after which the policy wants one.
  private var nextCheckpoint: Int {
    guard case .everyIterations(let count) = checkpoints else { return .max }
    let (next, isBeyond) = (coordinator.iterations / count + 1)
      .multipliedReportingOverflow(by: count)
    return isBeyond ? .max : next
  }

  private func makeLastCheckpoint(_ onEvent: (TrainingEvent) -> Void) {
    if checkpoints != .never, lastCheckpoint != coordinator.iterations { makeCheckpoint(onEvent) }
  }

  private func makeCheckpoint(_ onEvent: (TrainingEvent) -> Void) {
    guard let fingerprints else { return }
    lastCheckpoint = coordinator.iterations
    let isBetweenEpochs = coordinator.samplesInEpoch == coordinator.length.samplesPerEpoch
    let network = coordinator.parameters.network
    onEvent(
      .checkpoint(
        Checkpoint(
          model: Model(network: network, parameters: coordinator.parameters.export()),
          optimizer: coordinator.optimizer.state, configuration: configuration,
          isFused: coordinator.kernels.isFused, iterations: coordinator.iterations,
          lossSumInEpoch: isBetweenEpochs ? 0 : coordinator.lossSumInEpoch,
          secondsInEpoch: secondsInEpoch, history: records, training: fingerprints.training,
          validation: fingerprints.validation,
          length: coordinator.length)))
    // The copy holds up training, and so may whoever takes it: time of the run.
    countTime()
  }
}

extension DispatchTime {
  fileprivate func seconds(until end: DispatchTime) -> Double {
    Double(end.uptimeNanoseconds - uptimeNanoseconds) / 1e9
  }
}
