import AllocationCounter
import Datasets
import Kernels
import NeuralNetwork
import Training

// Counts the allocations of training runs that differ in the number of iterations only. Prints a
// line for each: threads, averaging, iterations, the fewest and the most allocations of several
// such runs. Run as a process of its own, because it counts whatever any thread of it does.

let digits = EmbeddedDigits.generate(trainingCount: 1280, testCount: 1, threads: 1).training

/// What a run of one epoch of `iterations` iterations is made of.
struct Run {
  let trainer: Trainer
  let samples: Dataset
  var fewest = Int.max
  var most = 0

  init(
    iterations: Int, threads: Int, averaging: Averaging, configuration: TrainingConfiguration,
    activation: Activation
  ) throws {
    // Batches of the same size and samples enough that the setup looks at as many of them (1,023),
    // so that only the number of steps differs; and no reports of progress in between, which would
    // depend on the time.
    let batchSize = 16
    let dropout: Float = activation == .relu ? 0 : 0.5
    samples = digits.subset(at: (0..<iterations * batchSize).map { $0 % digits.count })
    var configuration = configuration
    configuration.progressInterval = 3600
    configuration.epochs = 1
    configuration.batchSize = batchSize
    configuration.threads = threads
    configuration.averaging = averaging
    trainer = try Trainer(
      network: Network(
        inputs: 784,
        layers: [
          LayerDescription(outputs: 9, activation: activation, dropout: dropout),
          LayerDescription(outputs: 5, activation: activation, dropout: dropout),
          LayerDescription(outputs: 10, activation: .identity),
        ], inputDropout: dropout),
      configuration: configuration,
      kernels: KernelVariant.select())
    // The first run of a process loads and starts things.
    try trainer.fit(samples)
  }

  /// Runs once more and counts.
  mutating func count() throws {
    let before = allocation_count()
    try trainer.fit(samples)
    let count = allocation_count() - before
    fewest = min(fewest, count)
    most = max(most, count)
  }
}

let plain = TrainingConfiguration(optimizer: .sgd, seed: 1)
let momentum = TrainingConfiguration(optimizer: .momentum(0.9), seed: 1)
let distorting = TrainingConfiguration(optimizer: .momentum(0.9), seed: 1, distortion: .standard)
/// Everything that an update can do besides.
let everything = TrainingConfiguration(
  learningRate: 0.001, optimizer: .adam,
  regularizers: [
    .l2(1e-4), .l1(1e-5), .weightElimination(1e-4), .decoupledWeightDecay(1e-3), .maximumNorm(2),
  ], clipping: .norm(1), frozenLayers: [1], seed: 1)

// Other activations than ReLU come with dropout.
for (threads, averaging, configuration, activation) in [
  (1, Averaging.slabs, plain, Activation.relu), (2, .slabs, momentum, .relu),
  (3, .slabs, plain, .relu), (7, .slabs, momentum, .relu), (2, .perWorker, momentum, .relu),
  (2, .slabs, plain, .gelu), (3, .slabs, plain, .maxout(pieces: 2)), (2, .slabs, plain, .softmax),
  (2, .slabs, distorting, .relu),
  (1, .slabs, everything, .relu), (3, .slabs, everything, .tanh),
  (2, .perWorker, everything, .relu),
] {
  var runs = try [100, 1000].map {
    try Run(
      iterations: $0, threads: threads, averaging: averaging, configuration: configuration,
      activation: activation)
  }
  // In turn, because what the process keeps for later changes from run to run.
  for _ in 0..<8 {
    for index in runs.indices { try runs[index].count() }
  }
  for (iterations, run) in zip([100, 1000], runs) {
    print(threads, averaging.rawValue, iterations, run.fewest, run.most)
  }
}
