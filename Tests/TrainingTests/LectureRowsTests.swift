import Datasets
import Foundation
import Kernels
import NeuralNetwork
import TestSupport
import Testing
import Training

/// What a first course on neural networks covers, row by row, and the test that holds it:
///
/// | Row | Test |
/// |---|---|
/// | sign(w · x), sign(0) = +1, the worked run | `PerceptronTests.theWorkedRunBegins` |
/// | w ← w + η (d − y) x | `PerceptronTests.theRuleWithARate` |
/// | converges on separable data, not on XOR | `.convergesOnSeparableData`, `.cannotLearnXOR` |
/// | AND, OR, XOR of ±1 signals | `PerceptronTests.logic` |
/// | σ′ ≤ ¼, tanh x = 2σ(2x) − 1, max(0.1x, x), ELU, … | `ActivationFunctionTests` |
/// | maxout, softmax and its derivatives | `VectorActivationTests` |
/// | 3-5-1 has 26 parameters, ten layers of 100 on 100 have 101,000, … | `NetworkTests`, ``layersHaveTheirParameters()`` |
/// | ½‖y − d‖², (y − d)², \|y − d\|, cross-entropy, one-hot | `LossTrainingTests`, `LossTests` |
/// | risk = mean loss + regularizer | `ObjectiveGradientTests`, `RegularizationTests` |
/// | descent by all samples, one, or a batch of them | ``updatesOfAnEpoch(batchSize:updates:)``, ``theBatchIsTheAverageOfItsSamples()`` |
/// | samples = iterations × batch size | `TrainerTests.accountingIsExact` |
/// | shuffled each epoch | `PlanTests`, ``everyEpochHasItsOrder()`` |
/// | stop when \|f(w_t) − f(w_{t−1})\| ≤ ε | `StoppingTests.theLossSettles` |
/// | v ← λ v − (1 − λ) ∂E/∂w | `OptimizerTests.theMomentumOfTheLectures` |
/// | large weights saturate | ``largeWeightsSaturate()`` |
/// | L2, L1, weight elimination | `UpdateTests`, `RegularizationTests` |
/// | dropout in training only | ``dropoutIsForTrainingOnly()`` |
/// | early stopping, distortions | `StoppingTests`, `DistortedTrainingTests` |
/// | the 2-2-2 network by hand | `LectureNetworkTests` |
/// | 16 × 16 images of ink, argmax of 10 | ``binaryInk()`` |
/// | depth, width, batch sizes, vanishing, boundaries | `ExperimentTests` of the program |
/// | error on MNIST: linear 7 to 12 %, networks 0.35 to 4.7 % | ``errorsOnMNIST()`` |
/// | a function of one variable by pulses | ``pulsesApproximate(count:)`` |
/// | autoencoders, transfer | `FloatTaskTests.autoencoderOfDigits`, `TransferTests` |
@Suite struct LectureRowsTests {
  /// 3-4-2: 20 weights and 6 biases. A layer of 100 on 100: 10,100.
  @Test func layersHaveTheirParameters() throws {
    let network = try Network(inputs: 3, hidden: [4], outputs: 2)
    #expect(network.layers.map { $0.inputs * $0.outputs }.reduce(0, +) == 20)
    #expect(network.layers.map(\.outputs).reduce(0, +) == 6)
    #expect(try Network(inputs: 100, hidden: [], outputs: 100).parameterCount == 10_100)
  }

  // MARK: Descent

  private func points(_ count: Int) throws -> Dataset {
    try Dataset(
      name: "points", features: (0..<count).map { [Float($0) / Float(count), 1] },
      targets: (0..<count).map { [Float($0 * $0) / Float(count * count)] })
  }

  private func linear(
    _ data: Dataset, epochs: Int = 1, batchSize: Int, seed: UInt64 = 1
  ) throws -> (model: Model, result: TrainingResult) {
    let trainer = try Trainer(
      model: Model(
        network: Network(inputs: 2, hidden: [], outputs: 1),
        parameters: Parameters(values: [0.5, -0.25, 0.125])),
      configuration: TrainingConfiguration(
        epochs: epochs, batchSize: batchSize, learningRate: 0.25, schedule: .constant,
        optimizer: .sgd, seed: seed, loss: .halfSquaredError),
      kernels: .select())
    let result = try trainer.fit(data)
    return (trainer.model, result)
  }

  /// With 20 samples stochastic descent updates 20 times an epoch, descent by all of them once.
  @Test(arguments: [(batchSize: 1, updates: 20), (6, 4), (20, 1)])
  func updatesOfAnEpoch(batchSize: Int, updates: Int) throws {
    #expect(try linear(points(20), batchSize: batchSize).result.iterations == updates)
  }

  /// The update of a batch is the mean of those that its samples would make alone: within the
  /// roundings of twenty sums and of the quotient, of numbers below 1.
  @Test func theBatchIsTheAverageOfItsSamples() throws {
    let data = try points(20)
    let all = try linear(data, batchSize: 20).model.parameters.values
    var mean = [Double](repeating: 0, count: all.count)
    for index in 0..<20 {
      let one = try linear(data.subset(at: [index]), batchSize: 1).model.parameters.values
      for (parameter, value) in one.enumerated() { mean[parameter] += Double(value) / 20 }
    }
    #expect(zip(all, mean).allSatisfy { abs(Double($0) - $1) <= 24 * 0x1p-24 })
  }

  /// Stochastic descent sees the samples in an order that epoch and seed decide: the same seed
  /// twice gives the same weights, another one others.
  @Test func everyEpochHasItsOrder() throws {
    let data = try points(20)
    func weights(_ epochs: Int, seed: UInt64) throws -> [Float] {
      try linear(data, epochs: epochs, batchSize: 1, seed: seed).model.parameters.values
    }
    #expect(try weights(2, seed: 1) == weights(2, seed: 1))
    #expect(try weights(1, seed: 1) != weights(1, seed: 2))
  }

  // MARK: Initialization and dropout

  /// Sigmoids with large weights are at 0 or 1, where they have no slope: hardly any of the gradient
  /// arrives in the first layer, with small random weights a hundred times as much.
  @Test func largeWeightsSaturate() throws {
    let digits = EmbeddedDigits.generate(trainingCount: 200, testCount: 1, threads: 2).training
    func share(deviation: Float) throws -> Float {
      let network = try Network(
        inputs: 784,
        layers: [
          LayerDescription(outputs: 32, activation: .sigmoid),
          LayerDescription(outputs: 10, activation: .identity),
        ])
      let gradient = try Trainer(
        network: network,
        configuration: TrainingConfiguration(
          seed: 1, initializer: .normal(deviation: deviation)),
        kernels: .select()
      ).gradient(on: digits).values
      let first = network.layers[0].parameterCount
      func norm(_ values: ArraySlice<Float>) -> Float {
        values.reduce(0) { $0 + $1 * $1 }.squareRoot()
      }
      // By the weights of the layer above, which the gradient is multiplied by on its way.
      return norm(gradient[..<first]) / norm(gradient[first...]) / deviation
    }
    let (small, large) = (try share(deviation: 0.05), try share(deviation: 20))
    #expect(small > 100 * large, "\(small) with small weights, \(large) with large ones")
  }

  /// What is dropped while training is there in evaluation: the same weights give the same outputs
  /// with dropout and without.
  @Test func dropoutIsForTrainingOnly() throws {
    let digits = EmbeddedDigits.generate(trainingCount: 200, testCount: 1, threads: 2).training
    func trainer(_ share: Float) throws -> Trainer {
      try Trainer(
        network: Network(
          inputs: 784,
          layers: [
            LayerDescription(outputs: 32, activation: .relu, dropout: share),
            LayerDescription(outputs: 10, activation: .identity),
          ], inputDropout: share),
        configuration: TrainingConfiguration(epochs: 1, batchSize: 20, seed: 1),
        kernels: .select())
    }
    let (with, without) = (try trainer(0.5), try trainer(0))
    #expect(try with.evaluate(digits) == without.evaluate(digits))
    try with.fit(digits)
    try without.fit(digits)
    #expect(with.model.parameters.values != without.model.parameters.values)
  }

  // MARK: Tasks

  /// 16 × 16 binary images, 1 for ink: 256 inputs, ten outputs, the largest is the digit.
  @Test func binaryInk() throws {
    let digits = EmbeddedDigits.generate(trainingCount: 6000, testCount: 1000, threads: 2)
    func ink(_ data: Dataset) throws -> Dataset {
      try Dataset(
        name: "ink",
        features: (0..<data.count).map { index in
          data.image(at: index).resized(height: 16, width: 16).pixels.map { $0 < 96 ? 0 : 1 }
        }, labels: data.storedLabels.map(Int.init), classCount: 10)
    }
    let (training, test) = (try ink(digits.training), try ink(digits.test))
    func trainer(_ hidden: [Int]) throws -> Trainer {
      let trainer = try Trainer(
        network: Network(inputs: 256, hidden: hidden, outputs: 10),
        configuration: TrainingConfiguration(epochs: 8, batchSize: 32, threads: 2, seed: 1),
        kernels: .select())
      try trainer.fit(training)
      return trainer
    }
    func accuracy(_ trainer: Trainer) throws -> Double {
      try #require(trainer.evaluate(test).accuracy)
    }
    // The lectures give no number: nine of ten, and more than without the hidden layer.
    let (linear, hidden) = (try trainer([]), try trainer([64]))
    let found = try accuracy(hidden)
    #expect(found > 0.9)
    #expect(try found > accuracy(linear))
    let outputs = try hidden.outputs(of: test.features(at: 0))
    #expect(outputs.count == 10)
  }

  /// A network without a hidden layer errs on 7 to 12 % of MNIST's test images, one with a hidden
  /// layer on 0.35 to 4.7 %.
  @Test(.enabled(if: RealData.mnist != nil, Comment(rawValue: RealData.whyNot)))
  func errorsOnMNIST() throws {
    let mnist = try MNIST.load(from: #require(RealData.mnist))
    func error(_ hidden: [Int], learningRate: Float, epochs: Int) throws -> Double {
      let trainer = try Trainer(
        network: Network(inputs: 784, hidden: hidden, outputs: 10),
        configuration: TrainingConfiguration(
          epochs: epochs, learningRate: learningRate, threads: 2, seed: 1),
        kernels: .select())
      try trainer.fit(mnist.training)
      return 1 - (try trainer.evaluate(mnist.test).accuracy ?? 0)
    }
    let linear = try error([], learningRate: 0.02, epochs: 5)
    #expect((0.07...0.12).contains(linear), "\(linear)")
    let hidden = try error([64], learningRate: 0.1, epochs: 3)
    #expect((0.0035...0.047).contains(hidden), "\(hidden)")
  }

  /// Two steps that cancel make a pulse, and pulses a function of one variable: f(x) = x² on [0, 1)
  /// by n of them of width 1/n, each as high as f in its middle. No value is farther off than f
  /// changes over half a pulse, 1/n at most, and the roundings of the sum of 2n steps.
  @Test(arguments: [4, 16, 64])
  func pulsesApproximate(count: Int) throws {
    func f(_ x: Double) -> Double { x * x }
    // Unit 2i rises where pulse i begins, unit 2i + 1 where it ends.
    let edges = (0..<count).flatMap { [$0, $0 + 1] }.map { Double($0) / Double(count) }
    let heights = (0..<count).flatMap { pulse -> [Float] in
      let height = Float(f((Double(pulse) + 0.5) / Double(count)))
      return [height, -height]
    }
    let network = try Network(
      inputs: 1,
      layers: [
        LayerDescription(outputs: 2 * count, activation: .step),
        LayerDescription(outputs: 1, activation: .identity),
      ])
    let parameters =
      [Float](repeating: 1, count: 2 * count) + edges.map { Float(-$0) } + heights + [0]
    let trainer = try Trainer(
      model: Model(network: network, parameters: Parameters(values: parameters)),
      configuration: TrainingConfiguration(loss: .meanSquaredError), kernels: .select())
    let rounding = Double(2 * count) * 0x1p-24 * Double(count)
    for index in 0..<1000 {
      let x = Double(index) / 1000
      let y = Double(try trainer.outputs(of: [Float(x)])[0])
      #expect(abs(y - f(x)) <= 1 / Double(count) + rounding)
    }
  }
}
