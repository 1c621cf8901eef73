import FileSystem
import Synchronization
import Training

/// Ctrl-C and SIGTERM: the first one asks the run to stop at the next iteration, the second one of
/// its kind ends the process at once, in case the first takes too long.
enum Interrupt {
  // A signal handler can reach nothing but globals. These are constants, initialized before the
  // handler is installed; what the handler does with them are stores to atomics.
  private static let stopRequest = StopRequest()
  private static let received = Atomic<Int32>(0)

  /// The number of the last signal, 0 for none.
  static var receivedSignal: Int32 { received.load(ordering: .relaxed) }

  /// Installs the handler for the rest of the process's life.
  /// - Returns: The request that the signals make.
  static func install() -> StopRequest {
    let request = stopRequest
    received.store(0, ordering: .relaxed)
    for number in [SIGINT, SIGTERM] {
      // System calls that a signal comes into go on after it: so do C libraries install handlers.
      _ = signal(number) { number in
        // The handler is taken away by the first signal.
        _ = signal(number, SIG_DFL)
        Interrupt.received.store(number, ordering: .relaxed)
        Interrupt.stopRequest.request()
      }
    }
    // Whoever started the program may have done so from a thread that blocks signals.
    var signals = sigset_t()
    _ = unsafe sigemptyset(&signals)
    for number in [SIGINT, SIGTERM] { _ = unsafe sigaddset(&signals, number) }
    _ = unsafe pthread_sigmask(SIG_UNBLOCK, &signals, nil)
    return request
  }
}
