import Kernels
import NeuralNetwork
import Testing

@testable import Training

extension Run {
  /// Every optimizer, alone and with what can be combined with it.
  static let updated: [Run] =
    Optimizer.defaults.flatMap { optimizer -> [Run] in
      let rate: Float = optimizer.momentNames.contains("second_moment") ? 0.003 : 0.05
      let plain = Run(
        sizes: [31, 65, 33, 3], samples: 150, batchSize: 37, optimizer: optimizer,
        learningRate: rate)
      var regularized = plain
      regularized.regularizers = [
        .l2(0.01), .l1(0.001, layers: [0]), .weightElimination(0.01, includingBiases: true),
        .decoupledWeightDecay(0.02), .maximumNorm(1.5), .maximumNorm(2, includingBiases: true),
      ]
      regularized.clipping = .norm(0.3)
      regularized.zeros = 0.75
      var frozen = plain
      frozen.frozenLayers = [1]
      frozen.clipping = .value(0.01)
      frozen.regularizers = [.l2(0.01)]
      return [plain, regularized, frozen]
    } + [
      // Layers wider than a slab, for the order of the norm's sums.
      Run(
        sizes: [130, 300, 10], samples: 90, batchSize: 30, optimizer: .adam,
        regularizers: [.maximumNorm(1)], clipping: .norm(0.1), learningRate: 0.003)
    ]
}

/// The contract on numbers, for every optimizer, regularizer and clipping.
@Suite struct UpdateDeterminismTests {
  @Test(arguments: Run.updated, KernelVariant.all)
  func weightsDoNotDependOnTheNumberOfThreads(run: Run, kernels: KernelVariant) throws {
    let expected = try run.weights(threads: 1, kernels: kernels)
    for threads in [2, 3, 4, 7, 16] {
      #expect(try run.weights(threads: threads, kernels: kernels) == expected)
    }
  }

  @Test(
    .enabled(
      if: !DeterminismTests.fused.isEmpty, "this processor has no fused multiply-add"),
    arguments: Run.updated)
  func weightsDoNotDependOnTheWidthOfVectors(run: Run) throws {
    let expected = try run.weights(threads: 2, kernels: DeterminismTests.fused[0])
    for table in DeterminismTests.fused.dropFirst().map(\.kernels) + emulatedKernels {
      #expect(try run.weights(threads: 3, table: table) == expected)
    }
  }

  @Test(arguments: Run.updated, Averaging.allCases)
  func weightsDoNotDependOnWhatTheMemoryHeld(run: Run, averaging: Averaging) throws {
    let kernels = try KernelVariant.select()
    let expected = try run.weights(threads: 3, kernels: kernels, averaging: averaging)
    for poison in [Float.nan, -1e30] {
      #expect(
        try run.weights(threads: 3, kernels: kernels, averaging: averaging, poison: poison)
          == expected)
    }
  }

  /// Resumed at any iteration, for every optimizer and with everything that goes with it.
  @Test(arguments: Optimizer.defaults)
  func aResumedRunIsTheRunThatWasNeverStopped(optimizer: Optimizer) throws {
    let run = try CheckpointedRun(
      TrainingConfiguration(
        epochs: 2, batchSize: 8, learningRate: 0.01, optimizer: optimizer,
        regularizers: [.l2(0.01), .maximumNorm(1)], clipping: .norm(0.5), frozenLayers: [0],
        threads: 2, seed: 3))
    for checkpoint in run.checkpoints {
      let (model, _) = try run.resumed(from: checkpoint, threads: 3)
      #expect(model.parameters.values.bits == run.model.parameters.values.bits)
    }
  }

  @Test func anotherOptimizerIsNamed() throws {
    let run = try CheckpointedRun(
      TrainingConfiguration(epochs: 1, batchSize: 8, learningRate: 0.01, optimizer: .adam))
    func mismatch(_ change: (inout TrainingConfiguration) -> Void) -> TrainingError? {
      var configuration = run.configuration
      change(&configuration)
      do {
        try run.checkpoints[0].requireMatch(network: run.network, configuration: configuration)
        return nil
      } catch { return error }
    }
    #expect(mismatch { _ in } == nil)
    #expect(
      mismatch { $0.optimizer = .adam(beta1: 0.8, beta2: 0.999, epsilon: 1e-8) }
        == .checkpointMismatch(
          field: "optimizer", checkpoint: "adam:0.9:0.999:1e-08", run: "adam:0.8:0.999:1e-08"))
    #expect(
      mismatch { $0.regularizers = [.l1(0.1)] }
        == .checkpointMismatch(field: "regularizers", checkpoint: "none", run: "l1:0.1"))
    #expect(
      mismatch { $0.clipping = .value(1) }
        == .checkpointMismatch(field: "clipping", checkpoint: "none", run: "value:1.0"))
    #expect(
      mismatch { $0.frozenLayers = [1] }
        == .checkpointMismatch(field: "frozen layers", checkpoint: "none", run: "2"))
  }
}
