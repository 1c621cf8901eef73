import Dispatch

/// Where a call finds the threads that work beside the calling one. No result depends on it.
///
/// A call uses as many threads as the configuration says, the calling one included, and fewer where
/// the source gives fewer: the calling thread can do everything alone. When the call returns, none
/// of them is left in its work, and work that the source has not begun by then never begins.
public enum WorkerSource: Sendable {
  /// Dispatch's pool, at the quality of service of the calling thread: what `concurrentPerform`
  /// takes. The pool belongs to the system, which keeps an idle thread for some seconds.
  case callersPool
  /// Dispatch's pool, at a quality of service. The calling thread keeps its own.
  case qualityOfService(DispatchQoS.QoSClass)
  /// A queue of the host. One that runs a block at a time gives one thread besides the calling one;
  /// one that is suspended, or busy with this very call, gives none.
  case queue(DispatchQueue)
  /// Threads that are started for the call and have ended when it returns. They take no signal.
  /// Where the system refuses a thread, the others do its work. Starting one takes about 20 µs.
  case threadsOfTheCall
}
