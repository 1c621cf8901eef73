import CPUFeatures
import Datasets
import Dispatch
import Kernels
import NeuralNetwork

/// Parts of the step, timed one by one: what a model of its cost is made from.
///
/// Every result is the median of some repeats, in seconds for one of whatever is named.
package enum StepProbe {
  /// Nanoseconds that one repeat takes at least.
  private static let repeatLength: UInt64 = 400_000
  private static let repeats = 7

  /// Seconds for one call of `body`.
  package static func time(_ body: () -> Void) -> Double {
    body()
    var calls = 1
    var seconds: [Double] = []
    while seconds.count < repeats {
      let start = DispatchTime.now().uptimeNanoseconds
      for _ in 0..<calls { body() }
      let length = DispatchTime.now().uptimeNanoseconds - start
      if length < repeatLength && seconds.isEmpty {
        calls = max(calls + 1, calls * Int(2 * repeatLength / max(length, repeatLength / 32)) / 2)
      } else {
        seconds.append(Double(length) / 1e9 / Double(calls))
      }
    }
    return seconds.sorted()[repeats / 2]
  }

  /// Seconds for one call of `body`, each after a call of `preparation` that is not counted: for
  /// bodies that take microseconds.
  package static func time(after preparation: () -> Void, _ body: () -> Void) -> Double {
    let seconds = (0..<63).map { _ in
      preparation()
      let start = DispatchTime.now().uptimeNanoseconds
      body()
      return Double(DispatchTime.now().uptimeNanoseconds - start) / 1e9
    }
    return seconds.sorted()[seconds.count / 2]
  }

  /// How much longer arithmetic takes when some threads do the same at once, and each phase waits for
  /// the last of them, than on one thread alone: 1 where every thread has a core that the others
  /// leave as fast as it was, more where cores share units, a clock or a host.
  package static func slowdown(
    threads: Int, kernels variant: KernelVariant, processors: Int = ProcessorCount.usable
  ) -> Double {
    let phases = 20
    func median(threads: Int) -> Double {
      let team = WorkerTeam(
        size: threads, patience: WorkerTeam.patience(ofTeam: threads, processors: processors))
      let seconds = (0..<4 * repeats).map { _ in
        let start = DispatchTime.now().uptimeNanoseconds
        team.run(
          RepeatedWork(phases: phases, units: threads) {
            // In registers, about a tenth of a millisecond.
            let (_, result) = variant.kernels.peak(16_000)
            precondition(result.isFinite, "the sum of the peak's chains is finite")
          }, firstUnits: threads)
        return Double(DispatchTime.now().uptimeNanoseconds - start)
      }
      return seconds.sorted()[seconds.count / 2]
    }
    // Long enough, some 60 ms, for a system or a host to find a place for each thread.
    return max(1, median(threads: threads) / median(threads: 1))
  }

  /// A phase of units that all take the same time, less that time: the barrier and the claims.
  /// - Parameters:
  ///   - units: Of a phase, a multiple of the threads, or one with one thread.
  ///   - nanoseconds: That a unit takes: enough for all threads to get theirs, or 0.
  package static func emptyPhase(
    threads: Int, units: Int, nanoseconds: UInt64, processors: Int = ProcessorCount.usable
  ) -> Double {
    let team = WorkerTeam(
      size: threads, patience: WorkerTeam.patience(ofTeam: threads, processors: processors))
    let phases = 200
    let seconds =
      time {
        let work = RepeatedWork(phases: phases, units: units) {
          if nanoseconds == 0 { return }
          let end = DispatchTime.now().uptimeNanoseconds + nanoseconds
          while DispatchTime.now().uptimeNanoseconds < end {}
        }
        team.run(work, firstUnits: units)
      } / Double(phases)
    return max(0, seconds - Double(nanoseconds) / 1e9 * Double(units / threads))
  }

  /// Claiming and finishing a unit that does nothing, while as many threads as asked for do the same.
  package static func contendedClaim(
    threads: Int, processors: Int = ProcessorCount.usable
  ) -> Double {
    let units = 100_000
    let team = WorkerTeam(
      size: threads, patience: WorkerTeam.patience(ofTeam: threads, processors: processors))
    return time {
      team.run(RepeatedWork(phases: 1, units: units) {}, firstUnits: units)
    } / Double(units)
  }

  /// Phases of as many units, each of which calls the same function.
  private final class RepeatedWork: PhasedWork {
    private var phasesLeft: Int
    private let units: Int
    private let unit: @Sendable () -> Void

    init(phases: Int, units: Int, unit: @escaping @Sendable () -> Void) {
      phasesLeft = phases
      self.units = units
      self.unit = unit
    }

    func run(unit index: Int, worker: Int) { unit() }

    func advance() -> Int? {
      phasesLeft -= 1
      return phasesLeft > 0 ? units : nil
    }
  }

  /// Shuffling, for each sample.
  package static func shuffle(_ dataset: Dataset) -> Double {
    var epoch = 0
    return time {
      epoch += 1
      precondition(EpochOrder(dataset: dataset, seed: 1, epoch: epoch).storageIndices.count > 0)
    } / Double(dataset.count)
  }
}

extension StepProbe {
  /// Reads memory from its first to its last byte; what comes back has the bits of all of it.
  /// - Parameter bytes: A multiple of 64.
  @unsafe package static func read(_ address: UnsafePointer<Float>, bytes: Int) -> UInt64 {
    let words = unsafe UnsafeRawPointer(address).assumingMemoryBound(to: UInt64.self)
    var bits: (UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0)
    var index = 0
    while index < bytes / 8 {
      unsafe bits.0 |= words[index] | words[index &+ 1]
      unsafe bits.1 |= words[index &+ 2] | words[index &+ 3]
      unsafe bits.2 |= words[index &+ 4] | words[index &+ 5]
      unsafe bits.3 |= words[index &+ 6] | words[index &+ 7]
      index &+= 8
    }
    return bits.0 | bits.1 | bits.2 | bits.3
  }
}
