import BenchmarkSupport
import Datasets
import Kernels
import NeuralNetwork
import ScalingModel
import Terminal
import Training

/// Throughput by number of threads, all else being equal: one table of the benchmark.
struct ScalingGroup {
  /// What stays the same while threads are added.
  enum Kind: String, CaseIterable {
    /// The batch: each thread has less to do.
    case strong
    /// The shard: each thread has as much to do as before, and the batch grows.
    case weak
  }

  let kind: Kind
  let model: String
  /// Samples in the batch, or with `weak` in each thread's shard of it.
  let size: Int
  let pixels: String
  let averaging: Averaging
  let datasetName: String
  let network: Network
  let cases: [ScalingCase]

  init(
    kind: Kind, model: String, size: Int, pixels: String, averaging: Averaging, threads: [Int],
    workload: Workload, variant: KernelVariant
  ) throws {
    self.kind = kind
    self.model = model
    self.size = size
    self.pixels = pixels
    self.averaging = averaging
    let network = try workload.network(model)
    self.network = network
    let dataset = workload.images(model)
    datasetName = dataset.name
    let initial = Model(network: network, parameters: Parameters(heInitializing: network, seed: 1))
    cases = try threads.map {
      try ScalingCase(
        threads: $0, batchSize: kind == .strong ? size : size * $0, model: initial,
        dataset: dataset, averaging: averaging, variant: variant)
    }
  }

  /// One round: every number of threads right after the other, beginning with another one each
  /// time.
  func measure(round: Int, seconds: Double) throws {
    for index in cases.indices {
      let entry = cases[(index + round) % cases.count]
      try entry.measure(seconds: seconds)
      entry.measurePeak()
    }
  }

  /// Throws unless one iteration comes to the same weights on any number of threads: the contract
  /// of the average by slabs.
  func check() throws {
    guard averaging == .slabs, kind == .strong, let first = cases.first else { return }
    let expected = try first.parametersAfterOneIteration()
    for entry in cases.dropFirst() {
      let found = try entry.parametersAfterOneIteration()
      guard found == expected else {
        throw DifferentWeights(
          description: "\(id(entry)): the weights after an iteration have the checksum "
            + "\(String(found, radix: 16)), those of \(first.threads) thread "
            + String(expected, radix: 16))
      }
    }
  }

  private struct DifferentWeights: Error, CustomStringConvertible { let description: String }

  // MARK: Names

  private var sizeText: String { kind == .strong ? "batch \(size)" : "shard \(size)" }

  var title: String {
    let sizes = ([network.inputCount] + network.layers.map(\.units)).map(String.init)
    return "\(model) = \(sizes.joined(separator: "-")), \(sizeText)"
      + (kind == .strong ? "" : " (weak scaling: the batch is threads × \(size))")
      + ", \(averaging.rawValue), pixels: \(datasetName)"
  }

  /// The same in every run.
  func id(_ entry: ScalingCase) -> String {
    var parts = [model, sizeText, "\(entry.threads) threads", pixels]
    if averaging != .slabs { parts.append(averaging.rawValue) }
    return parts.joined(separator: ", ")
  }

  // MARK: Results

  func study(cores: Int, bootstrap: RoundBootstrap) -> ScalingStudy {
    ScalingStudy(
      cases.map { ($0.threads, $0.speeds) }, cores: cores, bootstrap: bootstrap)
  }

  func measured(_ study: ScalingStudy) -> [Measured] {
    cases.map { entry in
      let point = study.points.first { $0.threads == entry.threads }
      return Measured(
        id: id(entry), figure: "samples_per_second", spread: Spread(entry.speeds),
        members: [
          ("scaling", .string(kind.rawValue)), ("model", .string(model)),
          ("batch_size", .integer(entry.batchSize)), ("threads", .integer(entry.threads)),
          ("pixels", .string(pixels)), ("dataset", .string(datasetName)),
          ("averaging", .string(averaging.rawValue)), ("optimizer", .string("sgd")),
          ("speed_up", .optional(point?.speedUp)),
          ("speed_up_interval", point?.speedUpInterval.json ?? .null),
          ("efficiency", .optional(point?.efficiency)),
          ("phases", .object(entry.shares.map { ($0.name, .number($0.share)) })),
          ("gflops", .number(entry.speed)), ("peak_gflops", .number(Spread(entry.peaks).median)),
          ("share_of_peak", .number(entry.shareOfPeak)),
          ("bytes_per_iteration", .number(entry.work.bytes)),
          ("operations_per_iteration", .number(entry.work.operations)),
          ("gigabytes_per_second", .number(entry.traffic)),
        ])
    }
  }
}
