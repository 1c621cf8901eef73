import Dispatch
import ParallelTrainer
import Synchronization
import Testing

@Suite struct EventTests {
  private func trainer(epochs: Int = 4) throws -> Trainer { try Sectors.trainer(epochs: epochs) }

  @Test func eventsOfAWholeRun() async throws {
    let trainer = try trainer()
    let data = try Sectors.dataset()
    var epochs: [EpochRecord] = []
    for try await event in trainer.events(training: data, validation: data) {
      if case .epoch(let record) = event { epochs.append(record) }
    }
    #expect(epochs.map(\.epoch) == [1, 2, 3, 4])
    #expect(Array(trainer.history) == epochs)
    let other = try Sectors.trainer(epochs: 4)
    try other.fit(data)
    #expect(other.model == trainer.model)
    #expect(other.history.losses == trainer.history.losses)
    #expect(trainer.history.validationAccuracies.count == 4)
    #expect(trainer.history.learningRates.allSatisfy { $0 == 0.01 })
  }

  @Test func eventsOnTheHostsQueue() async throws {
    let key = DispatchSpecificKey<Bool>()
    let queue = DispatchQueue(label: "host", qos: .utility)
    queue.setSpecific(key: key, value: true)
    let trainer = try Sectors.trainer(threads: 1, epochs: 2)
    let isThere = Mutex(false)
    struct Watching: SampleSource {
      let count = 64
      let featureCount = 2
      let targets = Dataset.Targets.classes(count: 3)
      let watch: @Sendable () -> Void
      func fill(_ batch: inout SampleBatch) { watch() }
    }
    let data = try Dataset(
      name: "watching",
      source: Watching {
        if DispatchQueue.getSpecific(key: key) == true { isThere.withLock { $0 = true } }
      })
    for try await _ in trainer.events(training: data, on: queue) {}
    #expect(isThere.withLock { $0 })
  }

  @Test func errorsEndTheLoop() async throws {
    let trainer = try trainer()
    let narrow = try Dataset(
      name: "narrow", features: [[1], [2]], labels: [0, 1], classCount: 2)
    await #expect(throws: TrainingError.featureCount(dataset: "narrow", found: 1, expected: 2)) {
      for try await _ in trainer.events(training: narrow) {}
    }
  }

  /// Leaving the loop ends the run: the trainer can train again at once.
  @Test func leavingTheLoop() async throws {
    let trainer = try trainer(epochs: 1_000_000)
    let data = try Sectors.dataset()
    for try await event in trainer.events(training: data) {
      if case .epoch(let record) = event, record.epoch == 3 { break }
    }
    #expect(trainer.history.count >= 3)
    let stop = StopRequest()
    stop.request()
    #expect(try trainer.fit(data, stop: stop).stopped == .interrupted)
  }

  /// Cancelling the task of the loop ends the run, and the loop without an error.
  @Test func cancellingTheLoop() async throws {
    let trainer = try trainer(epochs: 1_000_000)
    let data = try Sectors.dataset()
    let task = Task {
      var epochs = 0
      for try await event in trainer.events(training: data) {
        if case .epoch = event { epochs += 1 }
        if epochs == 2 { withUnsafeCurrentTask { $0?.cancel() } }
      }
      return epochs
    }
    #expect(try await task.value >= 2)
    #expect(trainer.history.count >= 2)
    #expect(trainer.history.count < 1_000_000)
  }

  /// A synchronous call inside a task ends at the next iteration after the task is cancelled.
  @Test(arguments: [1, 3]) func cancellingTheTaskAroundACall(threads: Int) async throws {
    let trainer = try Sectors.trainer(threads: threads, epochs: 1_000_000)
    let data = try Sectors.dataset()
    // The task cancels itself, because the pool's threads may all be in calls like this one.
    let result = try await Task.detached {
      try trainer.fit(data) { event in
        guard case .epoch(let record) = event, record.epoch == 2 else { return }
        withUnsafeCurrentTask { $0?.cancel() }
      }
    }.value
    #expect(result.stopped == .interrupted)
    #expect(result.epochs.count == 2 && result.iterations == 2 * 19)
    #expect(trainer.history.count == 2)
    // A task that has been cancelled before trains nothing.
    let (fit, part) = try await Task.detached {
      withUnsafeCurrentTask { $0?.cancel() }
      return (try trainer.fit(data), try trainer.partialFit(data))
    }.value
    #expect(fit.stopped == .interrupted && fit.iterations == 0)
    #expect(part.stopped == .interrupted && part.iterations == 0)
  }

  @Test func callbacksCanAskToStop() throws {
    let trainer = try trainer(epochs: 1_000_000)
    let result = try trainer.fit(Sectors.dataset()) { event, stop in
      if case .epoch(let record) = event, record.epoch == 3 { stop.request() }
    }
    #expect(result.stopped == .interrupted && result.epochs.count == 3)
    #expect(trainer.history == result.history)
  }

  /// A trainer trains one call at a time, and says so.
  @Test func oneCallAtATime() throws {
    let trainer = try trainer(epochs: 2)
    let data = try Sectors.dataset()
    var refusals: [TrainingError] = []
    let before = trainer.model
    try trainer.fit(data) { event in
      guard case .epoch = event else { return }
      do throws(TrainingError) { try trainer.fit(data) } catch { refusals.append(error) }
      do throws(TrainingError) { try trainer.partialFit(data) } catch { refusals.append(error) }
      #expect(trainer.model == before)
    }
    #expect(refusals == [TrainingError](repeating: .alreadyTraining, count: 4))
    #expect(trainer.model != before)
  }

  @Test func networksAreBuiltOfLayers() throws {
    let isDeep = true
    let network = try Network(inputs: 784, inputDropout: 0.25) {
      Dense(128, .relu, dropout: 0.5)
      if isDeep {
        for outputs in [64, 32] { Dense(outputs, .gelu) }
      } else {
        Dense(1)
      }
      if !isDeep { Dense(2) }
      [Dense(16, .tanh)]
      Dense(10)
    }
    #expect(
      network
        == (try Network(
          inputs: 784,
          layers: [
            LayerDescription(outputs: 128, activation: .relu, dropout: 0.5),
            LayerDescription(outputs: 64, activation: .gelu),
            LayerDescription(outputs: 32, activation: .gelu),
            LayerDescription(outputs: 16, activation: .tanh),
            LayerDescription(outputs: 10, activation: .identity),
          ], inputDropout: 0.25)))
    #expect(network.summary.contains("dense 5"))
    #expect(throws: NetworkError.noLayers) { try Network(inputs: 3) {} }
  }
}
