import Dispatch
import Foundation
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
  /// A bit for each worker that ran a unit.
  let workers = Atomic<UInt64>(0)

  init(phases: [Int]) {
    self.phases = phases
    runs = phases.map { units in (0..<units).map { _ in Atomic<Int>.Box() } }
  }

  func run(unit: Int, worker: Int) {
    runs[phase][unit].value.add(1, ordering: .relaxed)
    unitsInPhase.add(1, ordering: .relaxed)
    workers.bitwiseOr(1 << UInt64(worker), ordering: .relaxed)
  }

  func advance() -> Int? {
    // All units of the phase are finished, none of the next has begun.
    if unitsInPhase.exchange(0, ordering: .relaxed) != phases[phase] {
      violations.add(1, ordering: .relaxed)
    }
    phase += 1
    return phase < phases.count ? phases[phase] : nil
  }

  func expectEverythingRanOnce(sourceLocation: SourceLocation = #_sourceLocation) {
    let counts = runs.joined().map { $0.value.load(ordering: .relaxed) }
    #expect(counts.allSatisfy { $0 == 1 }, sourceLocation: sourceLocation)
    #expect(violations.load(ordering: .relaxed) == 0, sourceLocation: sourceLocation)
    #expect(phase == phases.count, sourceLocation: sourceLocation)
  }
}

/// As many phases of one unit as asked for.
private final class PassingPhases: PhasedWork {
  private var left: Int
  private(set) var runs = 0

  init(count: Int) { left = count }

  func run(unit: Int, worker: Int) { runs += 1 }

  func advance() -> Int? {
    left -= 1
    return left > 0 ? 1 : nil
  }
}

/// One phase of two units, each of which waits, not forever, until the other one runs as well.
private final class Meeting: PhasedWork {
  private let arrived = Atomic<Int>(0)
  private let met = Atomic<Bool>(false)
  var haveMet: Bool { met.load(ordering: .relaxed) }

  func run(unit: Int, worker: Int) {
    arrived.add(1, ordering: .relaxed)
    let end = DispatchTime.now() + 10
    while arrived.load(ordering: .relaxed) < 2 {
      if DispatchTime.now() > end { return }
    }
    if unit == 0 { met.store(true, ordering: .relaxed) }
  }

  func advance() -> Int? { nil }
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
    work.expectEverythingRanOnce()
  }

  @Test func aTeamRunsAgain() {
    let team = WorkerTeam(size: 3, patience: 1000)
    for _ in 0..<200 {
      let work = CountingWork(phases: [2, 5])
      team.run(work, firstUnits: 2)
      work.expectEverythingRanOnce()
    }
  }

  /// The word that units are claimed from counts phases in 24 bits: the same team works on across
  /// the wrap to 0, where several workers look at the word.
  @Test func theCounterOfPhasesWraps() {
    let team = WorkerTeam(size: 3, patience: 100_000)
    // Nearly up to the wrap. Inside a wide `concurrentPerform` Dispatch gives the team no second
    // thread, which would make phases this small ten times as long.
    nonisolated(unsafe) let approach = PassingPhases(count: 1 << 24 - 250)
    DispatchQueue.concurrentPerform(iterations: 64) { iteration in
      if iteration == 0 { team.run(approach, firstUnits: 1) }
    }
    #expect(approach.runs == 1 << 24 - 250)
    for _ in 0..<2 {
      let work = CountingWork(phases: (0..<400).map { $0 % 9 + 1 })
      team.run(work, firstUnits: work.phases[0])
      work.expectEverythingRanOnce()
    }
  }

  /// The calling thread does everything if Dispatch gives the team no other.
  ///
  /// The pool's threads of the caller's quality of service are all blocked, and so will be every
  /// thread that Dispatch adds to them (one a second on Linux, 255 in all at most): a queue hands
  /// out its work in order, and blocks that are still waiting for a thread when the team has
  /// finished have been in the queue since before the team asked for its helpers. In a process of
  /// its own, because other tests need the pool.
  @Test func theCallerAloneFinishesOnAStarvedPool() async {
    await #expect(processExitsWith: .success) {
      let ended = DispatchSemaphore(value: 0)
      // A thread that is not the pool's, of the default quality of service.
      Thread {
        runOnAStarvedPool()
        ended.signal()
      }.start()
      ended.wait()
    }
  }
}

private func runOnAStarvedPool() {
  // While the pool is free, a second thread does come: what follows is due to the blockers.
  let meeting = Meeting()
  WorkerTeam(size: 2, patience: 1000).run(meeting, firstUnits: 2)
  if ProcessorCount.usable > 1 { #expect(meeting.haveMet) }

  let blockers = 512
  let started = Atomic<Int>(0)
  let release = DispatchSemaphore(value: 0)
  for _ in 0..<blockers {
    DispatchQueue.global(qos: .default).async {
      started.add(1, ordering: .relaxed)
      release.wait()
    }
  }
  for size in [2, 16, 64] {
    let work = CountingWork(phases: (0..<300).map { $0 % 5 + 1 })
    WorkerTeam(size: size, patience: 1000).run(work, firstUnits: work.phases[0])
    work.expectEverythingRanOnce()
    #expect(work.workers.load(ordering: .relaxed).nonzeroBitCount == 1)
  }
  #expect(started.load(ordering: .relaxed) < blockers)
  for _ in 0..<blockers { release.signal() }
}
