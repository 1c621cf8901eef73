import Datasets
import Dispatch
import Foundation
import Kernels
import NeuralNetwork
import Synchronization
import TestSupport
import Testing

@testable import Training

/// The contract on numbers: what the weights do not depend on, to the last bit.
@Suite struct DeterminismTests {
  static let fused = KernelVariant.all.filter(\.kernels.isFused)

  @Test(arguments: Run.all, KernelVariant.all)
  func weightsDoNotDependOnTheNumberOfThreads(run: Run, kernels: KernelVariant) throws {
    let expected = try run.weights(threads: 1, kernels: kernels)
    for threads in [2, 3, 4, 7, 8, 16, 64] {
      #expect(try run.weights(threads: threads, kernels: kernels) == expected)
    }
  }

  /// AVX2 and AVX-512, where the processor has both. Each on another number of threads.
  @Test(
    .enabled(
      if: fused.count > 1,
      "this processor has one variant with fused multiply-add: \(fused.map(\.name))"),
    arguments: Run.all)
  func weightsDoNotDependOnTheInstructionSet(run: Run) throws {
    let weights = try Self.fused.enumerated().map {
      try run.weights(threads: 2 + $0.offset, kernels: $0.element)
    }
    #expect(Set(weights).count == 1)
  }

  /// The panels and tiles of AVX-512 and of NEON, on every processor with fused multiply-add.
  @Test(
    .enabled(if: !fused.isEmpty, "this processor has no fused multiply-add"), arguments: Run.all)
  func weightsDoNotDependOnTheWidthOfVectors(run: Run) throws {
    let expected = try run.weights(threads: 2, kernels: Self.fused[0])
    for table in emulatedKernels {
      #expect(try run.weights(threads: 3, table: table) == expected)
    }
  }

  /// Memory that is read before it is written would show here.
  @Test(arguments: Run.all, KernelVariant.all)
  func weightsDoNotDependOnWhatTheMemoryHeld(run: Run, kernels: KernelVariant) throws {
    let expected = try run.weights(threads: 3, kernels: kernels)
    for poison in [Float.nan, -1e30] {
      #expect(try run.weights(threads: 3, kernels: kernels, poison: poison) == expected)
    }
  }

  @Test(arguments: Run.all, KernelVariant.all)
  func weightsDoNotDependOnSkippingZeros(run: Run, kernels: KernelVariant) throws {
    // Otherwise nothing is skipped in the runs on sparse data, or something in the others.
    #expect(
      try NonzeroMasks.areWorthwhile(for: run.dataset, kernels: kernels.kernels) == (run.zeros > 0))
    let expected = try run.weights(threads: 1, kernels: kernels, skipsZeros: false)
    for threads in [1, 2, 5] {
      #expect(try run.weights(threads: threads, kernels: kernels) == expected)
    }
  }

  /// Losses and weights, after each of three epochs, on images.
  @Test(arguments: KernelVariant.all, [1, 2, 5])
  func skippingZerosOfDigitsChangesNothing(kernels: KernelVariant, threads: Int) throws {
    let digits = EmbeddedDigits.generate(trainingCount: 700, testCount: 1, threads: 2).training
    let network = try Network(inputs: 784, hidden: [37], outputs: 10)
    #expect(NonzeroMasks.areWorthwhile(for: digits, kernels: kernels.kernels))
    func run(threads: Int, skipsZeros: Bool) -> [(loss: Double, weights: UInt32)] {
      let coordinator = Coordinator(
        model: Model(network: network, parameters: Parameters(heInitializing: network, seed: 1)),
        dataset: digits,
        configuration: TrainingConfiguration(epochs: 3, batchSize: 96, threads: threads),
        kernels: kernels.kernels, stop: StopRequest(), workerLimit: threads,
        skipsZeros: skipsZeros)
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

  /// Batches of 129 and of 128, of 258 and of 256: the shorter last one has the larger blocks.
  @Test(arguments: [(129, 257), (258, 514)], KernelVariant.all)
  func weightsDoNotDependOnHowShardsAreCutIntoBlocks(
    sizes: (batch: Int, samples: Int), kernels: KernelVariant
  ) throws {
    let digits = EmbeddedDigits.generate(
      trainingCount: sizes.samples, testCount: 1, threads: 2
    ).training
    let network = try Network(inputs: 784, hidden: [70, 37], outputs: 10)
    func weights(threads: Int) -> UInt32 {
      let coordinator = Coordinator(
        model: Model(network: network, parameters: Parameters(heInitializing: network, seed: 1)),
        dataset: digits,
        configuration: TrainingConfiguration(epochs: 2, batchSize: sizes.batch, threads: threads),
        kernels: kernels.kernels, stop: StopRequest(), workerLimit: threads, poison: .nan)
      for epoch in 1...2 {
        coordinator.begin(EpochOrder(dataset: digits, seed: 1, epoch: epoch))
        while coordinator.run(until: .distantFuture) != .epochEnd {}
      }
      return coordinator.parameters.export().crc32
    }
    let expected = weights(threads: 16)
    for threads in [1, 2, 3] { #expect(weights(threads: threads) == expected) }
  }

  /// No more workers run than processors, and what they come to is that of as many as were asked for.
  @Test(arguments: Averaging.allCases)
  func weightsDoNotDependOnTheNumberOfProcessors(averaging: Averaging) throws {
    let digits = EmbeddedDigits.generate(trainingCount: 300, testCount: 1, threads: 2).training
    let network = try Network(inputs: 784, hidden: [37], outputs: 10)
    func run(processors: Int, workerLimit: Int? = nil) throws -> (workers: Int, weights: UInt32) {
      let coordinator = Coordinator(
        model: Model(network: network, parameters: Parameters(heInitializing: network, seed: 1)),
        dataset: digits,
        configuration: TrainingConfiguration(
          epochs: 1, batchSize: 96, threads: 7, averaging: averaging),
        kernels: try KernelVariant.select().kernels, stop: StopRequest(), processors: processors,
        workerLimit: workerLimit)
      coordinator.begin(EpochOrder(dataset: digits, seed: 1, epoch: 1))
      while coordinator.run(until: .distantFuture) != .epochEnd {}
      return (coordinator.workers, coordinator.parameters.export().crc32)
    }
    let expected = try run(processors: 2, workerLimit: 7)
    #expect(expected.workers == 7)
    for (processors, workers) in [(1, 1), (2, 2), (3, 3), (16, 7)] {
      let found = try run(processors: processors)
      #expect(found.workers == workers)
      #expect(found.weights == expected.weights)
    }
  }

  @Test(arguments: Run.all)
  func twentyRunsGiveTheSameWeights(run: Run) throws {
    let kernels = try KernelVariant.select()
    let weights = try (0..<20).map { _ in try run.weights(threads: 3, kernels: kernels) }
    #expect(Set(weights).count == 1)
  }

  /// Workers that lose their processor in the middle of a unit, at any point.
  @Test(arguments: Run.all)
  func weightsDoNotDependOnTheLoadOfTheMachine(run: Run) throws {
    let kernels = try KernelVariant.select()
    let expected = try run.weights(threads: 1, kernels: kernels)
    let load = Load(threads: 2 * ProcessorCount.usable + 1)
    defer { load.end() }
    // A machine that is busy anyway may give the load no turn while so little is trained: then the
    // weights have been compared for nothing, and are again. No comparison is left out.
    var hasRun = false
    for _ in 0..<20 where !hasRun {
      for threads in [2, 3, 8] {
        #expect(try run.weights(threads: threads, kernels: kernels) == expected)
      }
      hasRun = load.isRunning
    }
    #expect(hasRun)
  }

  @Test(arguments: KernelVariant.all)
  func weightsDependOnTheSeed(kernels: KernelVariant) throws {
    let first = try Run.all[1].weights(threads: 1, kernels: kernels, seed: 1)
    let second = try Run.all[1].weights(threads: 1, kernels: kernels, seed: 2)
    #expect(first != second)
  }
}

/// Threads that keep the machine's processors busy with nothing.
private final class Load: Sendable {
  private let rounds = Atomic<Int>(0)
  private let isOver = Atomic<Bool>(false)
  private let ended = DispatchGroup()

  /// Returns when all of them run.
  init(threads: Int) {
    let started = DispatchSemaphore(value: 0)
    for _ in 0..<threads {
      ended.enter()
      let thread = Thread { [self] in
        started.signal()
        while !isOver.load(ordering: .relaxed) { rounds.add(1, ordering: .relaxed) }
        ended.leave()
      }
      thread.start()
    }
    for _ in 0..<threads { started.wait() }
  }

  /// Whether something has run since it was last asked.
  var isRunning: Bool { rounds.exchange(0, ordering: .relaxed) > 0 }

  func end() {
    isOver.store(true, ordering: .relaxed)
    ended.wait()
  }
}
