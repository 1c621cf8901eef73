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
  static var signal: Int32 { received.load(ordering: .relaxed) }

  /// Installs the handler for the rest of the process's life.
  /// - Returns: The request that the signals make.
  static func install() -> StopRequest {
    let request = stopRequest
    received.store(0, ordering: .relaxed)
    var action = sigaction()
    let handler: @convention(c) (Int32) -> Void = { signal in
      Interrupt.received.store(signal, ordering: .relaxed)
      Interrupt.stopRequest.request()
    }
    #if os(Linux)
      unsafe action.__sigaction_handler.sa_handler = handler
    #else
      unsafe action.__sigaction_u.__sa_handler = handler
    #endif
    // The handler is taken away by the first signal; system calls go on after it.
    action.sa_flags = Int32(truncatingIfNeeded: Int(SA_RESTART) | Int(SA_RESETHAND))
    for signal in [SIGINT, SIGTERM] { _ = unsafe sigaction(signal, &action, nil) }
    // Whoever started the program may have done so from a thread that blocks signals.
    var signals = sigset_t()
    _ = unsafe sigemptyset(&signals)
    for signal in [SIGINT, SIGTERM] { _ = unsafe sigaddset(&signals, signal) }
    _ = unsafe pthread_sigmask(SIG_UNBLOCK, &signals, nil)
    return request
  }
}
