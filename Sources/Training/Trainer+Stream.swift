import Datasets
import Dispatch
import NeuralNetwork

/// Where a stream of data is between two calls: what the next one goes on from.
struct StreamPosition: Sendable {
  var optimizer: OptimizerState?
  /// Parameter updates of all calls.
  var iterations = 0
  /// Samples of all calls.
  var samples = 0
  /// Calls that have trained.
  var calls = 0
}

extension Trainer {
  /// Trains on the next samples of a stream: one pass over them, in batches, from the parameters of
  /// ``model`` and with the optimizer as the last call left it, its momentum and its count of
  /// iterations. A call of `fit` ends the stream; the next call here begins another one.
  ///
  /// A call counts as an epoch: for the order of the samples, for dropout, and for schedules, which
  /// must be one of those that do not depend on the length of a run. `epochs` has no part in it.
  /// - Parameters:
  ///   - samples: As for `fit`; all of them in one batch where they are fewer than a batch.
  ///   - stop: How another thread can end the call at the next iteration; cancelling the task around
  ///     it does so too.
  /// - Returns: What the call came to, with the iterations, samples and seconds of all calls of the
  ///   stream; its own are a record, unless it was ended early.
  /// - Throws: ``TrainingError`` as `fit`; ``TrainingError/invalidOption(_:found:expected:)`` where
  ///   the configuration asks for what a stream does not have: a length (linear, cosine and one-cycle
  ///   schedules), validation (plateaus, stopping rules) or epochs of one size (a warm-up of epochs).
  @discardableResult
  public func partialFit(
    _ samples: Dataset, stop: StopRequest = StopRequest()
  ) throws(TrainingError) -> TrainingResult {
    let start = DispatchTime.now()
    return try change { state throws(TrainingError) in
      try checkStream()
      try checkFit(of: samples)
      if configuration.dropsLastBatch, samples.count < configuration.batchSize {
        throw .noFullBatch(
          dataset: samples.name, sampleCount: samples.count, batchSize: configuration.batchSize)
      }
      return try SurroundingTask.with { task throws(TrainingError) in
        let position = state.stream ?? StreamPosition()
        let coordinator = coordinator(
          of: state, samples, configuration: configuration, stop: stop, task: task,
          continuing: position)
        coordinator.begin(
          EpochOrder(dataset: samples, seed: configuration.seed, epoch: position.calls + 1))
        let reason: StopReason
        switch coordinator.run(until: .distantFuture) {
        case .stopRequested: reason = .interrupted
        case .diverged: reason = .diverged
        case .epochEnd, .timeToReport, .iterationReached: reason = .completed
        case .sourceFailed:
          try coordinator.throwSourceFailure()
          reason = .interrupted
        }
        let divergence = reason == .diverged ? coordinator.divergence : nil
        // Parameters that an update has spoiled are those of before this call again.
        if divergence?.hasSpoiledParameters != true {
          state.model = Model(
            network: state.model.network, parameters: coordinator.parameters.export(),
            imageSize: state.model.imageSize)
          state.stream = StreamPosition(
            optimizer: coordinator.optimizer.state, iterations: coordinator.iterations,
            samples: coordinator.samples, calls: position.calls + 1)
        }
        return result(
          reason, divergence, of: coordinator, after: position,
          seconds: Double(DispatchTime.now().uptimeNanoseconds - start.uptimeNanoseconds) / 1e9)
      }
    }
  }

  private func result(
    _ reason: StopReason, _ divergence: Divergence?, of coordinator: Coordinator,
    after position: StreamPosition, seconds: Double
  ) -> TrainingResult {
    let samples = coordinator.samples - position.samples
    let record = EpochRecord(
      epoch: position.calls + 1, iterations: coordinator.iterations, samples: coordinator.samples,
      loss: coordinator.lossSumInEpoch / Double(max(samples, 1)), validation: nil,
      seconds: seconds, samplesPerSecond: Double(samples) / seconds,
      learningRate: coordinator.learningRate)
    return TrainingResult(
      stopped: reason, divergence: divergence, bestEpoch: nil, restoredEpoch: nil,
      epochs: reason == .completed ? [record] : [], iterations: coordinator.iterations,
      samples: coordinator.samples, seconds: seconds, samplesOfCall: samples,
      secondsOfCall: seconds, phases: coordinator.clock?.seconds)
  }

  /// Throws where the configuration asks for what a stream does not have.
  private func checkStream() throws(TrainingError) {
    switch configuration.schedule {
    case .constant, .step, .exponential: break
    case .linear, .cosine, .oneCycle, .plateau:
      throw .invalidOption(
        "schedule", found: "\(configuration.schedule)",
        expected: "constant, step or exponential: a stream has neither length nor validation")
    }
    if case .epochs = configuration.warmUp {
      throw .invalidOption(
        "warm-up", found: "\(configuration.warmUp)",
        expected: "none or iterations: the calls of a stream differ in length")
    }
    if configuration.stopping != StoppingRules() {
      throw .invalidOption(
        "stopping rules", found: "some", expected: "none: a stream ends when it is not fed")
    }
  }
}
