/// The Swift task in which a synchronous call runs, if any: its cancellation, for other threads to
/// ask for while the call lasts.
@safe struct SurroundingTask: @unchecked Sendable {
  // Sendable, because:
  // 1. Of the task nothing is asked but `isCancelled`, which is part of `Task` and may therefore be
  //    asked for on any thread.
  // 2. The task outlives the value: `UnsafeCurrentTask` is valid inside the closure that gave it,
  //    and the call that makes this value returns before that closure does, with no thread left.

  private let task: UnsafeCurrentTask?

  /// No task.
  init() { unsafe task = nil }

  init(_ task: UnsafeCurrentTask?) { unsafe self.task = task }

  /// Whether the task has been cancelled.
  var isCancelled: Bool { unsafe task?.isCancelled ?? false }

  /// Calls `body` with the task that this thread runs.
  static func with<Value, Failure: Error>(
    _ body: (SurroundingTask) throws(Failure) -> Value
  ) throws(Failure) -> Value {
    let result = unsafe withUnsafeCurrentTask { task in
      Result { () throws(Failure) in try unsafe body(SurroundingTask(task)) }
    }
    return try result.get()
  }
}
