import BenchmarkSupport
import Datasets
import Kernels
import NeuralNetwork
import ScalingModel
import Terminal
import Training

/// One row of the benchmark.
struct Case {
  let model: String
  let batchSize: Int
  let threads: Int
  let pixels: String
  let averaging: String
  let optimizer: Optimizer
  /// The share of the hidden layers' outputs that is dropped.
  let dropout: Float
  private let dataset: Dataset
  private let network: Network
  private let variant: KernelVariant
  private var epochs = 1
  private var speeds: [Double] = []
  private var phases: PhaseSeconds?
  /// The mean training loss of the last epoch.
  private var loss = Double.nan
  /// The checksum of the weights after the one epoch of the warm-up.
  private var weights: UInt32 = 0

  init(
    model: String, batchSize: Int, threads: Int, pixels: String, averaging: String,
    optimizer: Optimizer, dropout: Float, workload: Workload, variant: KernelVariant
  ) throws {
    self.model = model
    self.batchSize = batchSize
    self.threads = threads
    self.pixels = pixels
    self.averaging = averaging
    self.optimizer = optimizer
    self.dropout = dropout
    self.variant = variant
    dataset = workload.images(model)
    network = try workload.network(model, dropout: dropout)
  }

  /// Trains for an epoch, until the machine is warm, and finds out how many epochs fill a
  /// measurement.
  mutating func warmUp(seconds: Double) throws {
    let result = try run(epochs: 1)
    weights = result.weights
    epochs = max(1, Int((seconds / max(result.seconds, 1e-6)).rounded(.up)))
  }

  /// Throws unless all rows that differ in the number of threads only have come to the same
  /// weights: the contract of the average by slabs.
  static func check(_ cases: [Case]) throws {
    for (index, entry) in cases.enumerated() where entry.averaging == "slabs" {
      let alike = cases[..<index].first {
        ($0.model, $0.batchSize, $0.pixels, $0.averaging, $0.optimizer, $0.dropout)
          == (
            entry.model, entry.batchSize, entry.pixels, entry.averaging, entry.optimizer,
            entry.dropout
          )
      }
      if let alike, alike.weights != entry.weights {
        throw Failure(
          description:
            "the weights after one epoch differ between \(alike.label) and \(entry.label)")
      }
    }
  }

  /// Finds out where the time goes, in a run of its own: reading the clock in every phase costs
  /// time, most of all with small batches.
  mutating func measurePhases() throws {
    phases = try run(epochs: epochs, measuresPhases: true).phases
  }

  mutating func measure() throws {
    let result = try run(epochs: epochs)
    speeds.append(Double(dataset.count * epochs) / result.seconds)
    loss = result.loss
  }

  private func run(
    epochs: Int, measuresPhases: Bool = false
  ) throws -> (seconds: Double, loss: Double, weights: UInt32, phases: PhaseSeconds?) {
    let trainer = try Trainer(
      network: network,
      configuration: TrainingConfiguration(
        epochs: epochs, batchSize: batchSize, learningRate: Self.learningRate(of: optimizer),
        schedule: .constant, optimizer: optimizer, threads: threads,
        averaging: averaging == "slabs" ? .slabs : .perWorker,
        measuresPhases: measuresPhases, seed: 1),
      kernels: variant)
    let result = try trainer.fit(dataset)
    guard result.stopped == .completed, result.samples == dataset.count * epochs,
      let last = result.epochs.last
    else {
      throw Failure(description: "\(label): the run \(result.stopped)")
    }
    return (result.seconds, last.loss, trainer.model.parameters.crc32, result.phases)
  }

  private var label: String {
    "\(model), batch \(batchSize), \(threads) threads, \(pixels), \(optimizer)\(dropoutText)"
  }

  private var modelText: String { model + (averaging == "slabs" ? "" : " perWorker") }

  /// What a comparison is of: "adam", "sgd, dropout 0.5".
  private var rule: String { optimizer.name + dropoutText }

  /// ", dropout 0.5"; empty for none.
  private var dropoutText: String { dropout > 0 ? ", dropout \(dropout)" : "" }

  /// One with which the optimizer learns.
  static func learningRate(of optimizer: Optimizer) -> Float {
    switch optimizer {
    case .sgd, .lectureMomentum: 0.1
    case .momentum, .nesterov: 0.01
    case .rmsprop, .adam, .adamW: 0.001
    }
  }

  // MARK: Report

  static var table: TextTable {
    TextTable(columns: [
      ("", .left), ("optimizer", .left), ("batch", .right), ("thr", .right), ("pixels", .left),
      ("samples/s", .right),
      ("least", .right), ("greatest", .right), ("gather", .right), ("fwd", .right),
      ("loss", .right), ("bwd", .right), ("update", .right), ("wait", .right),
    ])
  }

  var row: [String] {
    let spread = Spread(speeds)
    return [
      modelText, rule,
      "\(batchSize)", "\(threads)", pixels,
      NumberText.grouped(rounding: spread.median), NumberText.grouped(rounding: spread.minimum),
      NumberText.grouped(rounding: spread.maximum),
    ] + shares.map { NumberText.percent($0.share, decimals: 0) }
  }

  /// The speed of each row as a multiple of that of the first one which differs from it in nothing
  /// but the optimizer or dropout; nil where there are no such rows.
  static func comparison(_ cases: [Case], _ bootstrap: RoundBootstrap) -> TextTable? {
    var table = TextTable(columns: [
      ("against the first of its kind", .left), ("batch", .right), ("thr", .right),
      ("pixels", .left), ("ratio", .right), ("95 % interval", .right),
    ])
    var isEmpty = true
    for (index, entry) in cases.enumerated() {
      let first = cases[..<index].first {
        ($0.model, $0.batchSize, $0.threads, $0.pixels, $0.averaging)
          == (entry.model, entry.batchSize, entry.threads, entry.pixels, entry.averaging)
      }
      guard let first else { continue }
      let interval = bootstrap.interval(ofRatio: entry.speeds, to: first.speeds)
      table.addRow([
        "\(entry.modelText), \(entry.rule) to \(first.rule)", "\(entry.batchSize)",
        "\(entry.threads)", entry.pixels,
        NumberText.fixed(
          Spread(entry.speeds).median / Spread(first.speeds).median, decimals: 2),
        "\(NumberText.fixed(interval.lower, decimals: 2)) to "
          + NumberText.fixed(interval.upper, decimals: 2),
      ])
      isEmpty = false
    }
    return isEmpty ? nil : table
  }

  /// The share of each phase in the time of all workers.
  private var shares: [(name: String, share: Double)] {
    guard let phases else { return [] }
    func share(_ phase: KeyPath<PhaseSeconds, Double>) -> Double {
      phases[keyPath: phase] / phases.total
    }
    return [
      ("gather", share(\.gather)), ("forward", share(\.forward)), ("loss", share(\.loss)),
      ("backward", share(\.backward)), ("update", share(\.update)),
      ("waiting", share(\.waiting)),
    ]
  }

  var measured: Measured {
    Measured(
      id: "train \(label)" + (averaging == "slabs" ? "" : ", \(averaging)"),
      figure: "samples_per_second", spread: Spread(speeds),
      members: [
        ("model", .string(model)), ("batch_size", .integer(batchSize)),
        ("threads", .integer(threads)), ("pixels", .string(pixels)),
        ("dataset", .string(dataset.name)), ("samples", .integer(dataset.count)),
        ("averaging", .string(averaging)), ("optimizer", .string(optimizer.description)),
        ("dropout", .single(dropout)),
        ("loss", .number(loss)),
        ("weights_crc32", .integer(Int(weights))),
        ("phases", .object(shares.map { ($0.name, .number($0.share)) })),
      ])
  }
}

/// A result that is not what it must be.
struct Failure: Error, CustomStringConvertible { let description: String }
