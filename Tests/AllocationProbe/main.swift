import AllocationCounter
import Datasets
import Kernels
import NeuralNetwork
import Training

// Counts the allocations of training runs that differ in the number of iterations only. Prints a
// line for each: threads, averaging, iterations, the fewest and the most allocations of several
// such runs. Run as a process of its own, because it counts whatever any thread of it does.

let digits = EmbeddedDigits.generate(trainingCount: 1280, testCount: 1, threads: 1).training

/// The fewest and the most allocations of runs of one epoch, of which each has `iterations`
/// iterations.
func allocations(
  iterations: Int, threads: Int, averaging: Averaging, momentum: Float, activation: Activation,
  distortion: Distortion?
) throws -> (fewest: Int, most: Int) {
  // Batches of the same size and samples enough that the setup looks at as many of them (1,023),
  // so that only the number of steps differs; and a small network, so that a run ends before the
  // first report of its progress, a tenth of a second on.
  let batchSize = 16
  let dropout: Float = activation == .relu ? 0 : 0.5
  let repeated = digits.subset(at: (0..<iterations * batchSize).map { $0 % digits.count })
  let trainer = try Trainer(
    network: Network(
      inputs: 784,
      layers: [
        LayerDescription(outputs: 9, activation: activation, dropout: dropout),
        LayerDescription(outputs: 5, activation: activation, dropout: dropout),
        LayerDescription(outputs: 10, activation: .identity),
      ], inputDropout: dropout),
    configuration: TrainingConfiguration(
      epochs: 1, batchSize: batchSize, momentum: momentum, threads: threads,
      averaging: averaging, seed: 1, distortion: distortion),
    kernels: KernelVariant.select())
  // The first run of a process loads and starts things.
  try trainer.fit(repeated)
  var fewest = Int.max
  var most = 0
  for _ in 0..<8 {
    let before = allocation_count()
    try trainer.fit(repeated)
    let count = allocation_count() - before
    fewest = min(fewest, count)
    most = max(most, count)
  }
  return (fewest, most)
}

// Other activations than ReLU come with dropout.
for (threads, averaging, momentum, activation, distortion) in [
  (1, Averaging.slabs, Float(0), Activation.relu, Distortion?.none), (2, .slabs, 0.9, .relu, nil),
  (3, .slabs, 0, .relu, nil), (7, .slabs, 0.9, .relu, nil), (2, .perWorker, 0.9, .relu, nil),
  (2, .slabs, 0, .gelu, nil), (3, .slabs, 0, .maxout(pieces: 2), nil),
  (2, .slabs, 0, .softmax, nil), (2, .slabs, 0.9, .relu, .standard),
] {
  for iterations in [100, 1000] {
    let (fewest, most) = try allocations(
      iterations: iterations, threads: threads, averaging: averaging, momentum: momentum,
      activation: activation, distortion: distortion)
    print(threads, averaging.rawValue, iterations, fewest, most)
  }
}
