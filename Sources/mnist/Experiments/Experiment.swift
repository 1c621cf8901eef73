import Datasets
import Kernels
import NeuralNetwork
import Terminal
import Training

/// One of the experiments of `mnist experiment`.
protocol Experiment: Sendable {
  /// The word that selects it.
  var name: String { get }
  /// What it compares, without a full stop.
  var summary: String { get }
  /// What is held fixed, and how to read the table: a sentence or two.
  var remark: String { get }
  /// Whether it works on images; else it makes its own data.
  var needsImages: Bool { get }

  /// Runs it.
  /// - Parameter onRow: Called with each row as soon as it is known.
  func run(
    in laboratory: Laboratory, onRow: ([ExperimentCell]) throws -> Void
  ) throws -> ExperimentTable
}

extension Experiment {
  var needsImages: Bool { true }
}

/// A value of a table: how a person reads it, and how a program does.
struct ExperimentCell {
  /// The name in the log.
  let field: String
  let text: String
  let value: JSONValue

  static func text(_ field: String, _ text: String) -> ExperimentCell {
    ExperimentCell(field: field, text: text, value: .string(text))
  }

  static func count(_ field: String, _ value: Int) -> ExperimentCell {
    ExperimentCell(field: field, text: NumberText.grouped(value), value: .integer(value))
  }

  /// A fraction, shown in percent.
  static func share(_ field: String, _ value: Double) -> ExperimentCell {
    ExperimentCell(field: field, text: NumberText.percent(value), value: .number(value))
  }

  static func seconds(_ field: String, _ value: Double) -> ExperimentCell {
    ExperimentCell(
      field: field, text: NumberText.duration(value, decimals: 3), value: .number(value))
  }

  /// A number to so many digits that mean something.
  static func number(_ field: String, _ value: Double, digits: Int = 4) -> ExperimentCell {
    ExperimentCell(
      field: field, text: NumberText.significant(value, digits: digits), value: .number(value))
  }
}

/// The rows of an experiment, and what is shown below them.
struct ExperimentTable {
  private var table: TextTable
  /// Lines below the table: pictures.
  var drawing: [String] = []

  /// - Parameter titles: Of the columns; the first one is aligned to the left.
  init(_ titles: [String]) {
    table = TextTable(
      columns: titles.enumerated().map { ($1, $0 == 0 ? .left : .right) })
  }

  mutating func add(_ row: [ExperimentCell]) { table.addRow(row.map(\.text)) }

  var lines: [String] { table.lines() + (drawing.isEmpty ? [] : [""] + drawing) }
}

/// What experiments work with.
struct Laboratory {
  let images: (training: Dataset, test: Dataset)?
  let variant: KernelVariant
  let threads: Int
  let seed: UInt64
  let liveLine: LiveLine

  init(
    images: (training: Dataset, test: Dataset)?, variant: KernelVariant, threads: Int,
    seed: UInt64, console: Console
  ) {
    self.images = images
    self.variant = variant
    self.threads = threads
    self.seed = seed
    liveLine = LiveLine(
      stream: console.errors, capabilities: console.errorCapabilities,
      longest: Console.longestLine)
  }

  /// A configuration of this laboratory's threads and seed.
  func configuration(
    epochs: Int, batchSize: Int, learningRate: Float, schedule: LearningRateSchedule = .constant,
    optimizer: Optimizer = .sgd
  ) -> TrainingConfiguration {
    TrainingConfiguration(
      epochs: epochs, batchSize: batchSize, learningRate: learningRate, schedule: schedule,
      optimizer: optimizer, threads: threads, seed: seed)
  }

  /// Trains a network, showing what is being done.
  func train(
    _ network: Network, on dataset: Dataset, _ configuration: TrainingConfiguration, doing: String
  ) throws -> (trainer: Trainer, result: TrainingResult) {
    let trainer = try Trainer(network: network, configuration: configuration, kernels: variant)
    liveLine.update { _ in doing }
    let result = try trainer.fit(dataset)
    return (trainer, result)
  }

  /// - Precondition: The experiment has asked for images.
  func requireImages() -> (training: Dataset, test: Dataset) {
    guard let images else { preconditionFailure("an experiment that did not ask for images") }
    return images
  }
}
