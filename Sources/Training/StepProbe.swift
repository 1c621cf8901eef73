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
        let work = WaitingWork(phases: phases, units: units, nanoseconds: nanoseconds)
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
      team.run(WaitingWork(phases: 1, units: units, nanoseconds: 0), firstUnits: units)
    } / Double(units)
  }

  /// Units that look at the clock until their time is over.
  private final class WaitingWork: PhasedWork {
    private var phasesLeft: Int
    private let units: Int
    private let nanoseconds: UInt64

    init(phases: Int, units: Int, nanoseconds: UInt64) {
      phasesLeft = phases
      self.units = units
      self.nanoseconds = nanoseconds
    }

    func run(unit: Int, worker: Int) {
      if nanoseconds == 0 { return }
      let end = DispatchTime.now().uptimeNanoseconds + nanoseconds
      while DispatchTime.now().uptimeNanoseconds < end {}
    }

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

/// Memory that all threads read and each of them writes a part of, again and again, as the parameters
/// in the step: what moves between cores.
package final class HandoverProbe: PhasedWork {
  private let buffer: FloatBuffer
  private let gradient = FloatBuffer(count: 2048)
  private let kernels: KernelTable
  private let threads: Int
  private let rounds: Int
  private var phase = 0
  private var lastPhase = DispatchTime.now().uptimeNanoseconds
  private var readings: [Double] = []
  private var updates: [Double] = []

  /// - Parameters:
  ///   - bytes: In all, a multiple of 64 KiB.
  ///   - threads: At least 2.
  package init(bytes: Int, threads: Int, kernels variant: KernelVariant) {
    buffer = FloatBuffer(count: bytes / 4, repeating: 1)
    kernels = variant.kernels
    self.threads = threads
    // At least 4 MB of traffic.
    rounds = max(9, 4_000_000 / bytes)
  }

  /// Seconds for a byte: to read all of the memory, of which other threads have written their parts
  /// since; and to update a part that all have read since.
  package func measure(processors: Int = ProcessorCount.usable) -> (read: Double, update: Double) {
    let team = WorkerTeam(
      size: threads, patience: WorkerTeam.patience(ofTeam: threads, processors: processors))
    lastPhase = DispatchTime.now().uptimeNanoseconds
    team.run(self, firstUnits: threads)
    let bytes = Double(4 * buffer.count)
    return (
      readings.sorted()[readings.count / 2] / bytes,
      updates.sorted()[updates.count / 2] / bytes * Double(threads)
    )
  }

  func run(unit: Int, worker: Int) {
    if phase % 2 == 0 {
      precondition(unsafe StepProbe.read(buffer.address, bytes: 4 * buffer.count) != 0)
    } else {
      // Another part than the last time, so that it comes from another core.
      let part = EvenSplit(count: buffer.count / gradient.count, parts: threads)[
        (unit + phase / 2) % threads]
      for block in part {
        unsafe kernels.updates.sgd(
          gradient.count, buffer.address + block * gradient.count, gradient.address, 1, 1e-9)
      }
    }
  }

  func advance() -> Int? {
    let now = DispatchTime.now().uptimeNanoseconds
    let seconds = Double(now - lastPhase) / 1e9
    if phase % 2 == 0 { readings.append(seconds) } else { updates.append(seconds) }
    lastPhase = now
    phase += 1
    return phase < 2 * rounds ? threads : nil
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
