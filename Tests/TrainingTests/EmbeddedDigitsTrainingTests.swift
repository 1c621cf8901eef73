import Datasets
import Kernels
import NeuralNetwork
import Testing
import Training

/// From nothing to a trained network: seeded, small, and with a stated result.
@Suite struct EmbeddedDigitsTrainingTests {
  @Test(arguments: [
    (hidden: [Int](), epochs: 3, learningRate: Float(0.02), accuracy: 0.85...0.94),
    (hidden: [128], epochs: 5, learningRate: Float(0.1), accuracy: 0.965...0.99),
  ])
  func accuracyIsLikeOnMNIST(
    hidden: [Int], epochs: Int, learningRate: Float, accuracy: ClosedRange<Double>
  ) throws {
    let digits = EmbeddedDigits.generate(threads: 2)
    let trainer = try Trainer(
      network: Network(inputs: 784, hidden: hidden, outputs: 10),
      configuration: TrainingConfiguration(
        epochs: epochs, learningRate: learningRate, threads: 2, seed: 1),
      kernels: KernelVariant.select())
    try trainer.fit(digits.training)
    let found = try trainer.evaluate(digits.test).accuracy ?? 0
    #expect(accuracy.contains(found))
  }
}
