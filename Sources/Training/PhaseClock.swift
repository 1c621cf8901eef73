import Dispatch
import Kernels

/// Where the time of a run went: seconds of all workers together.
public struct PhaseSeconds: Sendable, Equatable {
  /// Copying the samples' pixels into the batch.
  public let gather: Double
  /// The forward pass through all layers.
  public let forward: Double
  /// Loss and its gradient with respect to the logits.
  public let loss: Double
  /// Deltas of the layers below; with `Averaging.perWorker` also the gradients of the shards.
  public let backward: Double
  /// Averaging and update.
  public let update: Double
  /// Waiting for other workers, claiming units, setting up batches.
  public let waiting: Double

  /// All of them: about the seconds of the call times its workers.
  public var total: Double { gather + forward + loss + backward + update + waiting }

  package init(
    gather: Double, forward: Double, loss: Double, backward: Double, update: Double,
    waiting: Double
  ) {
    self.gather = gather
    self.forward = forward
    self.loss = loss
    self.backward = backward
    self.update = update
    self.waiting = waiting
  }
}

/// Adds up the time that each worker spends in each phase.
///
/// A worker's row is written by its own thread only; rows are read when no worker runs.
final class PhaseClock {
  enum Phase: Int { case gather, forward, loss, backward, update, waiting }

  /// Nanoseconds by phase, then the time of the last lap; a row of two cache lines a worker.
  private let rows: AlignedBuffer<UInt64>
  private let workers: Int
  private static let rowLength = 16
  private static let lastLap = 8

  init(workers: Int) {
    self.workers = workers
    rows = AlignedBuffer(count: workers * Self.rowLength, repeating: 0)
  }

  /// Starts the clocks of all workers, before any of them runs.
  func start() {
    let now = DispatchTime.now().uptimeNanoseconds
    for worker in 0..<workers {
      unsafe rows.address[worker * Self.rowLength + Self.lastLap] = now
    }
  }

  /// Counts the time since the worker's last lap towards `phase`.
  func lap(_ phase: Phase, worker: Int) {
    let row = unsafe rows.address + worker * Self.rowLength
    let now = DispatchTime.now().uptimeNanoseconds
    unsafe row[phase.rawValue] += now - row[Self.lastLap]
    unsafe row[Self.lastLap] = now
  }

  /// The times of all workers together.
  var seconds: PhaseSeconds {
    func sum(_ phase: Phase) -> Double {
      (0..<workers).reduce(0) { total, worker in
        total + Double(unsafe rows.address[worker * Self.rowLength + phase.rawValue]) / 1e9
      }
    }
    return PhaseSeconds(
      gather: sum(.gather), forward: sum(.forward), loss: sum(.loss), backward: sum(.backward),
      update: sum(.update), waiting: sum(.waiting))
  }
}
