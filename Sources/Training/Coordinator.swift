import Datasets
import Dispatch
import Kernels
import NeuralNetwork

// The data-parallel step. Read this first:
//
//     for each batch in the epoch's order:                              Coordinator.advance
//         phase 1, a unit for each shard of the batch, block by block:  Coordinator+Shards
//             gather the samples' features and targets, and distort images
//             forward through all layers
//             loss, and its gradient with respect to the outputs
//             backward through all layers, to the deltas of each
//         phase 2, a unit for each slab of the parameters:              Coordinator+Slabs
//             sum the gradient over all samples of the batch, in their order
//             average it and update the slab
//         only where the configuration asks for it:
//             phase 2 in two, with the norm of the whole gradient between  Coordinator+Clipping
//             phase 3, a unit for each panel: limit the norms of units     Coordinator+Norms
//
// A worker runs forward and backward on its own samples, in its own rows of the batch's memory.
// The average is central: whoever owns a slab sums over the samples of all shards and divides
// once, by the true number of samples in the batch. So no number of the result depends on how
// the batch was cut into shards, or on which thread did what.

/// Drives the step over the batches of an epoch: shards, slabs, accounting.
final class Coordinator: PhasedWork {
  /// Why the team stopped.
  enum Pause {
    /// All batches of the epoch are done.
    case epochEnd
    /// The time to report has come.
    case timeToReport
    /// As many iterations are done as it was to run to.
    case iterationReached
    /// The run was asked to stop.
    case stopRequested
    /// The loss of a batch is not a finite number; the batch has changed nothing.
    case diverged
    /// The source of the samples failed; the batch has changed nothing.
    case sourceFailed
  }

  private enum Phase {
    case shards
    /// The gradient of all slabs, before the first update.
    case gradients
    case updates
    case norms
  }

  // What a run is made of.
  let parameters: PanelParameters
  let dataset: Dataset
  let kernels: KernelTable
  let forward: ForwardPass
  let optimizer: OptimizerRule
  let rules: UpdateRules
  let criterion: Criterion
  let averaging: Averaging
  let plan: SlabPlan
  let memory: StepMemory
  let clock: PhaseClock?
  /// What distorts the images of a batch; nil where they stay as they are.
  let distorter: Distorter?
  let configuration: TrainingConfiguration
  let length: RunLength
  let rates: LearningRates
  let sourceFailure = FirstSourceFailure()
  private let stop: StopRequest
  /// The task around the call: cancelling it is another request to stop.
  private let task: SurroundingTask
  private let team: WorkerTeam
  /// Shards of a batch at most.
  private let shardsOfABatch: Int
  /// Workers at most.
  var workers: Int { team.size }

  // Accounting.
  /// Parameter updates.
  private(set) var iterations = 0
  /// Samples trained on: the sum of all batch sizes.
  private(set) var samples = 0
  /// Samples of the current epoch trained on.
  private(set) var samplesInEpoch = 0
  /// The sum of the losses of these samples.
  private(set) var lossSumInEpoch = 0.0

  // The current batch; changes between phases only.
  /// Places of the epoch's samples in the dataset's storage, in the epoch's order.
  private(set) var order: [Int32] = []
  /// The epoch, counted from 1.
  private(set) var epoch = 1
  /// The batch in the epoch's order.
  private(set) var batch: Range<Int> = 0..<0
  private(set) var shards: EvenSplit
  private(set) var learningRate: Float
  /// How often a plateau has been met; set between epochs.
  var rateReductions = 0
  /// From the sum of the gradient over the batch to what the optimizer follows.
  private(set) var gradientScale: Float = 0
  private var phase = Phase.shards
  private var lossSum = 0.0
  private var deadline: DispatchTime?
  private var lastIteration = Int.max
  private var pause = Pause.epochEnd

  /// - Parameters:
  ///   - task: The task around the call.
  ///   - checkpoint: What to go on from, in place of the parameters of `model`.
  ///   - stream: What a stream of data goes on from.
  ///   - workers: Where the workers come from.
  ///   - processors: Processors that can be kept busy.
  ///   - workerLimit: Workers at most; nil for no more than processors, unless a source of samples
  ///     may keep them waiting.
  ///   - skipsZeros: Whether to skip zeros if that pays; no number depends on it.
  ///   - poison: What the memory holds at first; no number depends on it either.
  /// - Precondition: the dataset has samples and fits the network; the configuration is valid and
  ///   leaves at least one batch; the checkpoint is one of this run.
  init(
    model: Model, dataset: Dataset, configuration: TrainingConfiguration, kernels: KernelTable,
    stop: StopRequest, task: SurroundingTask = SurroundingTask(),
    resuming checkpoint: Checkpoint? = nil, continuing stream: StreamPosition? = nil,
    workers source: WorkerSource = .callersPool,
    processors: Int = ProcessorCount.allowed, workerLimit: Int? = nil, skipsZeros: Bool = true,
    poison: Float = 0
  ) {
    guard let length = RunLength(sampleCount: dataset.count, configuration: configuration) else {
      preconditionFailure("a run needs at least one batch")
    }
    self.dataset = dataset
    self.kernels = kernels
    self.stop = stop
    self.task = task
    self.configuration = configuration
    averaging = configuration.averaging
    criterion = Criterion(
      configuration.loss, dataset: dataset, outputs: model.network.outputCount, kernels: kernels)
    learningRate = configuration.learningRate
    self.length = length
    rates =
      stream.map { LearningRates(configuration, call: $0.calls + 1) }
      ?? LearningRates(configuration, length: length)
    parameters = PanelParameters(checkpoint?.model ?? model, kernels: kernels)
    forward = ForwardPass(
      kernels: kernels, parameters: parameters,
      masks: skipsZeros
        ? NonzeroMasks(
          dataset: dataset, kernels: kernels, threads: configuration.threads, source: source) : nil,
      scale: Dropout(model.network.inputDropout)?.scale ?? 1)
    optimizer = OptimizerRule(
      configuration.optimizer, kernels: kernels, network: model.network,
      state: checkpoint?.optimizer ?? stream?.optimizer)
    rules = UpdateRules(configuration, network: model.network, layout: parameters.layout)
    iterations = checkpoint?.iterations ?? stream?.iterations ?? 0
    samples = checkpoint?.samples ?? stream?.samples ?? 0
    plan = SlabPlan(
      network: model.network, layout: parameters.layout,
      frozenLayers: configuration.frozenLayers)
    // More workers than units would only watch, and more than processors keep each other waiting at
    // the end of every phase. A source of samples may wait for something else.
    let limit = workerLimit ?? (dataset.source == nil ? processors : configuration.threads)
    let threads = min(configuration.threads, max(1, limit))
    // Only where each shard has a sum of its own does their number matter to the result.
    shardsOfABatch = averaging == .perWorker ? configuration.threads : threads
    shards = EvenSplit(count: length.batchSize, parts: shardsOfABatch)
    let workers = min(threads, max(shards.parts, plan.slabs.count))
    memory = StepMemory(
      network: model.network, layout: parameters.layout, batchSize: length.batchSize,
      workers: workers, shards: shards, averaging: averaging, slabs: plan.slabs.count,
      needsWholeGradient: rules.largestNorm != nil, criterion: criterion,
      holdsFloats: dataset.hasFloatFeatures, poison: poison)
    distorter = configuration.distortion.map {
      Distorter(
        $0, height: dataset.height, width: dataset.width, kernels: kernels,
        seed: configuration.seed, workers: workers, poison: poison)
    }
    clock = configuration.measuresPhases ? PhaseClock(workers: workers) : nil
    team = WorkerTeam(
      size: workers, patience: WorkerTeam.patience(ofTeam: workers, processors: processors),
      source: source)
  }

  /// Starts an epoch, or goes on in one.
  /// - Parameters:
  ///   - samplesDone: Samples of the order that have been trained on: full batches.
  ///   - lossSum: The sum of their losses.
  func begin(_ order: EpochOrder, after samplesDone: Int = 0, lossSum: Double = 0) {
    self.order = order.storageIndices
    epoch = order.epoch
    batch = samplesDone..<samplesDone
    samplesInEpoch = samplesDone
    lossSumInEpoch = lossSum
  }

  /// Runs iterations, at least one where there is any, until the epoch ends or something else
  /// comes up.
  /// - Parameter lastIteration: The number of iterations, those before this call included, to pause
  ///   after.
  func run(until deadline: DispatchTime, lastIteration: Int = .max) -> Pause {
    self.deadline = nil
    self.lastIteration = .max
    guard let units = beginBatch() else { return pause }
    self.deadline = deadline
    self.lastIteration = lastIteration
    clock?.start()
    team.run(self, firstUnits: units)
    return pause
  }

  // MARK: Phases

  func run(unit: Int, worker: Int) {
    clock?.lap(.waiting, worker: worker)
    switch phase {
    case .shards: runShard(unit, worker: worker)
    case .gradients: runSlabGradient(unit, worker: worker)
    case .updates where rules.largestNorm != nil:
      runSlabUpdate(plan.slabs[unit], worker: worker)
    case .updates: runSlab(plan.slabs[unit], worker: worker)
    case .norms: limitNorms(rules.limitedPanels[unit], worker: worker)
    }
  }

  func advance() -> Int? {
    switch phase {
    case .shards:
      if dataset.source != nil, sourceFailure.failure != nil {
        pause = .sourceFailed
        return nil
      }
      // Before the update, so that a diverged batch leaves the parameters alone.
      lossSum = sumOfLosses()
      guard lossSum.isFinite else {
        pause = .diverged
        return nil
      }
      // The one divisor: the true number of samples in this batch.
      gradientScale = 1 / Float(batch.count)
      optimizer.begin(iteration: iterations + 1, learningRate: learningRate)
      phase = rules.largestNorm == nil ? .updates : .gradients
      return plan.slabs.count
    case .gradients:
      gradientScale = clippedScale(largestNorm: rules.largestNorm ?? .infinity)
      phase = .updates
      return plan.slabs.count
    case .updates where !rules.limitedPanels.isEmpty:
      phase = .norms
      return rules.limitedPanels.count
    case .updates, .norms:
      finishBatch()
      return beginBatch()
    }
  }

  /// Sets up the next batch and returns the number of its shards, or says why there is none.
  private func beginBatch() -> Int? {
    if batch.upperBound == length.samplesPerEpoch {
      pause = .epochEnd
      return nil
    }
    if stop.isRequested || task.isCancelled {
      pause = .stopRequested
      return nil
    }
    if iterations >= lastIteration {
      pause = .iterationReached
      return nil
    }
    if let deadline, DispatchTime.now() >= deadline {
      pause = .timeToReport
      return nil
    }
    let end = min(batch.upperBound + length.batchSize, length.samplesPerEpoch)
    batch = batch.upperBound..<end
    shards = EvenSplit(count: batch.count, parts: shardsOfABatch)
    learningRate = rates.rate(iteration: iterations, reductions: rateReductions)
    phase = .shards
    return shards.parts
  }

  /// The sum of the batch's losses, added in the order of the samples.
  private func sumOfLosses() -> Double {
    var sum = 0.0
    let losses = unsafe memory.losses.address
    for row in 0..<batch.count { sum += Double(unsafe losses[row]) }
    return sum
  }

  private func finishBatch() {
    iterations += 1
    samples += batch.count
    samplesInEpoch += batch.count
    lossSumInEpoch += lossSum
  }
}
