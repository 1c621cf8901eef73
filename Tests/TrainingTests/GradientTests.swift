import Kernels
import NeuralNetwork
import Randomness
import Testing

@testable import Training

/// One step of plain SGD moves the parameters by the learning rate times the gradient, so the
/// step itself shows the gradient that it computed.
@Suite struct GradientTests {
  static let networks: [[Int]] = [
    [3, 2], [5, 4, 3], [9, 17, 2], [4, 33, 6, 5], [6, 5, 4, 3, 2],
  ]

  @Test(arguments: networks, KernelVariant.all.map(\.name))
  func theStepFollowsCentralDifferences(sizes: [Int], kernels: String) throws {
    let variant = try KernelVariant.select(named: kernels)
    let network = try Network(
      inputs: sizes[0], hidden: Array(sizes.dropFirst().dropLast()), outputs: sizes[sizes.count - 1]
    )
    let dataset = try randomDataset(count: 23, features: sizes[0], classes: network.outputCount)
    // Biases of 0 would put a unit whose inputs are all 0 on the kink of ReLU, where there is no
    // derivative.
    var random = RandomStream(seed: 2, purpose: .initialization)
    let parameters = (0..<network.parameterCount).map { _ in random.uniform(-0.9, 0.9) }
    let trainer = try Trainer(
      model: Model(network: network, parameters: Parameters(values: parameters)),
      configuration: TrainingConfiguration(
        epochs: 1, batchSize: 23, learningRate: 1, schedule: .constant, momentum: 0, threads: 3),
      kernels: variant)
    let before = trainer.model
    let result = try trainer.fit(dataset)
    #expect(result.iterations == 1)
    let reference = ReferenceNetwork(before)
    let samples = dataset.reference(dataset.storageIndices)
    let expected = reference.gradient(samples)
    let found = zip(before.parameters.values, trainer.model.parameters.values).map {
      Double($0) - Double($1)
    }
    // Rounding: parameters and activations are below 4, so the step w − g loses at most 2⁻²³
    // (half a unit of 2⁻²² below 4), and each of the chains, at most 33 products long, through at
    // most 4 layers forward and back, at most 8 · 35 · 4 · 2⁻²⁴. Central differences add 1e-9.
    let bound = 8 * 35 * 4 * 0x1p-24
    let worst = zip(expected, found).reduce(0) { max($0, abs($1.0 - $1.1)) }
    #expect(worst <= bound)
    // The test says something only if the gradients are far larger than the bound.
    #expect(expected.reduce(0) { max($0, abs($1)) } > 100 * bound)
    #expect(abs(result.epochs[0].loss - reference.loss(samples)) <= bound)
  }

  /// Momentum, the linear schedule and a short last batch, against the formulas in double
  /// precision.
  @Test func stepsWithMomentumFollowTheFormulas() throws {
    let network = try Network(inputs: 5, hidden: [6], outputs: 3)
    let dataset = try randomDataset(count: 10, features: 5, classes: 3)
    let configuration = TrainingConfiguration(
      epochs: 2, batchSize: 4, learningRate: 0.5, schedule: .linear, momentum: 0.75, threads: 2,
      seed: 9)
    let trainer = try Trainer(
      network: network, configuration: configuration, kernels: try KernelVariant.select())
    var reference = ReferenceNetwork(trainer.model)
    try trainer.fit(dataset)
    var velocity = [Double](repeating: 0, count: network.parameterCount)
    var iteration = 0
    for epoch in 1...2 {
      let order = EpochOrder(dataset: dataset, seed: 9, epoch: epoch).storageIndices
      for batch in [0..<4, 4..<8, 8..<10] {
        let gradient = reference.gradient(dataset.reference(order[batch]))
        let rate = 0.5 * (1 - Double(iteration) / 6)
        velocity = zip(velocity, gradient).map { 0.75 * $0 + $1 }
        reference.values = zip(reference.values, velocity).map { $0 - rate * $1 }
        iteration += 1
      }
    }
    let worst = zip(reference.values, trainer.model.parameters.values).reduce(0) {
      max($0, abs($1.0 - Double($1.1)))
    }
    // Six steps, each with the error of one gradient (chains of at most 10 through 2 layers).
    #expect(worst <= 6 * 8 * 12 * 2 * 0x1p-24)
  }
}
