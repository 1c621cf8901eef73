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

  private(set) var records: [EpochRecord]
  private var secondsInEpoch: Double
  /// Seconds of training in the complete epochs.
  private var secondsOfEpochs: Double
  /// Seconds of this call.
  private var seconds = 0.0
  /// When the time that has not been counted yet began.
  private var start: DispatchTime
  private var nextReport: DispatchTime
  /// Iterations at the last checkpoint of this call.
  private var lastCheckpoint: Int?

  // What follows from the epochs so far.
  private var judge: EpochJudge
  /// The rule that the last epoch met.
  private var rule: StoppingRule?
  private var plateau: Plateau?
  /// The best epoch's parameters, where they are to be restored.
  private var best: ParameterSnapshot?
  /// Parameters that are finite, of the last epoch's end or of the start of this call.
  private let lastGood: ParameterSnapshot
  private var divergence: Divergence?

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
    secondsOfEpochs = records.reduce(0) { $0 + $1.seconds }
    nextReport = DispatchTime.now() + configuration.progressInterval
    judge = EpochJudge(configuration.stopping)
    rule = judge.observe(records)
    plateau = Plateau(configuration.schedule, warmUp: coordinator.rates.warmUp)
    for record in records { plateau?.observe(record) }
    coordinator.rateReductions = plateau?.reductions ?? 0
    best = checkpoint?.best.map { best in
      let model = Model(network: coordinator.parameters.network, parameters: best.parameters)
      return ParameterSnapshot(
        of: PanelParameters(model, kernels: coordinator.kernels), epoch: best.epoch)
    }
    lastGood = ParameterSnapshot(of: coordinator.parameters, epoch: records.count)
  }

  /// Runs until all epochs are done or something else ends the run.
  /// - Throws: ``TrainingError/source(_:)`` when the source of samples fails.
  func toItsEnd(
    _ onEvent: (TrainingEvent) -> Void
  ) throws(TrainingError) -> TrainingResult {
    let reason = try run(onEvent)
    // A checkpoint is of where the run is, to go on from; the best epoch is beside that.
    if reason != .diverged { makeLastCheckpoint(onEvent) }
    return result(reason, restoredEpoch: settleParameters())
  }

  private func run(
    _ onEvent: (TrainingEvent) -> Void
  ) throws(TrainingError) -> StopReason {
    while records.count < configuration.epochs {
      if let rule { return .early(rule) }
      let epoch = records.count + 1
      let isGoingOn = resumed?.epoch == epoch
      coordinator.begin(
        EpochOrder(dataset: training, seed: configuration.seed, epoch: epoch),
        after: isGoingOn ? resumed?.samplesInEpoch ?? 0 : 0,
        lossSum: isGoingOn ? resumed?.lossSumInEpoch ?? 0 : 0)
      running: while true {
        if isOverTime { return .early(.timeLimit) }
        let pause = coordinator.run(until: nextPause, lastIteration: nextCheckpoint)
        countTime()
        switch pause {
        case .epochEnd: break running
        case .iterationReached: makeCheckpoint(onEvent)
        case .timeToReport: if start >= nextReport { reportProgress(onEvent) }
        case .stopRequested: return .interrupted
        case .diverged:
          divergence = coordinator.divergence
          return .diverged
        case .sourceFailed: try coordinator.throwSourceFailure()
        }
      }
      try finishEpoch(onEvent)
    }
    return .completed
  }

  /// Leaves the coordinator with the parameters that the run is to end with.
  /// - Returns: The epoch that they are of, if they are not those of the last iteration.
  private func settleParameters() -> Int? {
    if let best, rule != .targetAccuracy {
      best.restore(coordinator.parameters)
      return best.epoch
    }
    if divergence?.hasSpoiledParameters == true { lastGood.restore(coordinator.parameters) }
    return nil
  }

  // MARK: Time

  /// Seconds of training in the whole run.
  private var secondsOfRun: Double { secondsOfEpochs + secondsInEpoch }

  private var isOverTime: Bool {
    configuration.stopping.timeLimit.map { secondsOfRun >= $0 } ?? false
  }

  /// When the next report is due, or the time over.
  private var nextPause: DispatchTime {
    guard let limit = configuration.stopping.timeLimit else { return nextReport }
    return min(nextReport, start + (limit - secondsOfRun))
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
          secondsLeft: min(
            Double(left) / speed,
            configuration.stopping.timeLimit.map { $0 - secondsOfRun } ?? .infinity))))
    start = .now()
    nextReport = start + configuration.progressInterval
  }

  private func finishEpoch(_ onEvent: (TrainingEvent) -> Void) throws(TrainingError) {
    let samples = Double(coordinator.length.samplesPerEpoch)
    var evaluation: Evaluation?
    if let validation { evaluation = try evaluator.evaluateFitting(validation) }
    let record = EpochRecord(
      epoch: records.count + 1, iterations: coordinator.iterations, samples: coordinator.samples,
      loss: coordinator.lossSumInEpoch / samples,
      validation: evaluation, seconds: secondsInEpoch,
      samplesPerSecond: samples / secondsInEpoch, learningRate: coordinator.learningRate)
    records.append(record)
    secondsOfEpochs += secondsInEpoch
    secondsInEpoch = 0
    takeNote(of: record)
    onEvent(.epoch(record))
    start = .now()
    switch checkpoints {
    case .everyEpoch: makeCheckpoint(onEvent)
    case .everyIterations(let count) where coordinator.iterations.isMultiple(of: count):
      makeCheckpoint(onEvent)
    case .never, .everyIterations: break
    }
  }

  /// What the rules, the schedule and the snapshots make of an epoch.
  private func takeNote(of record: EpochRecord) {
    rule = judge.observe(record)
    plateau?.observe(record)
    coordinator.rateReductions = plateau?.reductions ?? 0
    if !coordinator.parameters.hasNonfinite {
      lastGood.take(coordinator.parameters, epoch: record.epoch)
    }
    guard configuration.stopping.restoresBest, judge.bestEpoch == record.epoch else { return }
    if let best {
      best.take(coordinator.parameters, epoch: record.epoch)
    } else {
      best = ParameterSnapshot(of: coordinator.parameters, epoch: record.epoch)
    }
  }

  private func result(_ reason: StopReason, restoredEpoch: Int?) -> TrainingResult {
    TrainingResult(
      stopped: reason, divergence: divergence, bestEpoch: judge.bestEpoch,
      restoredEpoch: restoredEpoch, epochs: records, iterations: coordinator.iterations,
      samples: coordinator.samples,
      seconds: secondsOfRun,
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
          secondsInEpoch: secondsInEpoch, history: records,
          best: best.map {
            BestEpoch(
              epoch: $0.epoch,
              parameters: $0.export(network: network, kernels: coordinator.kernels))
          }, training: fingerprints.training, validation: fingerprints.validation,
          length: coordinator.length)))
    // The copy holds up training, and so may whoever takes it: time of the run.
    countTime()
  }
}

extension DispatchTime {
  /// The time from this one to a later one.
  func seconds(until end: DispatchTime) -> Double {
    Double(end.uptimeNanoseconds - uptimeNanoseconds) / 1e9
  }
}
