import ParallelTrainer
import Testing

@Suite struct StreamTests {
  /// A stream in many calls is the run of as many epochs, where the order does not matter: with one
  /// batch of all samples, nothing but the state between the calls could differ.
  @Test(arguments: [Optimizer.sgd, .momentum(0.9), .adam, .rmsprop])
  func callsContinueWhereTheLastOneEnded(optimizer: Optimizer) throws {
    func trainer(_ schedule: LearningRateSchedule) throws -> Trainer {
      try Trainer(
        network: Sectors.network(),
        configuration: TrainingConfiguration(
          epochs: 6, batchSize: 1000, learningRate: 0.01, schedule: schedule,
          warmUp: .iterations(2), optimizer: optimizer, threads: 2, seed: 7))
    }
    let data = try Sectors.dataset()
    for schedule in [LearningRateSchedule.constant, .exponential(factor: 0.5)] {
      let whole = try trainer(schedule)
      let result = try whole.fit(data)
      let parts = try trainer(schedule)
      var losses: [Double] = []
      for call in 1...6 {
        let part = try parts.partialFit(data)
        #expect(part.iterations == call && part.samples == 600 * call)
        #expect(part.samplesOfCall == 600 && part.stopped == .completed)
        losses += part.epochs.map(\.loss)
      }
      // A schedule of epochs counts them from the end of the warm-up, a stream counts its calls.
      if schedule == .constant {
        #expect(parts.model == whole.model)
        #expect(losses == result.history.losses)
      } else {
        #expect(parts.model != whole.model)
      }
    }
  }

  @Test func sameWeightsOnAnyNumberOfThreads() throws {
    func weights(threads: Int) throws -> UInt32 {
      let trainer = try Sectors.trainer(threads: threads)
      let data = try Sectors.dataset()
      for start in stride(from: 0, to: 600, by: 70) {
        try trainer.partialFit(data.subset(at: start..<min(start + 70, 600)))
      }
      return trainer.model.parameters.crc32
    }
    let alone = try weights(threads: 1)
    for threads in [2, 3, 8] { #expect(try weights(threads: threads) == alone) }
  }

  /// `fit` begins anew, and so does the stream after it.
  @Test func fitEndsTheStream() throws {
    let data = try Sectors.dataset()
    let trainer = try Sectors.trainer(epochs: 2)
    try trainer.partialFit(data)
    try trainer.fit(data)
    let middle = trainer.model
    let result = try trainer.partialFit(data)
    #expect(result.samples == 600)
    let other = try Trainer(model: middle, configuration: trainer.configuration)
    try other.partialFit(data)
    #expect(other.model == trainer.model)
  }

  @Test func whatAStreamDoesNotHaveIsAnError() throws {
    let data = try Sectors.dataset()
    for schedule in [LearningRateSchedule.linear, .cosine(), .plateau(factor: 0.5, patience: 1)] {
      let trainer = try Sectors.trainer(schedule: schedule)
      #expect(throws: TrainingError.self) { try trainer.partialFit(data) }
    }
    var configuration = TrainingConfiguration(schedule: .constant)
    configuration.warmUp = .epochs(1)
    let warming = try Trainer(network: Sectors.network(), configuration: configuration)
    #expect(throws: TrainingError.self) { try warming.partialFit(data) }
    configuration.warmUp = .none
    configuration.stopping.timeLimit = 1
    let stopping = try Trainer(network: Sectors.network(), configuration: configuration)
    #expect(throws: TrainingError.self) { try stopping.partialFit(data) }
  }

  @Test func stoppingKeepsWhatWasLearned() throws {
    let trainer = try Sectors.trainer()
    let stop = StopRequest()
    stop.request()
    let before = trainer.model
    let result = try trainer.partialFit(Sectors.dataset(), stop: stop)
    #expect(result.stopped == .interrupted && result.samplesOfCall == 0)
    #expect(trainer.model == before)
    #expect(try trainer.partialFit(Sectors.dataset()).samples == 600)
  }

  @Test func divergenceLeavesFiniteWeights() throws {
    let trainer = try Trainer(
      network: Network(inputs: 1, hidden: [], outputs: 1),
      configuration: TrainingConfiguration(
        batchSize: 1, learningRate: 1e20, schedule: .constant, optimizer: .sgd,
        loss: .meanSquaredError))
    let data = try Dataset(
      name: "steep", features: (0..<20).map { [Float($0 + 1) * 1e10] },
      targets: (0..<20).map { [Float($0)] })
    let result = try trainer.partialFit(data)
    #expect(result.stopped == .diverged && result.divergence != nil)
    let finite = trainer.model.parameters.values.allSatisfy { $0.isFinite }
    #expect(finite)
  }
}
