import Datasets
import Kernels
import NeuralNetwork
import Testing
import Training

/// The weights that the README publishes for the embedded digits: another compiler, another
/// processor or another optimization level must give the same bits.
@Suite struct GoldenWeightsTests {
  static let digits = EmbeddedDigits.generate(testCount: 1, threads: 2).training

  @Test(arguments: KernelVariant.all.map(\.name), [1, 2])
  func theWeightsOfTheREADME(kernels: String, threads: Int) throws {
    let variant = try KernelVariant.select(named: kernels)
    let trainer = try Trainer(
      network: Network(inputs: 784, hidden: [128], outputs: 10),
      configuration: TrainingConfiguration(
        epochs: 2, batchSize: 128, learningRate: 0.1, optimizer: .momentum(0.9), threads: threads,
        seed: 1),
      kernels: variant)
    try trainer.fit(Self.digits)
    let expected: UInt32 = variant.kernels.isFused ? 0x3838_7455 : 0xACAA_4BEA
    #expect(trainer.model.parameters.crc32 == expected)
  }
}
