import Datasets
import Foundation
import Kernels
import NeuralNetwork
import Testing
import Training

/// One and ten training steps against PyTorch in double precision, for every activation, loss,
/// optimizer, regularizer and way of clipping, and for every pair of them. `tools/golden` makes the
/// numbers and, by running error analysis, the bounds; none of them is chosen.
@Suite struct GoldenStepTests {
  /// The file of `tools/golden`.
  struct File: Decodable {
    let torch: String
    let features: [[Float]]
    let labels: [Int]
    let targets: [[Float]]
    let cases: [Case]
  }

  struct Case: Decodable, Sendable, CustomTestStringConvertible {
    let sizes: [Int]
    let activations: [String]
    let loss: String
    let optimizer: String
    let learningRate: Float
    let regularizers: [String]
    let clipping: String
    let initial: [Float]
    let afterOne: [Double]
    let afterOneBounds: [Double]
    let afterTen: [Double]
    let afterTenBounds: [Double]

    var testDescription: String {
      "\(activations), \(loss), \(optimizer), \(regularizers), clipping \(clipping)"
    }

    func network() throws -> Network {
      try Network(
        inputs: sizes[0],
        layers: zip(sizes.dropFirst(), activations).map { outputs, activation in
          LayerDescription(outputs: outputs, activation: try #require(Activation(activation)))
        })
    }

    /// One batch of all samples an epoch.
    func configuration(steps: Int, batchSize: Int, threads: Int) throws -> TrainingConfiguration {
      var configuration = TrainingConfiguration(
        epochs: steps, batchSize: batchSize, learningRate: learningRate, schedule: .constant,
        threads: threads, seed: 1)
      configuration.loss = try #require(Loss(loss))
      configuration.optimizer = try #require(Optimizer(optimizer))
      configuration.regularizers = try regularizers.map { try #require(Regularizer($0)) }
      if clipping != "none" {
        let limit: Clipping = try #require(Clipping(clipping))
        configuration.clipping = limit
      }
      return configuration
    }
  }

  static let file: File? = {
    let path = #filePath.replacingOccurrences(
      of: "Tests/TrainingTests/GoldenStepTests.swift", with: "tools/golden-steps.json")
    return FileManager.default.contents(atPath: path).flatMap {
      try? JSONDecoder().decode(File.self, from: $0)
    }
  }()

  /// The parameters after some steps.
  private func trained(
    _ golden: Case, steps: Int, _ kernels: KernelVariant
  ) throws -> [Float] {
    let file = try #require(Self.file)
    // Classes where the loss takes them, values where it does not.
    let dataset =
      golden.loss.hasPrefix("cross-entropy")
      ? try Dataset(
        name: "golden", features: file.features, labels: file.labels, classCount: 3)
      : try Dataset(name: "golden", features: file.features, targets: file.targets)
    let network = try golden.network()
    let trainer = try Trainer(
      model: Model(network: network, parameters: Parameters(values: golden.initial)),
      configuration: golden.configuration(
        steps: steps, batchSize: file.features.count, threads: 2),
      kernels: kernels)
    #expect(try trainer.fit(dataset).stopped == .completed)
    return trainer.model.parameters.values
  }

  @Test func theFileIsThere() throws {
    let file = try #require(Self.file, "tools/golden-steps.json cannot be read")
    #expect(file.cases.count == 162)
  }

  @Test(arguments: file?.cases ?? [], KernelVariant.all)
  func stepsAgreeWithPyTorch(golden: Case, kernels: KernelVariant) throws {
    for (steps, expected, bounds) in [
      (1, golden.afterOne, golden.afterOneBounds), (10, golden.afterTen, golden.afterTenBounds),
    ] {
      let found = try trained(golden, steps: steps, kernels)
      try #require(found.count == expected.count)
      let worst = zip(zip(found, expected), bounds).map { pair, bound in
        abs(Double(pair.0) - pair.1) / bound
      }.reduce(0) { $1.isNaN ? .infinity : max($0, $1) }
      #expect(worst <= 1, "after \(steps) steps: \(worst) of the bound")
    }
  }
}
