import Synchronization

/// A request to stop training, which any thread or signal handler may make at any time. The run
/// ends at the next iteration, with everything it has learned so far.
public final class StopRequest: Sendable {
  private let requested = Atomic<Bool>(false)
  private let followed: StopRequest?

  /// A request that nobody has made yet.
  /// - Parameter other: A request that also counts as this one.
  public init(following other: StopRequest? = nil) { followed = other }

  /// Asks the run to stop.
  public func request() { requested.store(true, ordering: .relaxed) }

  /// Whether it has been asked for.
  public var isRequested: Bool {
    requested.load(ordering: .relaxed) || (followed?.isRequested ?? false)
  }
}
