import Datasets
import Kernels
import NeuralNetwork
import TestSupport
import Testing

@testable import Training

/// The contract on numbers, with distortions: what the weights and the images depend on.
@Suite struct DistortedTrainingTests {
  private static let digits = EmbeddedDigits.generate(
    trainingCount: 300, testCount: 1, threads: 2
  ).training

  /// The CRC-32 of the weights after each of three epochs.
  private func weights(
    threads: Int, _ kernels: KernelTable, distortion: Distortion? = .standard, seed: UInt64 = 1,
    skipsZeros: Bool = true, poison: Float = 0
  ) throws -> [UInt32] {
    let network = try Network(inputs: 784, hidden: [37], outputs: 10)
    let coordinator = Coordinator(
      model: Model(network: network, parameters: Parameters(heInitializing: network, seed: 1)),
      dataset: Self.digits,
      configuration: TrainingConfiguration(
        epochs: 3, batchSize: 64, threads: threads, seed: seed, distortion: distortion),
      kernels: kernels, stop: StopRequest(), workerLimit: threads,
      skipsZeros: skipsZeros, poison: poison)
    return (1...3).map { epoch in
      coordinator.begin(EpochOrder(dataset: Self.digits, seed: 1, epoch: epoch))
      while coordinator.run(until: .distantFuture) != .epochEnd {}
      return coordinator.parameters.export().crc32
    }
  }

  @Test(arguments: KernelVariant.all)
  func weightsDoNotDependOnThreadsZerosAndMemory(kernels: KernelVariant) throws {
    let table = kernels.kernels
    let expected = try weights(threads: 1, table)
    for threads in [2, 3, 8] { #expect(try weights(threads: threads, table) == expected) }
    #expect(try weights(threads: 2, table, skipsZeros: false) == expected)
    for poison in [Float.nan, -1e30] {
      #expect(try weights(threads: 3, table, poison: poison) == expected)
    }
  }

  @Test func weightsDoNotDependOnTheInstructionSet() throws {
    let fused = KernelVariant.all.map(\.kernels).filter(\.isFused)
    guard let first = fused.first else { return }
    let expected = try weights(threads: 2, first)
    for table in fused.dropFirst() + emulatedKernels {
      #expect(try weights(threads: 3, table) == expected)
    }
  }

  @Test func weightsDependOnTheDistortionAndTheSeed() throws {
    let table = try KernelVariant.select().kernels
    let all = try [
      weights(threads: 1, table), weights(threads: 1, table, seed: 2),
      weights(threads: 1, table, distortion: nil),
      weights(threads: 1, table, distortion: Distortion(elastic: .init())),
      weights(threads: 1, table, distortion: Distortion(elastic: .init(alpha: 33, sigma: 4))),
    ]
    #expect(Set(all.map { $0[2] }).count == all.count)
  }

  @Test func theSampleAndTheEpochChangeTheImage() throws {
    let digits = Self.digits
    let variant = try KernelVariant.select()
    func images(seed: UInt64) throws -> DistortedImages {
      try DistortedImages(of: digits, distortion: .standard, seed: seed, kernels: variant)
    }
    let first = try images(seed: 1)
    let image = first.image(at: 0, epoch: 1)
    #expect(image != digits.image(at: 0))
    #expect(first.image(at: 0, epoch: 2) != image)
    #expect(try images(seed: 2).image(at: 0, epoch: 1) != image)
    #expect(try images(seed: 1).image(at: 0, epoch: 1) == image)
    // The same picture in other places of the storage is distorted otherwise; in another order of
    // the dataset it is not.
    let pixels = digits.image(at: 0).pixels
    let storage = PixelStorage(count: 2 * 784) { $0.copyBytes(from: pixels + pixels) }
    let twins = try Dataset(
      name: "twins", pixels: storage, labels: [1, 1], height: 28, width: 28, classCount: 10)
    let two = try DistortedImages(of: twins, distortion: .standard, seed: 1, kernels: variant)
    #expect(two.image(at: 0, epoch: 1) == image)
    #expect(two.image(at: 1, epoch: 1) != image)
    let reversed = try DistortedImages(
      of: twins.subset(at: [1, 0]), distortion: .standard, seed: 1, kernels: variant)
    #expect(reversed.image(at: 1, epoch: 1) == image)
  }

  /// A run that goes on from any iteration is the run that was never stopped.
  @Test func resumedRunsAreTheSame() throws {
    let configuration = TrainingConfiguration(
      epochs: 3, batchSize: 8, threads: 2, seed: 3,
      distortion: Distortion(shift: 1, elastic: .init(alpha: 5, sigma: 1)))
    let run = try CheckpointedRun(configuration)
    for checkpoint in run.checkpoints {
      for threads in [1, 3] {
        let (model, result) = try run.resumed(from: checkpoint, threads: threads)
        #expect(model.parameters.crc32 == run.model.parameters.crc32)
        #expect(
          CheckpointedRun.numbers(result.epochs) == CheckpointedRun.numbers(run.result.epochs))
      }
    }
    let checkpoint = try #require(run.checkpoints.first)
    for other in [nil, Distortion(shift: 1)] {
      var configuration = configuration
      configuration.distortion = other
      #expect(
        throws: TrainingError.checkpointMismatch(
          field: "distortion", checkpoint: "shift:1,elastic:5:1",
          run: other?.description ?? "none")
      ) {
        try checkpoint.requireMatch(network: run.network, configuration: configuration)
      }
    }
  }
}
