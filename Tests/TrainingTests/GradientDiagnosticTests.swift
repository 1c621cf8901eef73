import Kernels
import NeuralNetwork
import TestSupport
import Testing

@testable import Training

@Suite struct GradientDiagnosticTests {
  /// Against central differences in double precision. The step's own gradients are tested with
  /// derived bounds elsewhere: here only that they arrive, in their places and once averaged.
  @Test func theGradientIsTheLosss() throws {
    let network = try Network(inputs: 6, hidden: [9, 5], outputs: 4)
    let dataset = try randomDataset(count: 30, features: 6, classes: 4).subset(at: 3..<27)
    let trainer = try Trainer(
      network: network, configuration: TrainingConfiguration(threads: 3),
      kernels: KernelVariant.select())
    let before = trainer.model
    let found = try trainer.gradient(on: dataset)
    #expect(trainer.model == before)
    let expected = ReferenceNetwork(trainer.model)
      .gradient(dataset.reference(dataset.storageIndices), roundingOfLoss: 1e-15)
    #expect(found.values.count == expected.count)
    let largest = expected.reduce(0) { max($0, abs($1.value)) }
    let worst = zip(found.values, expected).reduce(0) { max($0, abs(Double($1.0) - $1.1.value)) }
    // 24 samples and three layers of at most 9 inputs: some tens of roundings of 2⁻²⁴ each.
    #expect(worst <= 100 * 0x1p-24 * largest)
    // The norms are those of the weights.
    let norms = found.weightNorms(of: network)
    let first = found.values[..<54].reduce(0.0) { $0 + Double($1) * Double($1) }.squareRoot()
    #expect(norms.count == 3 && norms[0] == first)
    #expect(norms.allSatisfy { $0 > 0 })
  }
}
