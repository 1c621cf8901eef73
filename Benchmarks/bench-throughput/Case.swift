import BenchmarkSupport
import Datasets
import Kernels
import NeuralNetwork
import Terminal
import Training

/// One row of the benchmark.
struct Case {
  let model: String
  let batchSize: Int
  let threads: Int
  let pixels: String
  let averaging: String
  private let dataset: Dataset
  private let network: Network
  private let variant: KernelVariant
  private var epochs = 1
  private var speeds: [Double] = []
  private var phases: [PhaseSeconds] = []

  init(
    model: String, batchSize: Int, threads: Int, pixels: String, averaging: String,
    dataset: Dataset, variant: KernelVariant
  ) throws {
    self.model = model
    self.batchSize = batchSize
    self.threads = threads
    self.pixels = pixels
    self.averaging = averaging
    self.dataset = dataset.subset(at: 0..<Workload.samples(model))
    self.variant = variant
    network = try Network(
      inputs: dataset.featureCount, hidden: Workload.hidden(model), outputs: dataset.classCount)
  }

  /// Runs until the machine is warm, checks the result, and finds out how many epochs fill a
  /// measurement.
  mutating func warmUp(seconds: Double) throws {
    let result = try run(epochs: 1)
    epochs = max(1, Int((seconds / result.seconds).rounded(.up)))
  }

  mutating func measure() throws {
    let result = try run(epochs: epochs)
    speeds.append(Double(result.samples) / result.seconds)
    if let seconds = result.phases { phases.append(seconds) }
  }

  private func run(epochs: Int) throws -> TrainingResult {
    let trainer = try Trainer(
      network: network,
      configuration: TrainingConfiguration(
        epochs: epochs, batchSize: batchSize, learningRate: 0.1, schedule: .constant, momentum: 0,
        threads: threads, averaging: averaging == "slabs" ? .slabs : .perWorker,
        measuresPhases: true, seed: 1),
      kernels: variant)
    let result = try trainer.fit(dataset)
    guard result.stopped == .completed, result.samples == dataset.count * epochs else {
      throw Failure(description: "\(label): the run \(result.stopped.rawValue)")
    }
    return result
  }

  private struct Failure: Error, CustomStringConvertible { let description: String }

  private var label: String { "\(model), batch \(batchSize), \(threads) threads, \(pixels)" }

  // MARK: Report

  static var table: TextTable {
    TextTable(columns: [
      ("", .left), ("batch", .right), ("thr", .right), ("pixels", .left), ("samples/s", .right),
      ("least", .right), ("greatest", .right), ("gather", .right), ("fwd", .right),
      ("loss", .right), ("bwd", .right), ("update", .right), ("wait", .right),
    ])
  }

  var row: [String] {
    let spread = Spread(speeds)
    return [
      model + (averaging == "slabs" ? "" : " perWorker"), "\(batchSize)", "\(threads)", pixels,
      NumberText.grouped(rounding: spread.median), NumberText.grouped(rounding: spread.minimum),
      NumberText.grouped(rounding: spread.maximum),
    ] + shares.map { NumberText.percent($0.share, decimals: 0) }
  }

  /// The share of each phase in the time of all workers.
  private var shares: [(name: String, share: Double)] {
    let total = phases.reduce(0) { $0 + $1.total }
    func share(_ phase: (PhaseSeconds) -> Double) -> Double {
      phases.reduce(0) { $0 + phase($1) } / total
    }
    return [
      ("gather", share(\.gather)), ("forward", share(\.forward)), ("loss", share(\.loss)),
      ("backward", share(\.backward)), ("update", share(\.update)),
      ("waiting", share(\.waiting)),
    ]
  }

  var json: JSONValue {
    .object([
      ("model", .string(model)), ("batch_size", .integer(batchSize)),
      ("threads", .integer(threads)), ("pixels", .string(pixels)),
      ("averaging", .string(averaging)), ("samples_per_second", Spread(speeds).json),
      ("phases", .object(shares.map { ($0.name, .number($0.share)) })),
    ])
  }
}
