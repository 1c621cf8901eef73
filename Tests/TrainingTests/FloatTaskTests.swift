import Datasets
import Foundation
import Kernels
import NeuralNetwork
import Testing
import Training

/// Small tasks from arrays to a result: seeded, each with what it must come to.
@Suite struct FloatTaskTests {
  private func fit(
    _ data: Dataset, _ network: Network, _ configuration: TrainingConfiguration
  ) throws -> Trainer {
    let trainer = try Trainer(network: network, configuration: configuration, kernels: .select())
    let result = try trainer.fit(data)
    #expect(result.stopped == .completed)
    return trainer
  }

  /// What no single unit can tell apart, one hidden layer can.
  @Test(arguments: [Loss.binaryCrossEntropy, .meanSquaredError])
  func exclusiveOr(loss: Loss) throws {
    let data = try Dataset(
      name: "XOR", features: [[-1, -1], [-1, 1], [1, -1], [1, 1]], labels: [0, 1, 1, 0],
      classCount: 2)
    func accuracy(hidden: [Int]) throws -> Double? {
      try fit(
        data, Network(inputs: 2, hidden: hidden, outputs: 1),
        TrainingConfiguration(
          epochs: 500, batchSize: 4, learningRate: 0.1, threads: 2, seed: 1, loss: loss)
      ).evaluate(data).accuracy
    }
    #expect(try accuracy(hidden: [8]) == 1)
    let alone = try accuracy(hidden: []) ?? 1
    #expect(alone < 1)
  }

  /// A function of one variable: sin x over a period, to errors far below those of the best
  /// constant, 0.5 squared and 0.64 absolute.
  @Test(arguments: [(loss: Loss.meanSquaredError, limit: 0.002), (.meanAbsoluteError, 0.04)])
  func sine(loss: Loss, limit: Double) throws {
    let x = (0..<200).map { Float($0) / 200 * 2 * .pi - .pi }
    let data = try Dataset(
      name: "sine", features: x.map { [$0] }, targets: x.map { [Float(sin(Double($0)))] })
    let trainer = try fit(
      data, Network(inputs: 1, hidden: [32, 32], outputs: 1),
      TrainingConfiguration(
        epochs: 400, batchSize: 20, learningRate: 0.01, threads: 2, seed: 1, loss: loss))
    let evaluation = try trainer.evaluate(data)
    #expect(evaluation.loss < limit)
    #expect(evaluation.accuracy == nil)
    #expect(abs(try trainer.outputs(of: [.pi / 2])[0] - 1) < 0.1)
  }

  /// Images through a layer of 32 units: what the best constant image leaves of the squared error
  /// is the variance of the pixels, and the network must leave less than half of that on images it
  /// has not seen.
  @Test func autoencoderOfDigits() throws {
    let digits = EmbeddedDigits.generate(trainingCount: 4000, testCount: 500, threads: 2)
    let trainer = try fit(
      digits.training.autoencoding(),
      Network(
        inputs: 784,
        layers: [
          LayerDescription(outputs: 32, activation: .tanh),
          LayerDescription(outputs: 784, activation: .identity),
        ]),
      TrainingConfiguration(
        epochs: 10, batchSize: 50, learningRate: 2, threads: 2, seed: 1,
        initializer: .xavier, loss: .meanSquaredError))
    let test = digits.test.autoencoding()
    let rows = (0..<test.count).map(test.features)
    let mean = (0..<784).map { index in
      rows.reduce(0) { $0 + Double($1[index]) } / Double(rows.count)
    }
    let variance =
      rows.reduce(0) { total, row in
        total + zip(row, mean).reduce(0) { $0 + (Double($1.0) - $1.1) * (Double($1.0) - $1.1) }
      } / Double(rows.count * 784)
    #expect(try trainer.evaluate(test).loss < variance / 2)
  }

  /// Digits by each loss on their classes; of the mean absolute error, the medians of one-hot rows
  /// are all 0, which is soon learned.
  @Test(arguments: [
    (loss: Loss.softmaxCrossEntropy(labelSmoothing: 0.1), rate: Float(0.1)),
    (loss: .binaryCrossEntropy, rate: 0.3), (loss: .meanSquaredError, rate: 0.3),
    (loss: .halfSquaredError, rate: 0.03),
  ])
  func digits(loss: Loss, rate: Float) throws {
    let digits = EmbeddedDigits.generate(trainingCount: 10_000, testCount: 1000, threads: 2)
    let trainer = try fit(
      digits.training, Network(inputs: 784, hidden: [64], outputs: 10),
      TrainingConfiguration(
        epochs: 5, batchSize: 64, learningRate: rate, threads: 2, seed: 1, loss: loss))
    let accuracy = try trainer.evaluate(digits.test).accuracy ?? 0
    #expect(accuracy > 0.9)
  }
}
