import Datasets
import Dispatch
import Synchronization

extension Trainer {
  /// The events of a run, for a `for try await` loop; the run begins with the loop.
  ///
  ///     for try await event in trainer.events(training: digits.training) {
  ///       if case .epoch(let record) = event { print(record.loss) }
  ///     }
  ///     print(trainer.history.losses)
  ///
  /// The loop ends when the run has ended, and ``model`` and ``history`` are then what it came to,
  /// also where the task of the loop was cancelled: that ends the run at the next iteration. Leaving
  /// the loop does so too, and waits for that iteration. Reports of progress that the loop has no
  /// time for give way to newer ones; the other events are kept.
  /// - Parameters:
  ///   - training: As for `fit`.
  ///   - validation: Samples to evaluate on after each epoch.
  ///   - checkpoint: What to go on from.
  ///   - queue: Where the run is to call from, and so its quality of service; nil for a queue of its
  ///     own at the default one.
  /// - Returns: A sequence whose iterators each train once. They throw what `fit` throws.
  public func events(
    training: Dataset, validation: Dataset? = nil, resuming checkpoint: Checkpoint? = nil,
    on queue: DispatchQueue? = nil
  ) -> TrainingEvents {
    TrainingEvents(
      queue: queue ?? DispatchQueue(label: "ParallelTrainer.events"),
      fit: { stop, onEvent throws(TrainingError) in
        try self.fit(
          training, validation: validation, resuming: checkpoint, stop: stop, onEvent: onEvent)
      })
  }
}

/// The events of a run; see `Trainer.events`.
public struct TrainingEvents: AsyncSequence, Sendable {
  /// What the loop is given.
  public typealias Element = TrainingEvent
  /// What the loop can throw.
  public typealias Failure = TrainingError
  typealias Fit =
    @Sendable (_ stop: StopRequest, _ onEvent: (TrainingEvent) -> Void) throws(TrainingError) ->
    TrainingResult

  let queue: DispatchQueue
  let fit: Fit

  /// Begins the run when its first event is asked for.
  public func makeAsyncIterator() -> Iterator { Iterator(run: EventRun(queue: queue, fit: fit)) }

  /// A run, event by event.
  public struct Iterator: AsyncIteratorProtocol {
    // The last reference to the run goes with the loop.
    private let run: EventRun

    fileprivate init(run: EventRun) { self.run = run }

    /// The next event; nil when the run has ended.
    /// - Throws: What ended it.
    public mutating func next(
      isolation actor: isolated (any Actor)? = #isolation
    ) async throws(TrainingError) -> TrainingEvent? {
      try await run.next()
    }

    /// The next event; nil when the run has ended.
    /// - Throws: ``TrainingError``.
    public mutating func next() async throws -> TrainingEvent? { try await run.next() }
  }
}

/// A run on a queue, whose events someone else waits for.
private final class EventRun: Sendable {
  /// What the queue and the loop share.
  private final class Channel: Sendable {
    struct State {
      var events: [TrainingEvent] = []
      var waiting: CheckedContinuation<Void, Never>?
      var hasBegun = false
      var isAbandoned = false
      /// Nil until the run has ended.
      var end: Result<TrainingResult, TrainingError>?
    }
    let stop = StopRequest()
    let state = Mutex(State())
    let ended = DispatchSemaphore(value: 0)

    func add(_ event: TrainingEvent) {
      wake { state in
        if case .progress = event, case .progress = state.events.last { state.events.removeLast() }
        state.events.append(event)
      }
    }

    /// Changes the state and wakes whoever waits for that.
    func wake(_ change: (inout State) -> Void) {
      let waiting = state.withLock { state in
        change(&state)
        defer { state.waiting = nil }
        return state.waiting
      }
      waiting?.resume()
    }
  }

  private let channel = Channel()
  private let queue: DispatchQueue
  private let fit: TrainingEvents.Fit
  private let isAskedFor = Atomic<Bool>(false)

  init(queue: DispatchQueue, fit: @escaping TrainingEvents.Fit) {
    self.queue = queue
    self.fit = fit
  }

  deinit {
    channel.stop.request()
    let isRunning = channel.state.withLock { state in
      state.isAbandoned = true
      return state.hasBegun && state.end == nil
    }
    if isRunning { channel.ended.wait() }
  }

  func next() async throws(TrainingError) -> TrainingEvent? {
    if !isAskedFor.exchange(true, ordering: .relaxed) { begin() }
    let channel = channel
    while true {
      let (event, end) = channel.state.withLock { state in
        state.events.isEmpty ? (nil, state.end) : (state.events.removeFirst(), nil)
      }
      if let event { return event }
      switch end {
      case .success: return nil
      case .failure(let error): throw error
      case nil: break
      }
      await withTaskCancellationHandler {
        await withCheckedContinuation { continuation in
          let isReady = channel.state.withLock { state in
            let isReady = !state.events.isEmpty || state.end != nil
            if !isReady { state.waiting = continuation }
            return isReady
          }
          if isReady { continuation.resume() }
        }
      } onCancel: {
        // The run then ends, and that ends the wait.
        channel.stop.request()
      }
    }
  }

  private func begin() {
    queue.async { [channel, fit] in
      let goesOn = channel.state.withLock { state in
        state.hasBegun = !state.isAbandoned
        return state.hasBegun
      }
      guard goesOn else { return }
      let result = Result { () throws(TrainingError) in
        try fit(channel.stop) { channel.add($0) }
      }
      channel.wake { $0.end = result }
      channel.ended.signal()
    }
  }
}
