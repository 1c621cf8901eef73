import NeuralNetwork
import Terminal
import Training

/// Stochastic, mini-batch and full-batch gradient descent: one sample an update, some, or all.
struct BatchSizeExperiment: Experiment {
  let name = "batch-size"
  let summary = "from stochastic to full-batch gradient descent"
  let remark =
    "One hidden layer of 64 units with ReLU, 10,000 images, plain SGD. The rate grows with the square root of the batch, "
    + "0.01 for one sample and 0.5 at most. Accuracy on the test images after 3 epochs, and after "
    + "half a second of training, which differs from run to run."

  private static let sizes = [1, 2, 4, 8, 16, 32, 64, 128, 256, 1024]
  private static let sampleCount = 10_000
  private static let epochs = 3
  private static let seconds = 0.5

  func run(
    in laboratory: Laboratory, onRow: ([ExperimentCell]) throws -> Void
  ) throws -> ExperimentTable {
    let (images, test) = laboratory.requireImages()
    let training = images.subset(at: 0..<min(Self.sampleCount, images.count))
    let network = try Network(
      inputs: training.featureCount, hidden: [64], outputs: training.classCount)
    var table = ExperimentTable([
      "batch size", "rate", "updates per epoch", "time per epoch",
      "after \(Self.epochs) epochs", "after \(Self.seconds) s", "epochs in that",
    ])
    for size in Self.sizes.filter({ $0 < training.count }) + [training.count] {
      let rate = min(0.01 * Float(size).squareRoot(), 0.5)
      var configuration = laboratory.configuration(
        epochs: Self.epochs, batchSize: size, learningRate: rate)
      let (trainer, result) = try laboratory.train(
        network, on: training, configuration, doing: "batches of \(size)")
      configuration.epochs = 1_000_000
      configuration.stopping.timeLimit = Self.seconds
      let (timed, timedResult) = try laboratory.train(
        network, on: training, configuration, doing: "batches of \(size), for a time")
      let row: [ExperimentCell] = [
        .count("batch_size", size), .number("learning_rate", Double(rate), digits: 3),
        .count("updates_per_epoch", result.iterations / Self.epochs),
        .seconds("seconds_per_epoch", result.seconds / Double(Self.epochs)),
        .share("accuracy_after_epochs", try trainer.evaluate(test).accuracy ?? .nan),
        .share("accuracy_after_time", try timed.evaluate(test).accuracy ?? .nan),
        .number(
          "epochs_in_time", Double(timedResult.samples) / Double(training.count), digits: 3),
      ]
      table.add(row)
      try onRow(row)
    }
    return table
  }
}
