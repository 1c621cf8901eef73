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
        epochs: 1, batchSize: 23, learningRate: 1, schedule: .constant, optimizer: .sgd, threads: 3),
      kernels: variant)
    let before = trainer.model
    let result = try trainer.fit(dataset)
    #expect(result.iterations == 1)
    let samples = dataset.reference(dataset.storageIndices)
    let reference = ReferenceNetwork(before)
    var analyzed = AnalyzedNetwork(before)
    // The analysis is linear in u: losses in double precision are off by 2⁻²⁹ of what floats are.
    let loss = analyzed.loss(samples)
    let differences = reference.gradient(samples, roundingOfLoss: 0x1p-29 * loss.error)
    #expect(abs(result.epochs[0].loss - reference.loss(samples)) <= loss.error)

    let gradients = analyzed.gradientSums(samples).map { $0.value / 23 }
    #expect(zip(differences, gradients).allSatisfy { abs($0.value - $1) <= $0.error })

    var descent = AnalyzedDescent(momentum: 0)
    descent.step(&analyzed, batch: samples, rate: 1)
    let found = trainer.model.parameters.values
    var wrong = 0
    for (index, parameter) in before.parameters.values.enumerated() {
      let expected = Double(parameter) - differences[index].value
      let bound = analyzed.values[index].error + differences[index].error
      if !(abs(expected - Double(found[index])) <= bound) { wrong += 1 }
    }
    #expect(wrong == 0)
    // The test says something only if the gradients are far larger than the bounds.
    let largestBound = analyzed.values.reduce(0) { max($0, $1.error) }
    #expect(differences.reduce(0) { max($0, abs($1.value)) } > 100 * largestBound)
  }

  /// Momentum, the linear schedule and a short last batch, against the formulas in double
  /// precision, averaged in either way on several workers.
  @Test(arguments: Averaging.allCases, [0, 0.75] as [Float])
  func severalStepsFollowTheFormulas(averaging: Averaging, momentum: Float) throws {
    let network = try Network(inputs: 5, hidden: [6], outputs: 3)
    let dataset = try randomDataset(count: 10, features: 5, classes: 3)
    let trainer = try Trainer(
      network: network,
      configuration: TrainingConfiguration(
        epochs: 2, batchSize: 4, learningRate: 0.125, schedule: .linear,
        optimizer: momentum > 0 ? .momentum(Double(momentum)) : .sgd,
        threads: 3, averaging: averaging, seed: 9),
      kernels: try KernelVariant.select())
    var analyzed = AnalyzedNetwork(trainer.model)
    let before = trainer.model.parameters.values
    try trainer.fit(dataset)
    var descent = AnalyzedDescent(momentum: momentum)
    var iteration = 0
    for epoch in 1...2 {
      let order = EpochOrder(dataset: dataset, seed: 9, epoch: epoch).storageIndices
      for batch in [0..<4, 4..<8, 8..<10] {
        descent.step(
          &analyzed, batch: dataset.reference(order[batch]),
          rate: 0.125 * (1 - Double(iteration) / 6))
        iteration += 1
      }
    }
    let found = trainer.model.parameters.values
    let expected = analyzed.values
    #expect(zip(expected, found).allSatisfy { abs($0.value - Double($1)) <= $0.error })
    // The test says something only if the way is far longer than the bounds.
    let way = zip(before, found).reduce(0) { max($0, abs(Double($1.0) - Double($1.1))) }
    #expect(way > 100 * expected.reduce(0) { max($0, $1.error) })
  }
}
