import AllocationCounter
import Datasets
import Kernels
import NeuralNetwork
import Training

// Counts the allocations of training runs that differ in the number of iterations only. Prints a
// line for each: iterations, allocations. Run as a process of its own, because it counts whatever
// any thread of the process does.

let digits = EmbeddedDigits.generate(trainingCount: 1280, testCount: 1, threads: 1).training

/// Allocations of a run of one epoch, of which each has `iterations` iterations.
func allocations(
  iterations: Int, threads: Int, averaging: Averaging, momentum: Float
) throws -> (iterations: Int, allocations: Int) {
  // Batches of the same size, so that only the number of steps differs.
  let batchSize = 16
  let repeated = digits.subset(at: (0..<iterations * batchSize).map { $0 % digits.count })
  let trainer = try Trainer(
    network: Network(inputs: 784, hidden: [32, 17], outputs: 10),
    configuration: TrainingConfiguration(
      epochs: 1, batchSize: batchSize, momentum: momentum, threads: threads,
      averaging: averaging, seed: 1),
    kernels: KernelVariant.select())
  // The first run of a process loads and starts things.
  try trainer.fit(repeated)
  let before = allocation_count()
  let result = try trainer.fit(repeated)
  return (result.iterations, allocation_count() - before)
}

for (threads, averaging, momentum) in [
  (1, Averaging.slabs, Float(0)), (2, .slabs, 0.9), (3, .slabs, 0), (2, .perWorker, 0.9),
] {
  for iterations in [100, 1000] {
    let run = try allocations(
      iterations: iterations, threads: threads, averaging: averaging, momentum: momentum)
    print(threads, averaging.rawValue, run.iterations, run.allocations)
  }
}
