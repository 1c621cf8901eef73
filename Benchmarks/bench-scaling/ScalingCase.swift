import BenchmarkSupport
import Datasets
import Kernels
import NeuralNetwork
import ScalingModel
import Terminal
import Training

/// One number of threads of a ``ScalingGroup``: what is timed in each round, and what came of it.
final class ScalingCase {
  let threads: Int
  let batchSize: Int
  let work: StepWork
  private let model: Model
  private let dataset: Dataset
  private let averaging: Averaging
  private let variant: KernelVariant
  private let runner: StepRunner
  /// Samples per second, a value for each round.
  private(set) var speeds: [Double] = []
  /// GFLOP/s of as many threads that do nothing but multiply-adds, a value for each round.
  private(set) var peaks: [Double] = []
  /// Where the time went, a value for each round in which that was measured.
  private var phases: [PhaseSeconds] = []

  init(
    threads: Int, batchSize: Int, model: Model, dataset: Dataset, averaging: Averaging,
    variant: KernelVariant
  ) throws {
    self.threads = threads
    self.batchSize = min(batchSize, dataset.count)
    self.model = model
    self.dataset = dataset
    self.averaging = averaging
    self.variant = variant
    // Where each shard has a sum of its own there are as many as threads, however many run.
    let shards = averaging == .perWorker ? threads : min(threads, ProcessorCount.usable)
    work = StepWork(
      network: model.network, samples: self.batchSize, shards: min(shards, self.batchSize))
    runner = try StepRunner(
      model: model, dataset: dataset,
      configuration: Self.configuration(
        threads: threads, batchSize: batchSize, averaging: averaging, measuresPhases: false),
      kernels: variant)
  }

  private static func configuration(
    threads: Int, batchSize: Int, averaging: Averaging, measuresPhases: Bool
  ) -> TrainingConfiguration {
    TrainingConfiguration(
      batchSize: batchSize, learningRate: 0.1, schedule: .constant, optimizer: .sgd,
      threads: threads, averaging: averaging, measuresPhases: measuresPhases, seed: 1)
  }

  /// Runs until caches and threads are warm.
  func warmUp(seconds: Double) throws { _ = try runner.run(seconds: seconds) }

  /// Measures once.
  /// - Returns: How long it took.
  @discardableResult
  func measure(seconds: Double) throws -> Double {
    let lap = try runner.run(seconds: seconds)
    speeds.append(lap.samplesPerSecond)
    return lap.seconds
  }

  /// The peak of this moment.
  func measurePeak() { peaks.append(Peak.measure(variant.kernels, threads: threads)) }

  /// Finds out where the time goes, in laps of their own: reading the clock in every phase costs
  /// time, most of all with small batches.
  func measurePhases(seconds: Double) throws {
    let runner = try StepRunner(
      model: model, dataset: dataset,
      configuration: Self.configuration(
        threads: threads, batchSize: batchSize, averaging: averaging, measuresPhases: true),
      kernels: variant)
    _ = try runner.run(seconds: seconds)
    if let measured = runner.phases { phases.append(measured) }
  }

  /// The checksum of the parameters after one iteration more than none: a new runner's.
  func parametersAfterOneIteration() throws -> UInt32 {
    let runner = try StepRunner(
      model: model, dataset: dataset,
      configuration: Self.configuration(
        threads: threads, batchSize: batchSize, averaging: averaging, measuresPhases: false),
      kernels: variant)
    _ = try runner.run(seconds: 0)
    return runner.parametersCRC32
  }

  // MARK: Figures

  /// Iterations in a second.
  private var iterationRate: Double { Spread(speeds).median / Double(batchSize) }

  /// GFLOP/s, zeros counted as if they were multiplied.
  var speed: Double { iterationRate * work.operations / 1e9 }

  var shareOfPeak: Double { speed / Spread(peaks).median }

  /// Bytes by ``StepWork/bytes``, in GB/s.
  var traffic: Double { iterationRate * work.bytes / 1e9 }

  /// The share of each phase in the time of all workers: the median over the rounds.
  var shares: [(name: String, share: Double)] {
    let rounds = phases.map(\.shares)
    guard let names = rounds.first?.map(\.name) else { return [] }
    let medians = names.indices.map { phase in Spread(rounds.map { $0[phase].share }).median }
    return zip(names, medians).map { ($0, $1 / medians.reduce(0, +)) }
  }
}

extension PhaseSeconds {
  /// Each of them under the name that reports give it.
  var named: [(name: String, seconds: Double)] {
    [
      ("gather", gather), ("forward", forward), ("loss", loss), ("backward", backward),
      ("update", update), ("waiting", waiting),
    ]
  }

  /// Each of them as a share of all.
  var shares: [(name: String, share: Double)] {
    named.map { ($0.name, $0.seconds / total) }
  }
}
