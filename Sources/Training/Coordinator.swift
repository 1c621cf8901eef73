import Datasets
import Dispatch
import Kernels
import NeuralNetwork

// The data-parallel step. Read this first:
//
//     for each batch in the epoch's order:                              Coordinator.advance
//         phase 1, a unit for each shard of the batch:                  Coordinator.runShard
//             gather the samples' pixels as features
//             forward through all layers
//             loss, and its gradient with respect to the logits
//             backward through all layers, to the deltas of each
//         phase 2, a unit for each slab of the parameters:              Coordinator.runSlab
//             sum the gradient over all samples of the batch, in their order
//             average it and update the slab
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
    /// The run was asked to stop.
    case stopRequested
    /// The loss of the last batch is not a finite number.
    case diverged
  }

  let parameters: PanelParameters
  /// Parameter updates.
  private(set) var iterations = 0
  /// Samples trained on: the sum of all batch sizes.
  private(set) var samples = 0
  /// Samples of the current epoch trained on.
  private(set) var samplesInEpoch = 0
  /// The sum of the losses of these samples.
  private(set) var lossSumInEpoch = 0.0

  /// The learning rate of the current iteration.
  private(set) var learningRate: Float

  private let dataset: Dataset
  private let configuration: TrainingConfiguration
  private let batchSize: Int
  private let iterationsInRun: Int
  private let threads: Int
  private let kernels: KernelTable
  private let forward: ForwardPass
  private let optimizer: StochasticGradientDescent
  private let plan: SlabPlan
  private let memory: StepMemory
  private let stop: StopRequest
  private let team: WorkerTeam

  private var order: [Int32] = []
  private var batch: Range<Int> = 0..<0
  private var shards: EvenSplit
  private var isAveraging = false
  private var deadline = DispatchTime.distantFuture
  private var pause = Pause.epochEnd

  /// - Precondition: the dataset has samples and fits the network; the configuration is valid.
  init(
    model: Model, dataset: Dataset, configuration: TrainingConfiguration, kernels: KernelTable,
    stop: StopRequest, poison: Float = 0
  ) {
    self.dataset = dataset
    self.kernels = kernels
    self.stop = stop
    self.configuration = configuration
    learningRate = configuration.learningRate
    batchSize = min(configuration.batchSize, dataset.count)
    iterationsInRun = (dataset.count + batchSize - 1) / batchSize * configuration.epochs
    shards = EvenSplit(count: batchSize, parts: configuration.threads)
    // More workers than shards would only watch.
    threads = shards.parts
    parameters = PanelParameters(model, panelWidth: kernels.panelWidth)
    let layout = parameters.layout
    forward = ForwardPass(kernels: kernels, parameters: parameters)
    optimizer = StochasticGradientDescent(
      kernels: kernels, momentum: configuration.momentum, layout: layout)
    plan = SlabPlan(network: model.network, layout: layout, tileRows: kernels.tileRows)
    memory = StepMemory(
      network: model.network, layout: layout, batchSize: batchSize, workers: threads,
      largestShard: shards[0].count, largestSlab: plan.largestGradient, poison: poison)
    team = WorkerTeam(size: threads, spins: WorkerTeam.spins(forThreads: threads))
  }

  /// Starts an epoch.
  func begin(_ order: EpochOrder) {
    self.order = order.storageIndices
    batch = 0..<0
    samplesInEpoch = 0
    lossSumInEpoch = 0
  }

  /// Runs iterations until the epoch ends or something else comes up.
  func run(until deadline: DispatchTime) -> Pause {
    self.deadline = deadline
    guard let units = beginBatch() else { return pause }
    team.run(self, firstUnits: units)
    return pause
  }

  // MARK: Phases

  func run(unit: Int, worker: Int) {
    if isAveraging {
      runSlab(plan.slabs[unit], worker: worker)
    } else {
      runShard(shards[unit], worker: worker)
    }
  }

  func advance() -> Int? {
    if !isAveraging {
      isAveraging = true
      return plan.slabs.count
    }
    let loss = finishBatch()
    guard loss.isFinite else {
      pause = .diverged
      return nil
    }
    return beginBatch()
  }

  /// Sets up the next batch and returns the number of its shards, or says why there is none.
  private func beginBatch() -> Int? {
    if batch.upperBound == order.count {
      pause = .epochEnd
      return nil
    }
    if stop.isRequested {
      pause = .stopRequested
      return nil
    }
    if DispatchTime.now() >= deadline {
      pause = .timeToReport
      // At least one iteration a call: the next call starts with a later deadline.
      return nil
    }
    batch = batch.upperBound..<min(batch.upperBound + batchSize, order.count)
    shards = EvenSplit(count: batch.count, parts: threads)
    learningRate = configuration.schedule.rate(
      configuration.learningRate, iteration: iterations, of: iterationsInRun)
    isAveraging = false
    return shards.parts
  }

  /// Accounts for the batch and returns the sum of its losses, added in the order of the samples.
  private func finishBatch() -> Double {
    var sum = 0.0
    let losses = unsafe memory.losses.address
    for row in 0..<batch.count { sum += Double(unsafe losses[row]) }
    iterations += 1
    samples += batch.count
    samplesInEpoch += batch.count
    lossSumInEpoch += sum
    return sum
  }

  // MARK: Phase 1

  /// - Parameter rows: The shard's rows of the batch.
  private func runShard(_ rows: Range<Int>, worker: Int) {
    let samples = order[batch.lowerBound + rows.lowerBound..<batch.lowerBound + rows.upperBound]
    forward.gather(samples, of: dataset, into: memory.forward, firstRow: rows.lowerBound)
    forward.run(rows, in: memory.forward)
    runLoss(rows, samples: samples, worker: worker)
    runBackward(rows, worker: worker)
  }

  private func runLoss(_ rows: Range<Int>, samples: ArraySlice<Int32>, worker: Int) {
    let last = parameters.network.layers.count - 1
    let classes = parameters.network.outputCount
    let gradient = unsafe memory.gradient(worker: worker, layer: last)
    let labels = unsafe memory.labels.address
    for (row, sample) in zip(rows, samples) {
      unsafe labels[row] = dataset.storedLabels[Int(sample)]
    }
    unsafe kernels.softmaxCrossEntropy(
      rows.count, classes, memory.forward.outputs(layer: last, row: rows.lowerBound),
      memory.forward.outputStrides[last], labels + rows.lowerBound,
      memory.losses.address + rows.lowerBound, gradient)
    unsafe kernels.scatterDeltas(
      rows.count, classes, gradient, nil, 0,
      memory.deltas(layer: last, panel: 0, row: rows.lowerBound), memory.deltaPanelStride, false)
  }

  private func runBackward(_ rows: Range<Int>, worker: Int) {
    let layers = parameters.network.layers
    let groups = (rows.count + kernels.panelWidth - 1) / kernels.panelWidth
    var index = layers.count - 1
    while index > 0 {
      let layer = layers[index]
      let gradient = unsafe memory.gradient(worker: worker, layer: index - 1)
      unsafe kernels.inputGradient(
        groups, layer.inputs, layer.outputs, memory.gradient(worker: worker, layer: index),
        parameters.buffer.address + parameters.layout.layers[index].weights, gradient)
      unsafe kernels.scatterDeltas(
        rows.count, layer.inputs, gradient,
        memory.forward.outputs(layer: index - 1, row: rows.lowerBound),
        memory.forward.outputStrides[index - 1],
        memory.deltas(layer: index - 1, panel: 0, row: rows.lowerBound), memory.deltaPanelStride,
        index > 1)
      index -= 1
    }
  }

  // MARK: Phase 2

  private func runSlab(_ slab: Slab, worker: Int) {
    let width = kernels.panelWidth
    let inputs = parameters.network.layers[slab.layer].inputs
    let place = parameters.layout.layers[slab.layer]
    let x = unsafe memory.forward.inputs(layer: slab.layer, row: 0)
    let deltas = unsafe memory.deltas(layer: slab.layer, panel: slab.panel, row: 0)
    let gradient = unsafe memory.slab(worker: worker)
    // The one divisor: the true number of samples in this batch.
    let scale = 1 / Float(batch.count)

    unsafe kernels.weightGradient(
      batch.count, slab.inputs.count, x.address + slab.inputs.lowerBound, x.stride, deltas,
      gradient)
    unsafe optimizer.update(
      parameters.buffer.address,
      place: place.weights + (slab.panel * inputs + slab.inputs.lowerBound) * width,
      count: slab.inputs.count * width, along: gradient, scale: scale, learningRate: learningRate)
    if slab.includesBiases {
      unsafe kernels.biasGradient(batch.count, deltas, gradient)
      unsafe optimizer.update(
        parameters.buffer.address, place: place.biases + slab.panel * width, count: width,
        along: gradient, scale: scale, learningRate: learningRate)
    }
  }
}

extension WorkerTeam {
  /// Some tens of microseconds, longer than a phase lasts when every worker has a core; next to
  /// none where workers share cores, because then spinning keeps the work itself from running.
  static func spins(forThreads threads: Int) -> Int {
    threads <= ProcessorCount.usable ? 4000 : 10
  }
}
