import Datasets
import Kernels
import NeuralNetwork
import TestSupport
import Testing

@testable import Training

/// A small training run of the contract on numbers: a network, random data, a batch size, an
/// optimizer. Everything else is what its weights must not depend on.
struct Run: Sendable, CustomTestStringConvertible {
  let sizes: [Int]
  let samples: Int
  let batchSize: Int
  var optimizer = Optimizer.momentum(0.9)
  var regularizers: [Regularizer] = []
  var clipping: Clipping?
  var frozenLayers: Set<Int> = []
  var learningRate: Float = 0.1
  /// The share of pixels that are 0: none, or enough for skipping them to pay.
  var zeros: Float = 0
  /// Of the hidden layers.
  var activation = Activation.relu
  var outputActivation = Activation.identity
  /// Of the hidden layers.
  var dropout: Float = 0
  var inputDropout: Float = 0

  /// Odd sizes, no to three hidden layers, batches of 1, 7, 96, 128 and more samples than there
  /// are, short last batches, plain SGD and momentum.
  static let dense = [
    Run(sizes: [7, 10], samples: 50, batchSize: 1, optimizer: .sgd),
    Run(sizes: [7, 13, 10], samples: 50, batchSize: 7),
    Run(sizes: [31, 65, 33, 3], samples: 300, batchSize: 128),
    Run(sizes: [6, 2], samples: 40, batchSize: 1000, optimizer: .momentum(0.5)),
    Run(sizes: [33, 9, 17, 5, 4], samples: 130, batchSize: 128, optimizer: .sgd),
    Run(sizes: [784, 128, 10], samples: 250, batchSize: 96),
  ]

  /// The same on data of which three quarters are zeros.
  static let sparse = dense.map { run in
    var run = run
    run.zeros = 0.75
    return run
  }

  /// Every activation, hidden and of the outputs, without and with dropout.
  static let activated: [Run] =
    ([
      .identity, .step, .sigmoid, .tanh, .leakyReLU(slope: 0.1), .elu(alpha: 0.7),
      .maxout(pieces: 3), .softmax, .gelu, .silu,
    ] as [Activation]).enumerated().flatMap { index, activation in
      [
        Run(
          sizes: [31, 17, 35, 3], samples: 90, batchSize: 37,
          activation: activation),
        Run(
          sizes: [67, 33, 5, 4], samples: 90, batchSize: 37, optimizer: .sgd, zeros: 0.75,
          activation: activation, outputActivation: activation, dropout: 0.3,
          inputDropout: index.isMultiple(of: 2) ? 0.2 : 0),
      ]
    } + [
      Run(
        sizes: [31, 65, 33, 3], samples: 200, batchSize: 128, dropout: 0.5,
        inputDropout: 0.2)
    ]

  static let all = dense + sparse + activated

  var testDescription: String {
    "\(sizes), \(samples) samples, batches of \(batchSize), zeros \(zeros), \(optimizer), "
      + "\(regularizers.map(\.description)), \(clipping.map(\.description) ?? "no clipping"), "
      + "frozen \(frozenLayers.sorted())"
      + ", \(activation), \(outputActivation), dropout \(inputDropout) and \(dropout)"
  }

  var network: Network {
    get throws {
      try Network(
        inputs: sizes[0],
        layers: sizes.dropFirst().dropLast().map {
          LayerDescription(outputs: $0, activation: activation, dropout: dropout)
        } + [LayerDescription(outputs: sizes[sizes.count - 1], activation: outputActivation)],
        inputDropout: inputDropout)
    }
  }

  var dataset: Dataset {
    get throws {
      try randomDataset(
        count: samples, features: sizes[0], classes: sizes[sizes.count - 1], zeros: zeros)
    }
  }

  /// The model before training.
  func model(seed: UInt64 = 3) throws -> Model {
    let network = try network
    return Model(network: network, parameters: Parameters(heInitializing: network, seed: seed))
  }

  func configuration(
    threads: Int, averaging: Averaging = .slabs, epochs: Int = 2, seed: UInt64 = 3
  ) -> TrainingConfiguration {
    TrainingConfiguration(
      epochs: epochs, batchSize: batchSize, learningRate: learningRate, optimizer: optimizer,
      regularizers: regularizers, clipping: clipping, frozenLayers: frozenLayers, threads: threads,
      averaging: averaging, seed: seed)
  }

  /// The CRC-32 of the trained weights.
  /// - Parameters:
  ///   - skipsZeros: Whether to skip zeros if that pays.
  ///   - poison: What the memory of the step holds at first.
  func weights(
    threads: Int, kernels: KernelVariant, averaging: Averaging = .slabs, seed: UInt64 = 3,
    skipsZeros: Bool = true, poison: Float = 0
  ) throws -> UInt32 {
    try weights(
      threads: threads, table: kernels.kernels, averaging: averaging, seed: seed,
      skipsZeros: skipsZeros, poison: poison)
  }

  /// As above, on kernels that need not be one of the variants.
  func weights(
    threads: Int, table: KernelTable, averaging: Averaging = .slabs, seed: UInt64 = 3,
    skipsZeros: Bool = true, poison: Float = 0
  ) throws -> UInt32 {
    let dataset = try dataset
    let coordinator = Coordinator(
      model: try model(seed: seed), dataset: dataset,
      configuration: configuration(threads: threads, averaging: averaging, seed: seed),
      kernels: table, stop: StopRequest(), workerLimit: threads,
      skipsZeros: skipsZeros, poison: poison)
    for epoch in 1...2 {
      coordinator.begin(EpochOrder(dataset: dataset, seed: seed, epoch: epoch))
      while coordinator.run(until: .distantFuture) != .epochEnd {}
    }
    return coordinator.parameters.export().crc32
  }
}

extension KernelVariant: CustomTestStringConvertible {
  public var testDescription: String { name }
}

extension Evaluation {
  /// As the records of epochs keep it: whole, but for what was predicted of which class.
  var asRecorded: Evaluation {
    Evaluation(sampleCount: sampleCount, loss: loss, correctCount: correctCount)
  }
}
