import Datasets
import NeuralNetwork
import Terminal
import Training

/// Fat and short against thin and tall: networks of nearly the same number of parameters, in one
/// hidden layer or in several.
struct DepthExperiment: Experiment {
  let name = "depth"
  let summary = "fat and short against thin and tall, with the same number of parameters"
  let remark =
    "Hidden layers of one width, ReLU, SGD with momentum 0.9 in batches of 64, 12 epochs with a "
    + "rate that falls from 0.05 to 0: deep networks are the last to have learned."

  private static let depths = [1, 2, 3, 5]
  /// Parameters of networks with one hidden layer of 16, 32 and 64 units on 784 inputs.
  private static let widths = [16, 32, 64]

  func run(
    in laboratory: Laboratory, onRow: ([ExperimentCell]) throws -> Void
  ) throws -> ExperimentTable {
    let (training, test) = laboratory.requireImages()
    var table = ExperimentTable([
      "network", "hidden layers", "parameters", "training loss", "test accuracy", "time",
    ])
    for width in Self.widths {
      let budget = try network(depth: 1, width: width, training).parameterCount
      for depth in Self.depths {
        let network = try nearest(to: budget, depth: depth, widest: width, training)
        let (trainer, result) = try laboratory.train(
          network, on: training,
          laboratory.configuration(
            epochs: 12, batchSize: 64, learningRate: 0.05, schedule: .linear,
            optimizer: .momentum(0.9)),
          doing: "training \(network)")
        let row: [ExperimentCell] = [
          .text("network", network.description), .count("hidden_layers", depth),
          .count("parameters", network.parameterCount),
          .number("training_loss", result.epochs.last?.loss ?? .nan),
          .share("test_accuracy", try trainer.evaluate(test).accuracy ?? .nan),
          .seconds("seconds", result.seconds),
        ]
        table.add(row)
        try onRow(row)
      }
    }
    return table
  }

  private func network(depth: Int, width: Int, _ dataset: Dataset) throws -> Network {
    try Network(
      inputs: dataset.featureCount, hidden: Array(repeating: width, count: depth),
      outputs: dataset.classCount)
  }

  /// The network of this depth whose number of parameters is nearest to `budget`. More layers of a
  /// width have more parameters, so the width is at most that of one layer.
  private func nearest(
    to budget: Int, depth: Int, widest: Int, _ dataset: Dataset
  ) throws -> Network {
    var best = try network(depth: depth, width: widest, dataset)
    for width in 1..<widest {
      let other = try network(depth: depth, width: width, dataset)
      if abs(other.parameterCount - budget) < abs(best.parameterCount - budget) { best = other }
    }
    return best
  }
}
