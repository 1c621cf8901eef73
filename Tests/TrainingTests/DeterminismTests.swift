import Datasets
import Dispatch
import Kernels
import NeuralNetwork
import Testing

@testable import Training

struct Run: Sendable, CustomTestStringConvertible {
  let sizes: [Int]
  let samples: Int
  let batchSize: Int
  let momentum: Float

  var testDescription: String { "\(sizes), \(samples) samples, batches of \(batchSize)" }

  static let all = [
    Run(sizes: [7, 10], samples: 50, batchSize: 1, momentum: 0),
    Run(sizes: [7, 13, 10], samples: 50, batchSize: 7, momentum: 0.9),
    Run(sizes: [31, 65, 33, 3], samples: 300, batchSize: 128, momentum: 0.9),
    Run(sizes: [5, 2], samples: 40, batchSize: 1000, momentum: 0.5),
    Run(sizes: [784, 128, 10], samples: 500, batchSize: 96, momentum: 0.9),
  ]

  func weights(
    threads: Int, kernels: String, averaging: Averaging = .slabs, seed: UInt64 = 3,
    poison: Float = 0
  ) throws -> UInt32 {
    try parameters(
      threads: threads, kernels: kernels, averaging: averaging, seed: seed, poison: poison
    ).crc32
  }

  func parameters(
    threads: Int, kernels: String, averaging: Averaging = .slabs, epochs: Int = 2,
    seed: UInt64 = 3, poison: Float = 0
  ) throws -> Parameters {
    let network = try Network(
      inputs: sizes[0], hidden: Array(sizes.dropFirst().dropLast()), outputs: sizes[sizes.count - 1]
    )
    let dataset = try randomDataset(
      count: samples, features: sizes[0], classes: network.outputCount)
    let variant = try KernelVariant.select(named: kernels)
    let configuration = TrainingConfiguration(
      epochs: epochs, batchSize: batchSize, learningRate: 0.1, momentum: momentum,
      threads: threads, averaging: averaging, seed: seed)
    let coordinator = Coordinator(
      model: Model(
        network: network, parameters: Parameters(heInitializing: network, seed: seed)),
      dataset: dataset, configuration: configuration, kernels: variant.kernels,
      stop: StopRequest(), poison: poison)
    for epoch in 1...configuration.epochs {
      coordinator.begin(EpochOrder(dataset: dataset, seed: seed, epoch: epoch))
      while coordinator.run(until: .distantFuture) != .epochEnd {}
    }
    return coordinator.parameters.export()
  }
}

/// The contract on numbers.
@Suite struct DeterminismTests {
  static let fused = KernelVariant.all.filter(\.kernels.isFused).map(\.name)

  @Test(arguments: Run.all, KernelVariant.all.map(\.name))
  func weightsDoNotDependOnTheNumberOfThreads(run: Run, kernels: String) throws {
    let expected = try run.weights(threads: 1, kernels: kernels)
    for threads in [2, 3, 4, 7, 8, 16, 64] {
      #expect(try run.weights(threads: threads, kernels: kernels) == expected)
    }
  }

  @Test(arguments: Run.all)
  func weightsDoNotDependOnTheInstructionSet(run: Run) throws {
    let weights = Set(try Self.fused.map { try run.weights(threads: 2, kernels: $0) })
    #expect(weights.count <= 1)
  }

  /// Memory that is read before it is written would show here.
  @Test(arguments: Run.all, KernelVariant.all.map(\.name))
  func weightsDoNotDependOnWhatTheMemoryHeld(run: Run, kernels: String) throws {
    let expected = try run.weights(threads: 3, kernels: kernels)
    for poison in [Float.nan, -1e30] {
      #expect(try run.weights(threads: 3, kernels: kernels, poison: poison) == expected)
    }
  }

  @Test(arguments: Run.all)
  func averagingPerWorkerRepeatsAndAgreesWithSlabs(run: Run) throws {
    let kernels = try KernelVariant.select().name
    let iterations = (run.samples + run.batchSize - 1) / run.batchSize
    let slabs = try run.parameters(threads: 3, kernels: kernels, epochs: 1)
    let perWorker = try run.parameters(
      threads: 3, kernels: kernels, averaging: .perWorker, epochs: 1)
    let again = try run.parameters(
      threads: 3, kernels: kernels, averaging: .perWorker, epochs: 1, poison: .nan)
    #expect(perWorker == again)
    // Each gradient is a sum of at most `batchSize` terms, none larger than 4, taken in another
    // order: it differs by at most (batchSize + 3) · 2⁻²³ · 4. A step multiplies that by the rate
    // 0.1 and momentum adds up at most 1 / (1 − μ) of such steps, and each step's difference
    // disturbs the later gradients; twice the sum covers that for steps this small.
    let steps = Float(iterations) / (1 - run.momentum)
    let bound = 2 * steps * 0.1 * Float(min(run.batchSize, run.samples) + 3) * 0x1p-23 * 4
    let worst = zip(slabs.values, perWorker.values).reduce(0) { max($0, abs($1.0 - $1.1)) }
    #expect(worst <= bound)
    // One worker has one shard: then both are the same sum.
    let alone = try run.weights(threads: 1, kernels: kernels, averaging: .perWorker)
    #expect(try alone == run.weights(threads: 1, kernels: kernels))
  }

  @Test func weightsDependOnTheSeed() throws {
    let first = try Run.all[1].weights(threads: 1, kernels: "baseline", seed: 1)
    let second = try Run.all[1].weights(threads: 1, kernels: "baseline", seed: 2)
    #expect(first != second)
  }

  /// Losses and weights, after each of three epochs, of one thread that skips nothing.
  @Test(arguments: KernelVariant.all.map(\.name), [1, 2, 5])
  func skippingZerosChangesNothing(kernels: String, threads: Int) throws {
    let digits = EmbeddedDigits.generate(trainingCount: 700, testCount: 1, threads: 2).training
    let network = try Network(inputs: 784, hidden: [37], outputs: 10)
    let variant = try KernelVariant.select(named: kernels)
    #expect(NonzeroMasks.areWorthwhile(for: digits, kernels: variant.kernels))
    func run(threads: Int, skipsZeros: Bool) -> [(loss: Double, weights: UInt32)] {
      let coordinator = Coordinator(
        model: Model(network: network, parameters: Parameters(heInitializing: network, seed: 1)),
        dataset: digits,
        configuration: TrainingConfiguration(epochs: 3, batchSize: 96, threads: threads),
        kernels: variant.kernels, stop: StopRequest(), skipsZeros: skipsZeros)
      return (1...3).map { epoch in
        coordinator.begin(EpochOrder(dataset: digits, seed: 1, epoch: epoch))
        while coordinator.run(until: .distantFuture) != .epochEnd {}
        return (coordinator.lossSumInEpoch, coordinator.parameters.export().crc32)
      }
    }
    let expected = run(threads: 1, skipsZeros: false)
    let found = run(threads: threads, skipsZeros: true)
    #expect(found.map(\.loss) == expected.map(\.loss))
    #expect(found.map(\.weights) == expected.map(\.weights))
  }

  @Test func trainersAtTheSameTimeDoNotDisturbEachOther() throws {
    let variant = try KernelVariant.select().name
    let alone = try Run.all.map { try $0.weights(threads: 2, kernels: variant) }
    let together = AlignedBuffer<UInt32>(count: Run.all.count, repeating: 0)
    nonisolated(unsafe) let weights = together.address
    DispatchQueue.concurrentPerform(iterations: Run.all.count) { index in
      weights[index] = (try? Run.all[index].weights(threads: 2, kernels: variant)) ?? 0
    }
    #expect(Run.all.indices.map { weights[$0] } == alone)
    withExtendedLifetime(together) {}
  }
}
