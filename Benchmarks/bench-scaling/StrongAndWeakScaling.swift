import BenchmarkSupport
import Kernels
import ScalingModel
import Terminal
import Training

/// The measurement of throughput by threads: groups of cases, round after round, and the report.
struct StrongAndWeakScaling {
  private let groups: [ScalingGroup]
  private let arguments: ParsedArguments
  private let variant: KernelVariant
  private let machine: Machine
  private let sources: [String]

  init(_ arguments: ParsedArguments, variant: KernelVariant, machine: Machine) throws {
    self.arguments = arguments
    self.variant = variant
    self.machine = machine
    let counts =
      arguments[ScalingOptions.threadCounts].map { Set($0 + [1]).sorted() }
      ?? ScalingOptions.defaultThreads(cores: machine.limits.usable)
    var groups: [ScalingGroup] = []
    var sources: [String] = []
    for pixels in arguments[ScalingOptions.pixels] {
      let workload = try Workload(pixels: pixels, folder: arguments[ScalingOptions.data])
      sources.append("\(pixels): \(workload.source)")
      for model in arguments[ScalingOptions.models] {
        for size in arguments[ScalingOptions.batchSizes] {
          for kind in arguments[ScalingOptions.kinds].compactMap(ScalingGroup.Kind.init) {
            for averaging in arguments[ScalingOptions.averaging].compactMap(Averaging.init) {
              groups.append(
                try ScalingGroup(
                  kind: kind, model: model, size: size, pixels: pixels, averaging: averaging,
                  threads: counts, workload: workload, variant: variant))
            }
          }
        }
      }
    }
    self.groups = groups
    self.sources = sources
  }

  func run(_ report: Report, to output: TextOutput) throws {
    let seconds = arguments[ScalingOptions.seconds]
    let repeats = arguments[ScalingOptions.repeats]
    for line in sources { output.writeLine(line) }
    output.writeLine(
      "\(repeats) rounds, in each of which everything is measured once, for at least "
        + "\(NumberText.significant(seconds, digits: 3)) s")
    let usable = machine.limits.usable
    if groups.contains(where: { $0.cases.contains { $0.threads > usable } }) {
      output.writeLine(
        "of more than \(usable) threads \(usable) run: the trainer has no more workers than processors"
      )
    }
    for group in groups {
      try group.check()
      for entry in group.cases { try entry.warmUp(seconds: seconds) }
    }
    for round in 0..<repeats {
      for group in groups { try group.measure(round: round, seconds: seconds) }
    }
    for group in groups {
      for entry in group.cases { try entry.measurePhases(seconds: 3 * seconds) }
    }
    let bootstrap = RoundBootstrap(rounds: repeats, seed: arguments[Report.seed])
    let bar = CharacterBar(
      hasUnicode: TerminalCapabilities(
        descriptor: output.descriptor, environment: ProcessEnvironment.value(of:)
      ).hasUnicode)
    let predictions = arguments[ScalingOptions.predictions]
    var measured: [Measured] = []
    var laws: [JSONValue] = []
    for group in groups {
      let study = group.study(cores: machine.limits.usable, bootstrap: bootstrap)
      output.writeLine()
      for line in group.lines(study, predictions: predictions, bar: bar) { output.writeLine(line) }
      measured += group.measured(study)
      laws.append(group.lawsJSON(study, predictions: predictions))
    }
    let bandwidth = MachineProbe.bandwidth(cores: machine.limits.usable)
    try report.finish(
      machine: machine, [.init("measurements", measured, kernel: variant.name)],
      members: [
        ("laws", .array(laws)),
        (
          "bandwidth",
          .object([
            ("one_core", .number(bandwidth.oneCore)), ("all_cores", .number(bandwidth.allCores)),
          ])
        ),
      ], to: output)
  }
}
