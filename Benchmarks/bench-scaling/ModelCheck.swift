import BenchmarkSupport
import Datasets
import Kernels
import NeuralNetwork
import ScalingModel
import Terminal
import Training

/// The cost model against the step: `bench-scaling --model-check`.
///
/// In each round the model's parameters are measured, and then every cell of the grid, so that a
/// machine whose speed drifts is compared with itself.
struct ModelCheck {
  /// One model, batch size and number of threads.
  private final class Cell {
    let model: String
    let network: Network
    let entry: ScalingCase
    /// An iteration by the model, a value for each round.
    var predictions: [StepSimulation.Result] = []

    init(model: String, network: Network, entry: ScalingCase) {
      self.model = model
      self.network = network
      self.entry = entry
    }

    /// Seconds of an iteration, measured.
    var measured: Double { Double(entry.batchSize) / Spread(entry.speeds).median }
    var predicted: Double { Spread(predictions.map(\.secondsPerIteration)).median }
    /// What the model is off by, as a share of what was measured.
    var error: Double { predicted / measured - 1 }

    /// The share of each phase in the time of all workers by the model, of the round in the middle.
    var predictedShares: [(name: String, share: Double)] {
      let byTime = predictions.sorted { $0.secondsPerIteration < $1.secondsPerIteration }
      return byTime[byTime.count / 2].phases.shares
    }

    /// What each phase is off by, as a share of the measured iteration: their sum is ``error``.
    var errors: [Double] {
      zip(predictedShares, entry.shares).map { (1 + error) * $0.share - $1.share }
    }
  }

  /// Seconds of one measurement, unless an iteration takes longer: short, as the model's parameters
  /// are measured, so that most of them are not interrupted by other programs.
  private static let window = 0.004
  /// Errors up to here count as agreement.
  private static let tolerance = 0.15

  private let cells: [Cell]
  private let dataset: Dataset
  private let arguments: ParsedArguments
  private let variant: KernelVariant
  private let machine: Machine
  private let source: String

  init(_ arguments: ParsedArguments, variant: KernelVariant, machine: Machine) throws {
    self.arguments = arguments
    self.variant = variant
    self.machine = machine
    let pixels = arguments[ScalingOptions.pixels][0]
    let workload = try Workload(pixels: pixels, folder: arguments[ScalingOptions.data])
    source = "\(pixels): \(workload.source)"
    dataset = workload.training
    let models =
      arguments.isGiven(ScalingOptions.models) ? arguments[ScalingOptions.models] : Workload.models
    let sizes =
      arguments.isGiven(ScalingOptions.batchSizes)
      ? arguments[ScalingOptions.batchSizes] : [8, 16, 32, 64, 128, 256, 512, 1024, 2048]
    let counts =
      arguments[ScalingOptions.threadCounts]?.filter { $0 <= machine.limits.usable }
      ?? Set([1, machine.limits.usable]).sorted()
    guard !counts.isEmpty else {
      throw NothingToCheck(
        description: "--threads: the cost model is one of threads with a core each: expected at "
          + "least one number up to \(machine.limits.usable)")
    }
    var cells: [Cell] = []
    for model in models {
      let network = try workload.network(model)
      let initial = Model(
        network: network, parameters: Parameters(heInitializing: network, seed: 1))
      for size in sizes {
        for threads in counts {
          cells.append(
            Cell(
              model: model, network: network,
              entry: try ScalingCase(
                threads: threads, batchSize: size, model: initial,
                dataset: workload.images(model), averaging: .slabs, variant: variant)))
        }
      }
    }
    self.cells = cells
  }

  private struct NothingToCheck: Error, CustomStringConvertible { let description: String }

  func run(_ report: Report, to output: TextOutput) throws {
    let seconds = arguments[ScalingOptions.seconds]
    let rounds = arguments[ScalingOptions.repeats]
    output.writeLine(source)
    output.writeLine(
      "\(rounds) rounds, in each of which the model's parameters and then every cell are measured")
    for cell in cells { try cell.entry.warmUp(seconds: seconds / 4) }
    var parameters: [MachineParameters] = []
    for _ in 0..<rounds {
      let measured = try MachineProbe.measure(
        dataset, variant: variant, cores: machine.limits.usable)
      parameters.append(measured)
      let simulation = StepSimulation(CostModel(measured))
      for cell in cells {
        var spent = 0.0
        while spent < seconds { spent += try cell.entry.measure(seconds: Self.window) }
        try cell.entry.measurePhases(seconds: Self.window)
        let plan = StepPlan(
          network: cell.network, batchSize: cell.entry.batchSize, shards: cell.entry.threads,
          panelWidth: measured.panelWidth, lanes: measured.lanes)
        cell.predictions.append(simulation.run(plan, threads: cell.entry.threads))
      }
    }
    output.writeLine()
    for line in lines { output.writeLine(line) }
    output.writeLine()
    for line in ParameterTable(parameters).lines { output.writeLine(line) }
    try report.finish(
      machine: machine, [.init("measurements", cells.map(measured), kernel: variant.name)],
      to: output)
  }

  /// A table for each model, and how many cells agree.
  private var lines: [String] {
    var lines: [String] = []
    for model in Workload.models {
      let own = cells.filter { $0.model == model }
      let counts = Set(own.map(\.entry.threads)).sorted()
      guard !own.isEmpty else { continue }
      var table = TextTable(
        columns: [("\(model), batch", .right)]
          + counts.flatMap { count -> [(String, TextTable.Alignment)] in
            let threads = count == 1 ? "1 thread" : "\(count) threads"
            return [("\(threads): measured µs", .right), ("model", .right), ("error", .right)]
          })
      for size in Set(own.map(\.entry.batchSize)).sorted() {
        table.addRow(
          ["\(size)"]
            + counts.flatMap { count -> [String] in
              guard
                let cell = own.first(where: {
                  $0.entry.batchSize == size && $0.entry.threads == count
                })
              else { return ["–", "–", "–"] }
              let sign = cell.error > 0 ? "+" : ""
              return [
                NumberText.significant(cell.measured * 1e6, digits: 4),
                NumberText.significant(cell.predicted * 1e6, digits: 4),
                sign + NumberText.percent(cell.error, decimals: 1),
              ]
            })
      }
      lines += table.lines() + [""]
    }
    let near = cells.count { abs($0.error) <= Self.tolerance }
    let share = Double(near) / Double(cells.count)
    lines.append(
      "\(near) of \(cells.count) cells (\(NumberText.percent(share, decimals: 0))) are within "
        + "\(NumberText.percent(Self.tolerance, decimals: 0)); median error "
        + NumberText.percent(Spread(cells.map { abs($0.error) }).median, decimals: 1)
        + ", largest \(NumberText.percent(cells.map { abs($0.error) }.max() ?? 0, decimals: 1))")
    return lines + linesOfPhases
  }

  /// The phases of the cells that do not agree.
  private var linesOfPhases: [String] {
    let far = cells.filter { abs($0.error) > Self.tolerance }
    guard let first = far.first else { return [] }
    var table = TextTable(
      columns: [("Off by, of the iteration:", .left), ("batch", .right), ("threads", .right)]
        + first.predictedShares.map { ($0.name, .right) } + [("all", .right)])
    func signed(_ share: Double) -> String {
      (share > 0 ? "+" : "") + NumberText.percent(share, decimals: 1)
    }
    for cell in far {
      table.addRow(
        [cell.model, "\(cell.entry.batchSize)", "\(cell.entry.threads)"]
          + cell.errors.map(signed) + [signed(cell.error)])
    }
    return [""] + table.lines()
  }

  private func measured(_ cell: Cell) -> Measured {
    Measured(
      id: "check \(cell.model), batch \(cell.entry.batchSize), \(cell.entry.threads) threads",
      figure: "samples_per_second", spread: Spread(cell.entry.speeds),
      members: [
        ("model", .string(cell.model)), ("batch_size", .integer(cell.entry.batchSize)),
        ("threads", .integer(cell.entry.threads)),
        ("pixels", .string(arguments[ScalingOptions.pixels][0])),
        ("microseconds", .number(cell.measured * 1e6)),
        ("predicted_microseconds", .number(cell.predicted * 1e6)), ("error", .number(cell.error)),
        ("phases", .object(cell.entry.shares.map { ($0.name, .number($0.share)) })),
        ("predicted_phases", .object(cell.predictedShares.map { ($0.name, .number($0.share)) })),
      ])
  }
}
