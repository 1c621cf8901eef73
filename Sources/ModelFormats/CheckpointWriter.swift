import Dispatch
import Synchronization
import Training

/// Writes checkpoints while training goes on: a flush to the disk can take longer than an epoch of
/// a small network.
///
/// At most one write is in flight: ``write(_:)`` first waits for the one before, so that no more
/// than two checkpoints are in memory and each one that was made is on the disk at some time.
public final class CheckpointWriter: Sendable {
  /// Where the newest checkpoint is.
  public let path: String
  private let olderVersions: Int
  private let queue = DispatchQueue(label: "checkpoints")
  private let failure = Mutex<ModelFileError?>(nil)

  /// - Parameters:
  ///   - path: The file of the newest checkpoint.
  ///   - count: How many checkpoints to keep: with 3, also `path.1`, the one before the newest,
  ///     and `path.2`.
  /// - Precondition: `count` is at least 1.
  public init(path: String, keeping count: Int = 1) {
    precondition(count >= 1, "a writer keeps at least the newest checkpoint")
    self.path = path
    olderVersions = count - 1
  }

  /// Waits for the write before, then starts to write `checkpoint` and returns.
  /// - Returns: Why the write before this one failed, if it did; this one is tried all the same.
  public func write(_ checkpoint: Checkpoint) -> ModelFileError? {
    let failure = finish()
    queue.async { [self] in
      do throws(ModelFileError) {
        try CheckpointFile.write(checkpoint, to: path, keeping: olderVersions)
      } catch {
        self.failure.withLock { $0 = error }
      }
    }
    return failure
  }

  /// Waits until the last checkpoint is on the disk. To be called when the run is over.
  /// - Returns: Why the last write failed, if it did.
  public func finish() -> ModelFileError? {
    queue.sync {
      failure.withLock { failure in
        defer { failure = nil }
        return failure
      }
    }
  }
}
