import NeuralNetwork
import Randomness
import ScalingModel
import Testing

@Suite struct CostModelTests {
  /// A machine on which a multiply-add takes a nanosecond, and nothing else anything.
  private static func machine(
    barrier: Double = 0, contendedClaim: Double = 0, shuffle: Double = 0, slowMemory: Double = 0,
    slowdown: Double = 1
  ) -> MachineParameters {
    func proportional(_ rows: [Double] = [1, 1024]) -> MeasuredCurve {
      MeasuredCurve(rows.map { .init($0, $0 * 1e-9) }, ending: .linear)
    }
    // Below 2 MiB everything lies in the core's own cache.
    let memory = MachineParameters.Memory(
      alone: MeasuredCurve([.init(21, 0), .init(22, slowMemory)], ending: .constant),
      shared: MeasuredCurve([.init(21, 0), .init(22, slowMemory)], ending: .constant),
      handedOver: MeasuredCurve([.init(1, 0)], ending: .constant))
    return MachineParameters(
      products: .init(
        forwardPixels: proportional(), forward: proportional(), inputGradient: proportional(),
        weightGradientPixels: proportional(), weightGradient: proportional()),
      reading: memory, updating: memory, ownCache: 524_288, gatherPerSample: 0, lossPerSample: 0,
      deltaPerElement: 0, maskPerWord: 0, biasPerElement: 0, updatePerParameter: 0,
      shufflePerSample: shuffle, lossSumPerSample: 0,
      slowdown: MeasuredCurve([.init(1, 1), .init(2, slowdown)], ending: .constant), claim: 0,
      barrier: MeasuredCurve([.init(1, 0), .init(2, barrier)], ending: .constant),
      contendedClaim: contendedClaim, panelWidth: 32, lanes: 8)
  }

  /// 1024-1024-1024: 32 panels, so that up to 16 threads share everything evenly.
  private func network() throws -> Network {
    try Network(inputs: 1024, hidden: [1024], outputs: 1024)
  }

  private func plan(_ shards: Int, batchSize: Int = 256) throws -> StepPlan {
    StepPlan(
      network: try network(), batchSize: batchSize, shards: shards, panelWidth: 32, lanes: 8)
  }

  @Test func theTimeOfOneThreadIsItsMultiplyAdds() throws {
    let result = StepSimulation(CostModel(Self.machine())).run(try plan(1), threads: 1)
    // Forward twice, weight gradient twice, input gradient once.
    let expected = 5 * 1024.0 * 1024 * 256 * 1e-9
    #expect(abs(result.secondsPerIteration / expected - 1) < 1e-9)
    #expect(abs(result.samplesPerSecond * expected / 256 - 1) < 1e-9)
    #expect(abs(result.waiting) < 1e-9)
  }

  @Test(arguments: [2, 4, 8, 16])
  func withoutCostsOfItsOwnParallelWorkScalesPerfectly(threads: Int) throws {
    let simulation = StepSimulation(CostModel(Self.machine()))
    let one = simulation.run(try plan(1), threads: 1)
    let many = simulation.run(try plan(threads), threads: threads)
    let speedUp = one.secondsPerIteration / many.secondsPerIteration
    #expect(abs(speedUp / Double(threads) - 1) < 1e-9)
  }

  @Test func coresThatSlowEachOtherDownScaleSoMuchLess() throws {
    let simulation = StepSimulation(CostModel(Self.machine(slowdown: 1.25)))
    let one = simulation.run(try plan(1), threads: 1)
    let two = simulation.run(try plan(2), threads: 2)
    #expect(abs(one.secondsPerIteration / two.secondsPerIteration - 2 / 1.25) < 1e-9)
  }

  @Test func thePhasesAddUp() throws {
    let machine = Self.machine(barrier: 1e-5, shuffle: 1e-8)
    let result = StepSimulation(CostModel(machine)).run(try plan(2), threads: 2)
    let phases = result.phases
    #expect(abs(phases.total / (2 * result.secondsPerIteration) - 1) < 1e-9)
    #expect(abs(phases.waiting / phases.total - result.waiting) < 1e-9)
    // Forward and the gradient of the weights twice each, of the inputs once.
    #expect(abs(phases.forward / phases.update - 1) < 1e-9)
    #expect(abs(phases.forward / phases.backward - 2) < 1e-9)
  }

  @Test func barriersAndWhatOneThreadDoesAloneAreAdded() throws {
    let free = StepSimulation(CostModel(Self.machine())).run(try plan(4), threads: 4)
    let machine = Self.machine(barrier: 1e-5, contendedClaim: 1e-6, shuffle: 1e-8)
    let loaded = StepSimulation(CostModel(machine)).run(try plan(4), threads: 4)
    // Two barriers of 10 µs for two threads and 1 µs for each more; 256 samples.
    let expected = 2 * (1e-5 + 2e-6) + 256e-8
    #expect(
      abs(loaded.secondsPerIteration - free.secondsPerIteration - expected) < 1e-12)
    #expect(loaded.waiting > 0)
  }

  @Test func slowMemoryHurtsWhatDoesNotFitTheCacheOnly() throws {
    func seconds(_ slow: Double, inputs: Int) throws -> Double {
      let network = try Network(inputs: inputs, hidden: [], outputs: 32)
      let plan = StepPlan(
        network: network, batchSize: 16, shards: 1, panelWidth: 32, lanes: 8)
      return StepSimulation(CostModel(Self.machine(slowMemory: slow)))
        .run(plan, threads: 1).secondsPerIteration
    }
    // 128 KiB of weights, and 8 MiB.
    #expect(try seconds(1e-8, inputs: 1024) == seconds(0, inputs: 1024))
    #expect(try seconds(1e-8, inputs: 65_536) > seconds(0, inputs: 65_536))
  }

  @Test func aSimulatedMemorySharesItsBandwidth() throws {
    let machine = Self.machine(slowMemory: 1e-10)
    func seconds(_ bandwidth: Double?, cores: Int) throws -> Double {
      let parameters = machine.simulated(
        cores: cores, measuredCores: 2, bandwidth: bandwidth, lastCache: 2_097_152)
      return StepSimulation(CostModel(parameters)).run(try plan(cores), threads: cores)
        .secondsPerIteration
    }
    #expect(try seconds(1e9, cores: 16) > seconds(1e11, cores: 16))
    #expect(try seconds(nil, cores: 16) > seconds(1e13, cores: 16))
  }

  @Test func theLastUnitEndsWhenTheQueueSays() {
    #expect(StepSimulation.makespan([3, 3, 3], workers: 2) == 6)
    #expect(StepSimulation.makespan([5, 1, 1, 1], workers: 2) == 5)
    #expect(StepSimulation.makespan([1, 1, 1, 5], workers: 2) == 6)
    #expect(StepSimulation.makespan([2, 4], workers: 8) == 4)
    #expect(StepSimulation.makespan([2, 4], workers: 1) == 6)
    #expect(StepSimulation.makespan([], workers: 3) == 0)
    var random = RandomStream(seed: 4, purpose: .resampling)
    for _ in 0..<50 {
      let units = (0..<40).map { _ in Double(random.uniform()) }
      let workers = 1 + Int(random.uniform(below: 12))
      var free = [Double](repeating: 0, count: workers)
      for unit in units {
        let first = free.indices.min { free[$0] < free[$1] } ?? 0
        free[first] += unit
      }
      #expect(StepSimulation.makespan(units, workers: workers) == free.max())
    }
  }

  @Test func theBestSizesAreNoWorseThanTheTrainers() throws {
    let simulation = StepSimulation(
      CostModel(Self.machine(barrier: 1e-6, contendedClaim: 1e-7)))
    for threads in [2, 8, 32, 128] {
      let search = PlanSearch(
        simulation, network: try Network(inputs: 784, hidden: [128], outputs: 10), batchSize: 128,
        threads: threads)
      #expect(
        search.best.result.secondsPerIteration <= search.current.result.secondsPerIteration)
    }
  }

  @Test func curvesAreLinesBetweenTheirPoints() {
    let curve = MeasuredCurve([.init(2, 20), .init(1, 10), .init(4, 80)], ending: .linear)
    #expect([0, 1, 1.5, 2, 3, 4, 5].map(curve.value) == [10, 10, 15, 20, 50, 80, 110])
    #expect(MeasuredCurve([.init(1, 10), .init(2, 20)], ending: .constant).value(at: 9) == 20)
    #expect(MeasuredCurve([.init(1, 10)], ending: .linear).value(at: 9) == 10)
  }

  @Test func workIsCountedByHand() throws {
    let network = try Network(inputs: 784, hidden: [128], outputs: 10)
    let work = StepWork(network: network, samples: 128, shards: 2)
    // Forward and weight gradient of both layers, input gradient of the second.
    let weights: (first: Int, second: Int) = (784 * 128, 128 * 10)
    let operations: Int = 2 * 128 * (2 * weights.first + 3 * weights.second)
    #expect(work.operations == Double(operations))
    // The first layer: pixels, outputs and deltas, parameters of two shards and of the update.
    let first: Int = 4 * 128 * 784 + 3 * 4 * 128 * 128 + 16 * (weights.first + 128)
    // The second: its inputs twice, outputs and deltas, parameters twice for each shard.
    let second: Int = 8 * 128 * 128 + 16 * 128 * 10 + 24 * (weights.second + 10)
    #expect(work.bytes == Double(first + second))
  }
}
