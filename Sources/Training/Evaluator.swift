import Datasets
import Kernels
import NeuralNetwork

/// Runs a model forward: its loss and accuracy on datasets, its outputs for single samples.
public final class Evaluator {
  private let parameters: PanelParameters
  private let loss: Loss
  private let kernels: KernelTable
  private let threads: Int
  private let processors: Int

  /// An evaluator of a model, whose parameters it copies.
  /// - Parameters:
  ///   - model: The network and its parameters.
  ///   - loss: What ``Evaluation/loss`` is the mean of, with its label smoothing: the same criterion
  ///     as in training, so that the two can be compared.
  ///   - variant: The kernels.
  ///   - threads: Workers at most, at least 1; no result depends on it.
  public convenience init(
    model: Model, loss: Loss = .softmaxCrossEntropy(), kernels variant: KernelVariant,
    threads: Int
  ) {
    self.init(
      parameters: PanelParameters(model, kernels: variant.kernels), loss: loss,
      kernels: variant.kernels, threads: threads, processors: ProcessorCount.usable)
  }

  init(
    parameters: PanelParameters, loss: Loss, kernels: KernelTable, threads: Int, processors: Int
  ) {
    precondition(threads >= 1, "an evaluation needs at least one thread")
    self.parameters = parameters
    self.loss = loss
    self.kernels = kernels
    self.threads = threads
    self.processors = processors
  }

  /// The mean loss and the accuracy on a dataset.
  /// - Throws: ``TrainingError`` when the dataset does not fit the network.
  public func evaluate(_ dataset: Dataset) throws(TrainingError) -> Evaluation {
    try parameters.network.requireFit(of: dataset, loss: loss)
    return evaluateFitting(dataset)
  }

  /// As `evaluate`, of a dataset that is known to fit the network.
  func evaluateFitting(_ dataset: Dataset) -> Evaluation {
    let pass = EvaluationPass(
      dataset: dataset, parameters: parameters, loss: loss, kernels: kernels, threads: threads)
    let team = WorkerTeam(
      size: pass.workers,
      patience: WorkerTeam.patience(ofTeam: pass.workers, processors: processors))
    team.run(pass, firstUnits: pass.chunks.parts)
    return pass.evaluation
  }

  /// The outputs for a sample: logits, where the network was trained with a loss of these.
  /// - Parameter features: As many as the network has inputs.
  /// - Throws: ``TrainingError/featureCount(dataset:found:expected:)`` for any other number.
  public func outputs(of features: [Float]) throws(TrainingError) -> [Float] {
    let network = parameters.network
    guard features.count == network.inputCount else {
      throw .featureCount(dataset: "sample", found: features.count, expected: network.inputCount)
    }
    let memory = ForwardMemory(
      rows: 1, network: network, layout: parameters.layout, holdsFloats: true)
    unsafe features.withUnsafeBufferPointer { features in
      unsafe memory.features(row: 0).update(
        from: features.baseAddress.unsafelyUnwrapped, count: features.count)
    }
    ForwardPass(kernels: kernels, parameters: parameters)
      .run(0..<1, in: memory, skipsZeros: false)
    let outputs = unsafe memory.outputs(layer: network.layers.count - 1, row: 0)
    return unsafe Array(UnsafeBufferPointer(start: outputs, count: network.outputCount))
  }

  /// The probability of each class for an image.
  /// - Parameter image: As many pixels as the network has inputs.
  /// - Throws: ``TrainingError/featureCount(dataset:found:expected:)`` for any other number.
  public func probabilities(of image: GrayscaleImage) throws(TrainingError) -> [Float] {
    let network = parameters.network
    guard image.pixels.count == network.inputCount else {
      throw .featureCount(
        dataset: "image", found: image.pixels.count, expected: network.inputCount)
    }
    let memory = ForwardMemory(rows: 1, network: network, layout: parameters.layout)
    unsafe image.pixels.withUnsafeBufferPointer { pixels in
      unsafe memory.pixels(row: 0).update(
        from: pixels.baseAddress.unsafelyUnwrapped, count: pixels.count)
    }
    ForwardPass(kernels: kernels, parameters: parameters)
      .run(0..<1, in: memory, skipsZeros: false)
    let last = network.layers.count - 1
    return unsafe [Float](unsafeUninitializedCapacity: network.outputCount) { buffer, count in
      unsafe kernels.losses.softmax(
        1, network.outputCount, memory.outputs(layer: last, row: 0), memory.outputStrides[last],
        buffer.baseAddress.unsafelyUnwrapped)
      count = network.outputCount
    }
  }
}

/// An evaluation as one phase of work: a unit for each chunk of samples.
private final class EvaluationPass: PhasedWork {
  let chunks: EvenSplit
  let workers: Int
  private let dataset: Dataset
  private let forward: ForwardPass
  private let skipsZeros: Bool
  private let losses: FloatBuffer
  private let criterion: Criterion
  private let correctCounts: AlignedBuffer<Int>
  private let memory: [(forward: ForwardMemory, targets: TargetMemory, gradient: FloatBuffer)]

  /// Samples in a chunk: enough rows for each weight read, few enough to stay in the L2 cache.
  private static let chunkSize = 128
  /// Chunks at most: a phase of a team has less than 2²⁰ units.
  private static let largestChunkCount = 1 << 19

  init(
    dataset: Dataset, parameters: PanelParameters, loss: Loss, kernels: KernelTable, threads: Int
  ) {
    self.dataset = dataset
    let criterion = Criterion(
      loss, dataset: dataset, outputs: parameters.network.outputCount, kernels: kernels)
    self.criterion = criterion
    forward = ForwardPass(kernels: kernels, parameters: parameters)
    chunks = EvenSplit(
      count: dataset.count,
      parts: min((dataset.count + Self.chunkSize - 1) / Self.chunkSize, Self.largestChunkCount))
    skipsZeros = NonzeroMasks.areWorthwhile(for: dataset, kernels: kernels)
    workers = min(threads, chunks.parts)
    losses = FloatBuffer(count: dataset.count)
    correctCounts = AlignedBuffer(count: chunks.parts, repeating: 0)
    let rows = chunks[0].count
    let columns = kernels.padded(rows)
    memory = (0..<workers).map { _ in
      (
        ForwardMemory(
          rows: rows, network: parameters.network, layout: parameters.layout,
          holdsFloats: dataset.floats != nil),
        TargetMemory(rows: rows, criterion: criterion),
        FloatBuffer(count: columns * parameters.network.outputCount)
      )
    }
  }

  func run(unit: Int, worker: Int) {
    let chunk = chunks[unit]
    let (room, targets, gradient) = memory[worker]
    let last = forward.parameters.network.layers.count - 1
    let stride = room.outputStrides[last]
    let samples = dataset.storageIndices[chunk]
    forward.gather(samples, of: dataset, into: room, firstRow: 0)
    criterion.gather(samples, of: dataset, into: targets, firstRow: 0)
    if skipsZeros { forward.makeMasks(of: 0..<chunk.count, in: room) }
    forward.run(0..<chunk.count, in: room, skipsZeros: skipsZeros)
    let outputs = unsafe room.outputs(layer: last, row: 0)
    var correctCount = 0
    if dataset.classCount > 0 {
      for (row, sample) in chunk.enumerated()
      where unsafe criterion.isCorrect(
        outputs + row * stride, label: dataset.label(at: sample))
      { correctCount += 1 }
    }
    unsafe correctCounts.address[unit] = correctCount
    unsafe criterion.run(
      0..<chunk.count, outputs: outputs, stride: stride, targets: targets,
      losses: losses.address + chunk.lowerBound, gradient: gradient.address)
  }

  func advance() -> Int? { nil }

  /// What the finished pass came to: losses are added in the order of the samples.
  var evaluation: Evaluation {
    var sum = 0.0
    for sample in 0..<dataset.count { sum += Double(unsafe losses.address[sample]) }
    var correctCount = 0
    for chunk in 0..<chunks.parts { correctCount += unsafe correctCounts.address[chunk] }
    return Evaluation(
      sampleCount: dataset.count, loss: sum / Double(dataset.count),
      correctCount: dataset.classCount > 0 ? correctCount : nil)
  }
}
