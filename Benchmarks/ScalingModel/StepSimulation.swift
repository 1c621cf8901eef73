import NeuralNetwork
import Training

/// An iteration, unit by unit, on a machine that need not exist: the trainer's plans, claimed in
/// their order by whoever is free, with the times of the cost model.
public struct StepSimulation: Sendable {
  /// What an iteration comes to.
  public struct Result: Sendable, Equatable {
    public let secondsPerIteration: Double
    public let samplesPerSecond: Double
    /// The share of all threads' time in which they have no unit.
    public let waiting: Double
    /// Where the time of all threads goes in an iteration.
    public let phases: PhaseSeconds
  }

  public let model: CostModel

  public init(_ model: CostModel) { self.model = model }

  /// - Parameter threads: Each of which has a core of its own.
  public func run(_ plan: StepPlan, threads: Int) -> Result {
    let largest = plan.shards[0].count
    // Parts of two sizes at most: no need to compute all of them.
    let busy = min(threads, plan.shards.parts)
    let ofLargest = model.shardSeconds(rows: largest, of: plan, cores: busy)
    let ofOthers =
      largest > 1
      ? model.shardSeconds(rows: largest - 1, of: plan, cores: busy) : CostModel.ShardSeconds()
    let shards = (0..<plan.shards.parts).map {
      plan.shards[$0].count == largest ? ofLargest : ofOthers
    }
    let slabs = plan.slabs.slabs.map {
      model.slabSeconds($0, of: plan, cores: min(threads, plan.slabs.slabs.count))
    }
    let first = Self.makespan(shards.map(\.total), workers: threads)
    let second = Self.makespan(slabs, workers: threads)
    let rest =
      2 * model.machine.barrierSeconds(threads: threads) + model.serialSeconds(of: plan)
    let total = first + second + rest
    func sum(_ phase: (CostModel.ShardSeconds) -> Double) -> Double {
      shards.reduce(0) { $0 + phase($1) }
    }
    let update = slabs.reduce(0, +)
    let waiting = total * Double(threads) - sum(\.total) - update
    return Result(
      secondsPerIteration: total, samplesPerSecond: Double(plan.batchSize) / total,
      waiting: waiting / (total * Double(threads)),
      phases: PhaseSeconds(
        gather: sum(\.gather), forward: sum(\.forward), loss: sum(\.loss),
        backward: sum(\.backward), update: update, waiting: waiting))
  }

  /// When the last of some units is finished, each claimed in turn by the worker that is free first:
  /// the trainer's queue.
  /// - Complexity: O(units · log workers).
  public static func makespan(_ units: [Double], workers: Int) -> Double {
    var free = Heap(Array(repeating: 0, count: max(1, min(workers, units.count))))
    for unit in units { free.replaceLeast(adding: unit) }
    return free.greatest
  }

  /// Times, of which the least is at hand.
  private struct Heap {
    private var values: [Double]

    /// - Precondition: all values are the same.
    init(_ values: [Double]) { self.values = values }

    var greatest: Double { values.max() ?? 0 }

    mutating func replaceLeast(adding seconds: Double) {
      values[0] += seconds
      var place = 0
      while true {
        let left = 2 * place + 1
        guard left < values.count else { return }
        let right = left + 1
        let least = right < values.count && values[right] < values[left] ? right : left
        if values[place] <= values[least] { return }
        values.swapAt(place, least)
        place = least
      }
    }
  }
}

/// The sizes of shards and slabs that a simulated machine is fastest with.
public struct PlanSearch: Sendable {
  /// One choice.
  public struct Choice: Sendable {
    public let shardsPerThread: Int
    /// Nil for the trainer's own choice.
    public let weightsPerSlab: Int?
    public let slabs: Int
    public let result: StepSimulation.Result
  }

  /// The trainer's sizes.
  public let current: Choice
  /// The best sizes.
  public let best: Choice

  /// Tries one to four shards a thread, and slabs from one panel of inputs to 64 times as many.
  public init(
    _ simulation: StepSimulation, network: Network, batchSize: Int, threads: Int
  ) {
    let machine = simulation.model.machine
    func choice(_ shardsPerThread: Int, _ weights: Int?) -> Choice {
      let plan = StepPlan(
        network: network, batchSize: batchSize, shards: shardsPerThread * threads,
        weightsPerSlab: weights, panelWidth: machine.panelWidth, lanes: machine.lanes)
      return Choice(
        shardsPerThread: shardsPerThread, weightsPerSlab: weights, slabs: plan.slabCount,
        result: simulation.run(plan, threads: threads))
    }
    let plan = StepPlan(
      network: network, batchSize: batchSize, shards: threads, panelWidth: machine.panelWidth,
      lanes: machine.lanes)
    current = Choice(
      shardsPerThread: 1, weightsPerSlab: nil, slabs: plan.slabCount,
      result: simulation.run(plan, threads: threads))
    var best = current
    for shards in 1...4 {
      for factor in [1, 2, 4, 8, 16, 32, 64] {
        let tried = choice(shards, factor * SlabPlan.inputsPerSlab * machine.panelWidth)
        if tried.result.secondsPerIteration < best.result.secondsPerIteration * 0.999 {
          best = tried
        }
      }
    }
    self.best = best
  }
}
