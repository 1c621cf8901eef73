import BenchmarkSupport
import FileSystem
import Kernels
import NeuralNetwork
import ScalingModel
import Terminal
import Training

/// Machines that need not exist, by the cost model and the trainer's own plans of units:
/// `bench-scaling --simulate 8,16,32,64,128`.
struct SimulationReport {
  private let arguments: ParsedArguments
  private let variant: KernelVariant
  private let machine: Machine

  init(_ arguments: ParsedArguments, variant: KernelVariant, machine: Machine) {
    self.arguments = arguments
    self.variant = variant
    self.machine = machine
  }

  func run(_ report: Report, to output: TextOutput) throws {
    let workload = try Workload(
      pixels: arguments[ScalingOptions.pixels][0], folder: arguments[ScalingOptions.data])
    let cores = machine.limits.usable
    let measured = try MachineProbe.measure(workload.training, variant: variant, cores: cores)
    let bandwidths = arguments[ScalingOptions.bandwidths].map { Double($0) * 1e9 }
    var simulated: [JSONValue] = []
    for line in TextWrapping.lines(
      "Simulated, not measured: cores like this machine's, barriers that get longer by a contended "
        + "claim for each thread, a last cache of \(NumberText.fixed(lastCache / 1_048_576, decimals: 0)) MiB "
        + "for every \(cores) cores. Sizes: shards for each thread × weights of a slab.", width: 98)
    {
      output.writeLine(line)
    }
    for model in arguments[ScalingOptions.models] {
      let network = try workload.network(model)
      for size in arguments[ScalingOptions.batchSizes] {
        var table = TextTable(columns: [
          ("\(model), batch \(size): cores", .right), ("memory", .right), ("samples/s", .right),
          ("speed-up", .right), ("waiting", .right), ("slabs", .right), ("best sizes", .right),
          ("samples/s", .right), ("gain", .right),
        ])
        let one = simulate(measured, network, size, cores: 1, bandwidth: nil)
        for count in arguments[ScalingOptions.simulated] ?? [] {
          for bandwidth in bandwidths.isEmpty ? [nil] : bandwidths.map(Optional.init) {
            let search = simulate(measured, network, size, cores: count, bandwidth: bandwidth)
            let now = search.current.result
            let best = search.best
            let gain = best.result.samplesPerSecond / now.samplesPerSecond - 1
            table.addRow([
              "\(count)",
              bandwidth.map { "\(NumberText.significant($0 / 1e9, digits: 4)) GB/s" } ?? "as here",
              ScalingGroup.short(now.samplesPerSecond),
              NumberText.fixed(
                now.samplesPerSecond / one.current.result.samplesPerSecond, decimals: 2),
              NumberText.percent(now.waiting, decimals: 0), "\(search.current.slabs)",
              best.weightsPerSlab.map { "\(best.shardsPerThread) × \(NumberText.grouped($0))" }
                ?? "as they are",
              ScalingGroup.short(best.result.samplesPerSecond),
              NumberText.percent(gain, decimals: 1),
            ])
            simulated.append(
              .object([
                ("model", .string(model)), ("batch_size", .integer(size)),
                ("cores", .integer(count)), ("bytes_per_second", .optional(bandwidth)),
                ("samples_per_second", .number(now.samplesPerSecond)),
                ("waiting", .number(now.waiting)), ("slabs", .integer(search.current.slabs)),
                ("best_shards_per_thread", .integer(best.shardsPerThread)),
                ("best_weights_per_slab", .optional(best.weightsPerSlab)),
                ("best_samples_per_second", .number(best.result.samplesPerSecond)),
              ]))
          }
        }
        output.writeLine()
        for line in table.lines() { output.writeLine(line) }
      }
    }
    try report.finish(
      machine: machine, [], members: [("simulations", .array(simulated))], to: output)
  }

  private func simulate(
    _ measured: MachineParameters, _ network: Network, _ size: Int, cores: Int, bandwidth: Double?
  ) -> PlanSearch {
    let parameters = measured.simulated(
      cores: cores, measuredCores: machine.limits.usable, bandwidth: bandwidth,
      lastCache: lastCache)
    return PlanSearch(
      StepSimulation(CostModel(parameters)), network: network, batchSize: size, threads: cores)
  }

  /// Bytes of the last cache, where the system tells; else 32 MiB.
  private var lastCache: Double { MachineProbe.cacheSize(level: 3) ?? 32 * 1_048_576 }
}
