import Datasets
import Kernels
import NeuralNetwork

/// An evaluation as one phase of work: a unit for each chunk of samples.
final class EvaluationPass: PhasedWork {
  let chunks: EvenSplit
  let workers: Int
  private let dataset: Dataset
  private let forward: ForwardPass
  private let skipsZeros: Bool
  private let losses: FloatBuffer
  private let criterion: Criterion
  let sourceFailure = FirstSourceFailure()
  private let correctCounts: AlignedBuffer<Int>
  private let memory: [(forward: ForwardMemory, targets: TargetMemory, gradient: FloatBuffer)]
  /// For each worker, how many samples of a class were predicted to be of which one, [classes]
  /// [classes], and how many had which rank, [classes]; empty where that is not counted.
  private let counts: [AlignedBuffer<Int>]

  /// The chunks of some samples: enough rows for each weight read, few enough to stay in the L2
  /// cache.
  static func chunks(of count: Int) -> EvenSplit {
    // A phase of a team has less than 2²⁰ units.
    EvenSplit(count: count, parts: min((count + 127) / 128, 1 << 19))
  }

  init(
    dataset: Dataset, parameters: PanelParameters, loss: Loss, kernels: KernelTable, threads: Int,
    countsByClass: Bool
  ) {
    self.dataset = dataset
    let criterion = Criterion(
      loss, dataset: dataset, outputs: parameters.network.outputCount, kernels: kernels)
    self.criterion = criterion
    forward = ForwardPass(kernels: kernels, parameters: parameters)
    chunks = Self.chunks(of: dataset.count)
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
          holdsFloats: dataset.hasFloatFeatures),
        TargetMemory(rows: rows, criterion: criterion),
        FloatBuffer(count: columns * parameters.network.outputCount)
      )
    }
    let classCount = dataset.classCount
    counts = (0..<(countsByClass ? workers : 0)).map { _ in
      AlignedBuffer(count: (classCount + 1) * classCount, repeating: 0)
    }
  }

  func run(unit: Int, worker: Int) {
    let chunk = chunks[unit]
    let (room, targets, gradient) = memory[worker]
    let last = forward.parameters.network.layers.count - 1
    let stride = room.outputStrides[last]
    let samples = dataset.storageIndices[chunk]
    if let source = dataset.source {
      if let failure = criterion.fill(
        samples, of: dataset, from: source, epoch: 0, into: room, targets, firstRow: 0)
      {
        return sourceFailure.note(failure, row: chunk.lowerBound)
      }
    } else {
      forward.gather(samples, of: dataset, into: room, firstRow: 0)
      criterion.gather(samples, of: dataset, into: targets, firstRow: 0)
    }
    if skipsZeros { forward.makeMasks(of: 0..<chunk.count, in: room) }
    forward.run(0..<chunk.count, in: room, skipsZeros: skipsZeros)
    let outputs = unsafe room.outputs(layer: last, row: 0)
    var correctCount = 0
    if criterion.hasClasses {
      for row in 0..<chunk.count {
        let label = unsafe Int(targets.labels(row: row).pointee)
        let y = unsafe outputs + row * stride
        let predicted = unsafe criterion.predictedClass(y)
        if predicted == label { correctCount += 1 }
        if !counts.isEmpty { unsafe count(y, label: label, predicted, worker: worker) }
      }
    }
    unsafe correctCounts.address[unit] = correctCount
    unsafe criterion.run(
      0..<chunk.count, outputs: outputs, stride: stride, targets: targets,
      losses: losses.address + chunk.lowerBound, gradient: gradient.address)
  }

  /// Takes note of a prediction.
  @unsafe private func count(
    _ y: UnsafePointer<Float>, label: Int, _ predicted: Int, worker: Int
  ) {
    let counts = unsafe counts[worker].address
    let classCount = dataset.classCount
    unsafe counts[label * classCount + predicted] += 1
    var rank = predicted == label ? 0 : 1
    if criterion.outputs > 1 {
      rank = 0
      for index in 0..<criterion.outputs
      where unsafe y[index] > y[label] || y[index] == y[label] && index < label { rank += 1 }
    }
    unsafe counts[classCount * classCount + rank] += 1
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
      correctCount: dataset.classCount > 0 ? correctCount : nil, classes: classes)
  }

  private var classes: ClassEvaluation? {
    guard !counts.isEmpty else { return nil }
    let classCount = dataset.classCount
    func sum(_ place: Int) -> Int { counts.reduce(0) { unsafe $0 + $1.address[place] } }
    return ClassEvaluation(
      classCount: classCount,
      confusion: (0..<classCount).map { label in
        (0..<classCount).map { sum(label * classCount + $0) }
      },
      ranks: (0..<classCount).map { sum(classCount * classCount + $0) })
  }
}
