import FileSystem
import Training

/// Ctrl-C: the first one asks the run to stop at the next iteration, the second one ends the
/// process at once, in case the first takes too long.
enum Interrupt {
  // A signal handler can reach nothing but globals. This one is a constant, initialized before the
  // handler is installed; what the handler does with it is a store to an atomic.
  private static let stopRequest = StopRequest()

  /// Installs the handler for the rest of the process's life.
  /// - Returns: The request that Ctrl-C makes.
  static func install() -> StopRequest {
    let request = stopRequest
    var action = sigaction()
    let handler: @convention(c) (Int32) -> Void = { _ in Interrupt.stopRequest.request() }
    #if os(Linux)
      unsafe action.__sigaction_handler.sa_handler = handler
    #else
      unsafe action.__sigaction_u.__sa_handler = handler
    #endif
    // The handler is taken away by the first signal; system calls go on after it.
    action.sa_flags = Int32(truncatingIfNeeded: Int(SA_RESTART) | Int(SA_RESETHAND))
    _ = unsafe sigaction(SIGINT, &action, nil)
    // Whoever started the program may have done so from a thread that blocks signals.
    var signals = sigset_t()
    _ = unsafe sigemptyset(&signals)
    _ = unsafe sigaddset(&signals, SIGINT)
    _ = unsafe pthread_sigmask(SIG_UNBLOCK, &signals, nil)
    return request
  }
}
