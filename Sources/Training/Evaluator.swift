import Datasets
import Kernels
import NeuralNetwork

/// Runs a model forward: its loss and accuracy on datasets, its probabilities for images.
public final class Evaluator {
  private let parameters: PanelParameters
  private let kernels: KernelTable
  private let threads: Int
  private let processors: Int

  /// - Parameter threads: Workers at most; no result depends on it.
  public convenience init(model: Model, kernels variant: KernelVariant, threads: Int) {
    self.init(
      parameters: PanelParameters(model, kernels: variant.kernels),
      kernels: variant.kernels, threads: threads, processors: ProcessorCount.usable)
  }

  init(parameters: PanelParameters, kernels: KernelTable, threads: Int, processors: Int) {
    precondition(threads >= 1, "an evaluation needs at least one thread")
    self.parameters = parameters
    self.kernels = kernels
    self.threads = threads
    self.processors = processors
  }

  /// The mean loss and the accuracy on a dataset.
  /// - Throws: ``TrainingError`` when the dataset does not fit the network.
  public func evaluate(_ dataset: Dataset) throws(TrainingError) -> Evaluation {
    try parameters.network.requireFit(of: dataset)
    return evaluateFitting(dataset)
  }

  /// As `evaluate`, of a dataset that is known to fit the network.
  func evaluateFitting(_ dataset: Dataset) -> Evaluation {
    let pass = EvaluationPass(
      dataset: dataset, parameters: parameters, kernels: kernels, threads: threads)
    let team = WorkerTeam(
      size: pass.workers,
      patience: WorkerTeam.patience(ofTeam: pass.workers, processors: processors))
    team.run(pass, firstUnits: pass.chunks.parts)
    return pass.evaluation
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
      unsafe kernels.softmax(
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
  private let labels: AlignedBuffer<UInt8>
  private let correctCounts: AlignedBuffer<Int>
  private let memory: [(forward: ForwardMemory, gradient: FloatBuffer)]

  /// Samples in a chunk: enough rows for each weight read, few enough to stay in the L2 cache.
  private static let chunkSize = 128
  /// Chunks at most: a phase of a team has less than 2²⁰ units.
  private static let largestChunkCount = 1 << 19

  init(dataset: Dataset, parameters: PanelParameters, kernels: KernelTable, threads: Int) {
    self.dataset = dataset
    forward = ForwardPass(kernels: kernels, parameters: parameters)
    chunks = EvenSplit(
      count: dataset.count,
      parts: min((dataset.count + Self.chunkSize - 1) / Self.chunkSize, Self.largestChunkCount))
    skipsZeros = NonzeroMasks.areWorthwhile(for: dataset, kernels: kernels)
    workers = min(threads, chunks.parts)
    losses = FloatBuffer(count: dataset.count)
    labels = AlignedBuffer(count: dataset.count, repeating: 0)
    correctCounts = AlignedBuffer(count: chunks.parts, repeating: 0)
    let rows = chunks[0].count
    let columns = kernels.padded(rows)
    memory = (0..<workers).map { _ in
      (
        ForwardMemory(rows: rows, network: parameters.network, layout: parameters.layout),
        FloatBuffer(count: columns * parameters.network.outputCount)
      )
    }
  }

  func run(unit: Int, worker: Int) {
    let chunk = chunks[unit]
    let room = memory[worker].forward
    let network = forward.parameters.network
    let last = network.layers.count - 1
    let stride = room.outputStrides[last]
    forward.gather(dataset.storageIndices[chunk], of: dataset, into: room, firstRow: 0)
    if skipsZeros { forward.makeMasks(of: 0..<chunk.count, in: room) }
    forward.run(0..<chunk.count, in: room, skipsZeros: skipsZeros)
    let logits = unsafe room.outputs(layer: last, row: 0)
    var correctCount = 0
    for (row, sample) in chunk.enumerated() {
      let label = dataset.label(at: sample)
      unsafe labels.address[sample] = UInt8(truncatingIfNeeded: label)
      let z = unsafe logits + row * stride
      if unsafe indexOfMaximum(z, count: network.outputCount) == label { correctCount += 1 }
    }
    unsafe correctCounts.address[unit] = correctCount
    unsafe forward.kernels.softmaxCrossEntropy(
      chunk.count, network.outputCount, logits, stride, labels.address + chunk.lowerBound,
      losses.address + chunk.lowerBound, memory[worker].gradient.address)
  }

  func advance() -> Int? { nil }

  /// What the finished pass came to: losses are added in the order of the samples.
  var evaluation: Evaluation {
    var sum = 0.0
    for sample in 0..<dataset.count { sum += Double(unsafe losses.address[sample]) }
    var correctCount = 0
    for chunk in 0..<chunks.parts { correctCount += unsafe correctCounts.address[chunk] }
    return Evaluation(
      sampleCount: dataset.count, loss: sum / Double(dataset.count), correctCount: correctCount)
  }

  /// The first of the largest values.
  private func indexOfMaximum(_ values: UnsafeMutablePointer<Float>, count: Int) -> Int {
    var best = 0
    for index in 1..<max(count, 1) where unsafe values[index] > values[best] { best = index }
    return best
  }
}
