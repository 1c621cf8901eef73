import Datasets
import NeuralNetwork
import Terminal
import Training

/// Why deep networks of sigmoids did not learn: σ′ ≤ ¼, so that the gradient shrinks from layer to
/// layer on its way back; ReLU passes it on.
struct VanishingExperiment: Experiment {
  let name = "vanishing"
  let summary = "the gradient in each layer of a deep network, sigmoid against ReLU"
  let remark =
    "Eight hidden layers of 32 units; the norm of the gradient of each layer's weights on 1,000 "
    + "training images, before training and after 2 epochs of SGD with momentum 0.9 in batches of "
    + "64 at a rate of 0.01. Weights start as Xavier has it for sigmoid, and He for ReLU."

  private static let depth = 8
  private static let width = 32
  private static let sampleCount = 1000

  /// What a network's layers get.
  private struct Norms {
    let before: [Double]
    let after: [Double]
    let accuracy: Double
  }

  func run(
    in laboratory: Laboratory, onRow: ([ExperimentCell]) throws -> Void
  ) throws -> ExperimentTable {
    let images = laboratory.requireImages()
    let sigmoid = try norms(.sigmoid, .xavier, images, laboratory)
    let relu = try norms(.relu, .he, images, laboratory)
    var table = ExperimentTable([
      "layer", "sigmoid, before", "sigmoid, after", "ReLU, before", "ReLU, after",
    ])
    for layer in 0...Self.depth {
      let row: [ExperimentCell] = [
        .count("layer", layer + 1),
        .number("sigmoid_before", sigmoid.before[layer], digits: 3),
        .number("sigmoid_after", sigmoid.after[layer], digits: 3),
        .number("relu_before", relu.before[layer], digits: 3),
        .number("relu_after", relu.after[layer], digits: 3),
      ]
      table.add(row)
      try onRow(
        row + [
          .share("sigmoid_accuracy", sigmoid.accuracy), .share("relu_accuracy", relu.accuracy),
        ])
    }
    table.drawing = [
      "test accuracy after training: sigmoid \(NumberText.percent(sigmoid.accuracy)), "
        + "ReLU \(NumberText.percent(relu.accuracy))"
    ]
    return table
  }

  private func norms(
    _ activation: Activation, _ initializer: Initializer,
    _ images: (training: Dataset, test: Dataset), _ laboratory: Laboratory
  ) throws -> Norms {
    let hidden = LayerDescription(outputs: Self.width, activation: activation)
    let network = try Network(
      inputs: images.training.featureCount,
      layers: Array(repeating: hidden, count: Self.depth) + [
        LayerDescription(outputs: images.training.classCount, activation: .identity)
      ])
    let trainer = try Trainer(
      model: Model(
        network: network,
        parameters: Parameters(
          initializing: network, with: initializer, seed: laboratory.seed)),
      configuration: laboratory.configuration(
        epochs: 2, batchSize: 64, learningRate: 0.01, optimizer: .momentum(0.9)),
      kernels: laboratory.variant)
    let samples = images.training.subset(at: 0..<min(Self.sampleCount, images.training.count))
    laboratory.liveLine.update { _ in "training with \(activation)" }
    let before = try trainer.gradient(on: samples).weightNorms(of: network)
    try trainer.fit(images.training)
    return Norms(
      before: before, after: try trainer.gradient(on: samples).weightNorms(of: network),
      accuracy: try trainer.evaluate(images.test).accuracy ?? .nan)
  }
}
