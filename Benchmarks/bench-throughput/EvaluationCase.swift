import BenchmarkSupport
import Datasets
import Kernels
import NeuralNetwork
import ScalingModel
import Terminal
import Training

/// One row of the benchmark's second table: the loss and the accuracy of a model on all of the
/// test images.
struct EvaluationCase {
  private let model: String
  private let threads: Int
  private let pixels: String
  private let dataset: Dataset
  private let evaluator: Evaluator
  private var evaluations = 1
  private var milliseconds: [Double] = []
  private var result: Evaluation?

  init(
    model: String, threads: Int, pixels: String, workload: Workload, variant: KernelVariant
  ) throws {
    self.model = model
    self.threads = threads
    self.pixels = pixels
    dataset = workload.test
    let network = try workload.network(model)
    evaluator = Evaluator(
      model: Model(network: network, parameters: Parameters(heInitializing: network, seed: 1)),
      kernels: variant, threads: threads)
  }

  /// Evaluates once, and finds out how often it must to fill a measurement.
  mutating func warmUp(seconds: Double) throws {
    evaluations = try max(1, Int((seconds / run(evaluations: 1)).rounded(.up)))
  }

  mutating func measure() throws {
    milliseconds.append(try run(evaluations: evaluations) / Double(evaluations) * 1e3)
  }

  /// Returns the seconds that it took; throws if the result is not that of the time before.
  private mutating func run(evaluations: Int) throws -> Double {
    let start = ContinuousClock.now
    for _ in 0..<evaluations {
      let result = try evaluator.evaluate(dataset)
      guard result == self.result ?? result else {
        throw Failure(description: "\(model), \(threads) threads, \(pixels): two results differ")
      }
      self.result = result
    }
    let duration = (ContinuousClock.now - start).components
    return Double(duration.seconds) + Double(duration.attoseconds) * 1e-18
  }

  /// Throws unless rows that differ in the number of threads only have come to the same result.
  static func check(_ cases: [EvaluationCase]) throws {
    for (index, entry) in cases.enumerated() {
      let alike = cases[..<index].first {
        ($0.model, $0.pixels) == (entry.model, entry.pixels)
      }
      if let alike, alike.result != entry.result {
        throw Failure(
          description: "\(entry.model), \(entry.pixels): the evaluation differs between "
            + "\(alike.threads) and \(entry.threads) threads")
      }
    }
  }

  // MARK: Report

  static var table: TextTable {
    TextTable(columns: [
      ("evaluation", .left), ("images", .right), ("thr", .right), ("pixels", .left), ("ms", .right),
      ("least", .right), ("greatest", .right),
    ])
  }

  var row: [String] {
    let spread = Spread(milliseconds)
    return [model, NumberText.grouped(dataset.count), "\(threads)", pixels]
      + [spread.median, spread.minimum, spread.maximum].map { NumberText.fixed($0, decimals: 2) }
  }

  var measured: Measured {
    Measured(
      id: "evaluate \(model), \(threads) threads, \(pixels)", figure: "milliseconds",
      isBetterWhenLess: true, spread: Spread(milliseconds),
      members: [
        ("model", .string(model)), ("threads", .integer(threads)), ("pixels", .string(pixels)),
        ("dataset", .string(dataset.name)), ("samples", .integer(dataset.count)),
      ])
  }
}
