import CPUFeatures
import Dispatch
import Synchronization

/// Work that comes in phases, each of a number of units that may run at the same time.
///
/// Conforming types promise that a unit writes only what no other unit of its phase reads or
/// writes, and what belongs to its worker.
protocol PhasedWork: SendableMetatype {
  /// Runs one unit of the current phase. Each unit runs exactly once.
  /// - Parameter worker: Who runs it: an index below the team's size, used by one thread at a
  ///   time.
  func run(unit: Int, worker: Int)

  /// Called once when all units of a phase are finished, while nothing else runs: sets up the
  /// next phase.
  /// - Returns: The number of units of the next phase, at least 1, or nil when the work is done.
  func advance() -> Int?
}

/// Threads that work through phases together, all of them started once, by `concurrentPerform` or
/// as the ``WorkerSource`` says, because starting one for each phase would cost more than a small
/// batch.
///
///     each worker, until the work is done:
///         claim the next unit of the phase and run it
///         whoever finishes the last unit of the phase sets up the next one and wakes the others
///         with nothing left to claim: wait for the next phase (spin briefly, then park)
///
/// Units are claimed from a counter and a phase ends when its *units* are finished. It never
/// waits for a number of *threads*: `concurrentPerform` does not promise that all of its
/// iterations run at the same time, and a single thread must be able to do everything.
struct WorkerTeam: ~Copyable {
  /// Workers at most.
  let size: Int
  private let source: WorkerSource
  private let state: State

  /// - Parameters:
  ///   - size: Workers at most, the calling thread included.
  ///   - patience: Nanoseconds for which a worker looks for the next phase before it parks: longer
  ///     than a phase where every worker has a core, none where they share cores, because then
  ///     looking keeps the work itself from running.
  ///   - source: Where the other workers come from.
  init(size: Int, patience: UInt64, source: WorkerSource = .callersPool) {
    precondition(size >= 1, "a team has at least one worker")
    self.size = size
    self.source = source
    state = State(patience: patience)
  }

  /// How long the workers of a team of `size` should look, on as many processors as are usable.
  static func patience(ofTeam size: Int, processors: Int) -> UInt64 {
    size <= processors ? 100_000 : 0
  }

  /// Runs `work` to its end, starting with a phase of `firstUnits` units. When it returns, no
  /// thread of the team is left in the work.
  func run<Work: PhasedWork>(_ work: Work, firstUnits: Int) {
    state.start(units: firstUnits)
    let member = Member(state: state, work: work)
    if size == 1 {
      member.participate(worker: 0)
      return
    }
    switch source {
    case .callersPool:
      DispatchQueue.concurrentPerform(iterations: size) { member.participate(worker: $0) }
    case .qualityOfService(let quality):
      run(member, on: DispatchQueue.global(qos: quality))
    case .queue(let queue):
      run(member, on: queue)
    case .threadsOfTheCall:
      var threads = ThreadsOfACall()
      for worker in 1..<size { threads.start { member.participate(worker: worker) } }
      member.participate(worker: 0)
      threads.join()
    }
  }

  /// Works on this thread and on those that the queue gives in time.
  private func run<Work: PhasedWork>(_ member: Member<Work>, on queue: DispatchQueue) {
    let door = WorkerDoor(member)
    for worker in 1..<size {
      queue.async { door.enter { $0.participate(worker: worker) } }
    }
    member.participate(worker: 0)
    door.close()
  }

  /// The work as the workers share it.
  private struct Member<Work: PhasedWork>: @unchecked Sendable {
    // Sendable, because:
    // 1. The work is known to the threads of one `run` only, and `run` returns after the last.
    // 2. Within a phase, no two units touch what one of them writes (`PhasedWork`), and a
    //    worker's own memory is used by one thread: its iteration of `concurrentPerform`.
    // 3. Between phases, whoever finishes the last unit has acquired what every other unit's
    //    `finished.add` released, runs `advance` alone, and releases the result by `claims`,
    //    which every worker acquires before its next unit.
    let state: State
    let work: Work

    func participate(worker: Int) { state.participate(in: work, worker: worker) }
  }
}

extension WorkerTeam {
  /// What the workers share.
  private final class State: Sendable {
    /// The current phase, its number of units, and the next unit to be claimed, in one word, so
    /// that a claim made late can never hit a later phase: the words are equal again only after
    /// 2²⁴ phases, and then the claim is a claim of that phase's unit.
    private let claims = Spaced<UInt64>(0)
    /// Finished units of the current phase.
    private let finished = Spaced<Int>(0)
    /// Workers that have announced that they park and have not been promised a signal.
    private let parked = Spaced<Int>(0)
    private let wake = DispatchSemaphore(value: 0)
    private let patience: UInt64

    init(patience: UInt64) { self.patience = patience }

    func start(units: Int) {
      let phase = Claims(bits: claims.atomic.load(ordering: .relaxed)).phase
      finished.atomic.store(0, ordering: .relaxed)
      claims.atomic.store(Claims(phase: phase + 1, units: units).bits, ordering: .releasing)
    }

    func participate<Work: PhasedWork>(in work: Work, worker: Int) {
      while true {
        let seen = Claims(bits: claims.atomic.load(ordering: .acquiring))
        if seen.isEnd { return }
        if seen.next == seen.units {
          waitForPhase(after: seen)
          continue
        }
        let (claimed, _) = claims.atomic.compareExchange(
          expected: seen.bits, desired: seen.bits + 1, ordering: .acquiringAndReleasing)
        guard claimed else { continue }
        work.run(unit: seen.next, worker: worker)
        // Acquiring and releasing: the last one sees what all the others wrote.
        let done = finished.atomic.add(1, ordering: .acquiringAndReleasing).newValue
        if done == seen.units { finishPhase(seen, of: work) }
      }
    }

    private func finishPhase<Work: PhasedWork>(_ phase: Claims, of work: Work) {
      let units = work.advance()
      finished.atomic.store(0, ordering: .relaxed)
      // A phase of no units is the end.
      claims.atomic.store(
        Claims(phase: phase.phase + 1, units: units ?? 0).bits,
        ordering: .sequentiallyConsistent)
      let waiting = parked.atomic.exchange(0, ordering: .sequentiallyConsistent)
      for _ in 0..<waiting { wake.signal() }
    }

    /// Returns when the phase is no longer `phase`, or sometimes earlier.
    private func waitForPhase(after phase: Claims) {
      // All units of this word are claimed, so whatever follows it is another word.
      if patience > 0 {
        let start = DispatchTime.now().uptimeNanoseconds
        repeat {
          for _ in 0..<32 {
            if claims.atomic.load(ordering: .relaxed) != phase.bits { return }
            cpu_features_pause()
          }
        } while DispatchTime.now().uptimeNanoseconds - start < patience
      }
      // Announce, look again, wait. Either this worker sees the new phase, or whoever made it
      // sees the announcement: both use sequentially consistent order.
      parked.atomic.add(1, ordering: .sequentiallyConsistent)
      let now = claims.atomic.load(ordering: .sequentiallyConsistent)
      if now != phase.bits && withdraw() { return }
      // A signal meant for another worker may end this wait early; then that one takes the
      // signal meant for this one. Callers look again in any case.
      wake.wait()
    }

    /// Takes one announcement back, unless all of them have been promised a signal already.
    private func withdraw() -> Bool {
      var count = parked.atomic.load(ordering: .relaxed)
      while count > 0 {
        let (exchanged, original) = parked.atomic.compareExchange(
          expected: count, desired: count - 1, ordering: .sequentiallyConsistent)
        if exchanged { return true }
        count = original
      }
      return false
    }
  }

  /// An atomic on cache lines of its own: workers that look at one must not slow down those that
  /// change another.
  private struct Spaced<Value: AtomicRepresentable & Sendable>: ~Copyable, Sendable {
    let atomic: Atomic<Value>
    private let space = InlineArray<16, UInt64>(repeating: 0)

    init(_ value: consuming Value) { atomic = Atomic(value) }
  }

  /// The word that workers claim units from: the phase in the upper 24 bits, the number of its
  /// units and the next unit in 20 bits each.
  private struct Claims {
    let bits: UInt64

    init(bits: UInt64) { self.bits = bits }

    init(phase: Int, units: Int) {
      precondition(units < 1 << 20, "a phase has less than 2²⁰ units")
      bits = UInt64(phase & 0xFF_FFFF) << 40 | UInt64(units) << 20
    }

    var phase: Int { Int(bits >> 40) }
    var units: Int { Int(bits >> 20 & 0xF_FFFF) }
    var next: Int { Int(bits & 0xF_FFFF) }
    var isEnd: Bool { units == 0 }
  }
}
