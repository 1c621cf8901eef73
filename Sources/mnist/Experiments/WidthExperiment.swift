import NeuralNetwork
import Terminal
import Training

/// One hidden layer, from none of its units to many.
struct WidthExperiment: Experiment {
  let name = "width"
  let summary = "accuracy and time by the number of hidden units"
  let remark =
    "One hidden layer with ReLU (none: softmax regression), SGD with momentum 0.9 in batches of "
    + "64, 3 epochs with a rate that falls from 0.05 to 0."

  private static let widths = [0, 2, 4, 8, 16, 32, 64, 128, 256, 512]

  func run(
    in laboratory: Laboratory, onRow: ([ExperimentCell]) throws -> Void
  ) throws -> ExperimentTable {
    let (training, test) = laboratory.requireImages()
    var table = ExperimentTable([
      "hidden units", "parameters", "training loss", "test accuracy", "time per epoch",
    ])
    for width in Self.widths {
      let network = try Network(
        inputs: training.featureCount, hidden: width == 0 ? [] : [width],
        outputs: training.classCount)
      let (trainer, result) = try laboratory.train(
        network, on: training,
        laboratory.configuration(
          epochs: 3, batchSize: 64, learningRate: 0.05, schedule: .linear, optimizer: .momentum(0.9)
        ),
        doing: "training \(network)")
      let row: [ExperimentCell] = [
        .count("hidden_units", width), .count("parameters", network.parameterCount),
        .number("training_loss", result.epochs.last?.loss ?? .nan),
        .share("test_accuracy", try trainer.evaluate(test).accuracy ?? .nan),
        .seconds("seconds_per_epoch", result.seconds / Double(result.epochs.count)),
      ]
      table.add(row)
      try onRow(row)
    }
    return table
  }
}
