import Dispatch
import Synchronization
import Testing

@testable import Training

/// Phases of changing numbers of units; counts how often each unit ran and checks the order.
private final class CountingWork: PhasedWork {
  let phases: [Int]
  let runs: [[Atomic<Int>.Box]]
  private(set) var phase = 0
  let unitsInPhase = Atomic<Int>(0)
  let violations = Atomic<Int>(0)

  init(phases: [Int]) {
    self.phases = phases
    runs = phases.map { units in (0..<units).map { _ in Atomic<Int>.Box() } }
  }

  func run(unit: Int, worker: Int) {
    runs[phase][unit].value.add(1, ordering: .relaxed)
    unitsInPhase.add(1, ordering: .relaxed)
  }

  func advance() -> Int? {
    // All units of the phase are finished, none of the next has begun.
    if unitsInPhase.exchange(0, ordering: .relaxed) != phases[phase] {
      violations.add(1, ordering: .relaxed)
    }
    phase += 1
    return phase < phases.count ? phases[phase] : nil
  }
}

extension Atomic where Value == Int {
  final class Box: Sendable { let value = Atomic<Int>(0) }
}

@Suite struct WorkerTeamTests {
  @Test(arguments: [1, 2, 3, 7, 64], [0, 1000, 100_000] as [UInt64])
  func everyUnitRunsOnceAndPhasesDoNotOverlap(size: Int, patience: UInt64) {
    let work = CountingWork(phases: (0..<500).map { $0 % 9 + 1 })
    let team = WorkerTeam(size: size, patience: patience)
    team.run(work, firstUnits: work.phases[0])
    let counts = work.runs.joined().map { $0.value.load(ordering: .relaxed) }
    #expect(counts.allSatisfy { $0 == 1 })
    #expect(work.violations.load(ordering: .relaxed) == 0)
    #expect(work.phase == work.phases.count)
  }

  @Test func aTeamRunsAgain() {
    let team = WorkerTeam(size: 3, patience: 1000)
    for _ in 0..<200 {
      let work = CountingWork(phases: [2, 5])
      team.run(work, firstUnits: 2)
      #expect(work.phase == 2)
    }
  }

  /// With many threads of the pool blocked, a team of many finishes on the few that are left. (It
  /// does not show that the calling thread alone would do: Dispatch may still start others.)
  @Test func aStarvedPoolFinishes() {
    let blockers = 2 * ProcessorCount.usable + 64
    let release = DispatchSemaphore(value: 0)
    let group = DispatchGroup()
    for _ in 0..<blockers {
      DispatchQueue.global(qos: .userInteractive).async(group: group) { release.wait() }
    }
    let work = CountingWork(phases: (0..<300).map { $0 % 5 + 1 })
    WorkerTeam(size: 16, patience: 1000).run(work, firstUnits: work.phases[0])
    #expect(work.phase == work.phases.count)
    for _ in 0..<blockers { release.signal() }
    group.wait()
  }
}
