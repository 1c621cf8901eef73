import Datasets
import Kernels
import NeuralNetwork

/// What is to be made of a network's outputs, and where it goes, sample by sample.
@safe enum PredictionTarget {
  /// The outputs, [samples][outputs].
  case outputs(UnsafeMutablePointer<Float>)
  /// The probability of each class, [samples][classes].
  case probabilities(UnsafeMutablePointer<Float>)
  /// The number of the most probable class, [samples].
  case classes(UnsafeMutablePointer<Int>)
}

/// Where the features of a prediction come from.
@safe enum PredictionInput {
  /// Rows of floats, one behind the other.
  case floats(UnsafePointer<Float>)
  /// Rows of pixels, one behind the other.
  case pixels(UnsafePointer<UInt8>)
  /// A dataset that fits the network. Indirect, as the copy of a large case beside pointers looks
  /// at bits that a pointer leaves alone: nothing depends on them, but Valgrind complains.
  indirect case dataset(Dataset, Criterion)
}

/// Predictions as one phase of work: a unit for each chunk of samples.
final class PredictionPass: PhasedWork {
  let chunks: EvenSplit
  let workers: Int
  let sourceFailure = FirstSourceFailure()
  private let input: PredictionInput
  private let target: PredictionTarget
  private let loss: Loss
  private let forward: ForwardPass
  private let memory: [(forward: ForwardMemory, targets: TargetMemory?)]

  /// - Precondition: There are `count` samples, at least one, and room for what is made of them.
  init(
    _ input: PredictionInput, count: Int, into target: PredictionTarget,
    parameters: PanelParameters, loss: Loss, kernels: KernelTable, threads: Int
  ) {
    self.input = input
    self.target = target
    self.loss = loss
    forward = ForwardPass(kernels: kernels, parameters: parameters)
    let chunks = EvaluationPass.chunks(of: count)
    self.chunks = chunks
    workers = min(threads, chunks.parts)
    memory = (0..<workers).map { _ in
      let (holdsFloats, criterion) =
        switch input {
        case .floats: (true, Criterion?.none)
        case .pixels: (false, Criterion?.none)
        case .dataset(let dataset, let criterion): (dataset.hasFloatFeatures, criterion)
        }
      return (
        ForwardMemory(
          rows: chunks[0].count, network: parameters.network, layout: parameters.layout,
          holdsFloats: holdsFloats),
        criterion.map { TargetMemory(rows: chunks[0].count, criterion: $0) }
      )
    }
  }

  func run(unit: Int, worker: Int) {
    let chunk = chunks[unit]
    let room = memory[worker].forward
    guard gather(chunk, worker: worker) else { return }
    forward.run(0..<chunk.count, in: room, skipsZeros: false)
    let network = forward.parameters.network
    let (last, outputs) = (network.layers.count - 1, network.outputCount)
    let stride = room.outputStrides[last]
    let y = unsafe room.outputs(layer: last, row: 0)
    for (row, sample) in chunk.enumerated() {
      let y = unsafe y + row * stride
      switch target {
      case .outputs(let target):
        unsafe (target + sample * outputs).update(from: y, count: outputs)
      case .classes(let target):
        unsafe target[sample] = loss.predictedClass(y, outputs: outputs)
      case .probabilities(let target):
        let classes = max(outputs, 2)
        unsafe makeProbabilities(of: y, outputs: outputs, in: target + sample * classes)
      }
    }
  }

  func advance() -> Int? { nil }

  /// - Returns: Whether all features are there.
  private func gather(_ chunk: Range<Int>, worker: Int) -> Bool {
    let (room, targets) = memory[worker]
    let width = forward.parameters.network.inputCount
    switch input {
    case .floats(let features):
      for (row, sample) in chunk.enumerated() {
        unsafe room.features(row: row).update(from: features + sample * width, count: width)
      }
    case .pixels(let pixels):
      for (row, sample) in chunk.enumerated() {
        unsafe room.pixels(row: row).update(from: pixels + sample * width, count: width)
      }
    case .dataset(let dataset, let criterion):
      let samples = dataset.storageIndices[chunk]
      if let source = dataset.source, let targets {
        if let failure = criterion.fill(
          samples, of: dataset, from: source, epoch: 0, into: room, targets, firstRow: 0)
        {
          sourceFailure.note(failure, row: chunk.lowerBound)
          return false
        }
      } else {
        forward.gather(samples, of: dataset, into: room, firstRow: 0)
      }
    }
    return true
  }

  /// The probabilities that the outputs of a sample stand for; of a single output, those of class
  /// 0 and class 1. The outputs are of no more use then.
  @unsafe private func makeProbabilities(
    of y: UnsafeMutablePointer<Float>, outputs: Int, in target: UnsafeMutablePointer<Float>
  ) {
    let kernels = forward.kernels
    if loss == .binaryCrossEntropy {
      // One row, so its stride does not matter; the padding of a row is as long as the kernel wants.
      unsafe kernels.activations.apply(.sigmoid, 0, 1, outputs, y, nil, kernels.padded(outputs))
    }
    if outputs == 1 {
      unsafe target[0] = 1 - y[0]
      unsafe target[1] = y[0]
    } else if loss.name == Loss.softmaxCrossEntropy().name {
      unsafe kernels.losses.softmax(1, outputs, y, kernels.padded(outputs), target)
    } else {
      unsafe target.update(from: y, count: outputs)
    }
  }
}
