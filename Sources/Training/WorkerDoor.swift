import CThreads
import Dispatch
import Synchronization

/// Lets threads that come late into work that may be over by then: whoever is inside is waited for,
/// whoever comes after the end finds the door closed and nothing behind it.
final class WorkerDoor<Work: Sendable>: Sendable {
  private struct State {
    /// Nil once the door is closed.
    var work: Work?
    var inside = 0
  }
  private let state: Mutex<State>
  private let empty = DispatchSemaphore(value: 0)

  init(_ work: Work) { state = Mutex(State(work: work)) }

  /// Runs `body` on the work, unless the door is closed.
  func enter(_ body: (Work) -> Void) {
    let work = state.withLock { state in
      if state.work != nil { state.inside += 1 }
      return state.work
    }
    guard let work else { return }
    body(work)
    let isLast = state.withLock { state in
      state.inside -= 1
      return state.inside == 0 && state.work == nil
    }
    if isLast { empty.signal() }
  }

  /// Closes the door and waits for those inside.
  func close() {
    let isOccupied = state.withLock { state in
      state.work = nil
      return state.inside > 0
    }
    if isOccupied { empty.wait() }
  }
}

/// Threads that end with the call that started them.
@safe struct ThreadsOfACall: ~Copyable {
  private var threads: [OpaquePointer]

  init() { unsafe threads = [] }

  private final class Body {
    let run: () -> Void
    init(_ run: @escaping () -> Void) { self.run = run }
  }

  /// Starts a thread, if the system gives one.
  mutating func start(_ body: @escaping @Sendable () -> Void) {
    // The thread takes the reference over.
    let context = unsafe Unmanaged.passRetained(Body(body))
    let thread = unsafe cthreads_start(
      { unsafe Unmanaged<Body>.fromOpaque($0).takeRetainedValue().run() }, context.toOpaque())
    if let thread = unsafe thread {
      unsafe threads.append(thread)
    } else {
      unsafe context.release()
    }
  }

  /// Waits for all of them to end.
  consuming func join() {
    for place in unsafe threads.indices { unsafe cthreads_join(threads[place]) }
  }
}
