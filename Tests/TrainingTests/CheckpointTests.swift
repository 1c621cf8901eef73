import Datasets
import Kernels
import NeuralNetwork
import TestSupport
import Testing

@testable import Training

/// A run of which checkpoints are made, and what it comes to when nothing stops it.
struct CheckpointedRun {
  let network: Network
  let configuration: TrainingConfiguration
  let training: Dataset
  let validation: Dataset
  let variant: KernelVariant
  let model: Model
  let result: TrainingResult
  let checkpoints: [Checkpoint]

  init(
    _ configuration: TrainingConfiguration, policy: CheckpointPolicy = .everyIterations(1)
  ) throws {
    self.configuration = configuration
    network = try Network(inputs: 6, hidden: [9, 5], outputs: 4)
    variant = try KernelVariant.select()
    let dataset = try randomDataset(count: 52, features: 6, classes: 4)
    (training, validation) = dataset.split(validationFraction: 0.2, seed: 1)
    let trainer = try Trainer(network: network, configuration: configuration, kernels: variant)
    var checkpoints: [Checkpoint] = []
    result = try trainer.fit(training, validation: validation, checkpoints: policy) {
      if case .checkpoint(let checkpoint) = $0 { checkpoints.append(checkpoint) }
    }
    model = trainer.model
    self.checkpoints = checkpoints
  }

  /// The run that goes on from a checkpoint.
  func resumed(
    from checkpoint: Checkpoint, threads: Int? = nil
  ) throws -> (model: Model, result: TrainingResult) {
    var configuration = configuration
    if let threads { configuration.threads = threads }
    let trainer = try Trainer(network: network, configuration: configuration, kernels: variant)
    let result = try trainer.fit(training, validation: validation, resuming: checkpoint)
    return (trainer.model, result)
  }

  /// Every number of a record but the times.
  static func numbers(_ records: [EpochRecord]) -> [[UInt64]] {
    records.map {
      [
        UInt64($0.epoch), UInt64($0.iterations), UInt64($0.samples), $0.loss.bitPattern,
        $0.validation?.loss.bitPattern ?? 0, UInt64($0.validation?.correctCount ?? 0),
        UInt64($0.learningRate.bitPattern),
      ]
    }
  }
}

@Suite struct CheckpointTests {
  static let configurations = [
    TrainingConfiguration(epochs: 3, batchSize: 8, threads: 2, seed: 3),
    TrainingConfiguration(
      epochs: 3, batchSize: 8, schedule: .constant, optimizer: .sgd, threads: 2, seed: 3),
    TrainingConfiguration(epochs: 3, batchSize: 8, threads: 2, seed: 3, dropsLastBatch: true),
    TrainingConfiguration(epochs: 2, batchSize: 1, threads: 1, seed: 4),
    TrainingConfiguration(epochs: 4, batchSize: 100, threads: 3, seed: 5),
  ]

  // MARK: The same run

  @Test(arguments: configurations)
  func aRunResumedAtAnyIterationIsTheRunThatWasNeverStopped(
    configuration: TrainingConfiguration
  ) throws {
    let run = try CheckpointedRun(configuration)
    #expect(run.checkpoints.map(\.iterations) == Array(1...run.result.iterations))
    for checkpoint in run.checkpoints {
      for threads in [1, 2, 5] {
        let (model, result) = try run.resumed(from: checkpoint, threads: threads)
        #expect(model.parameters.values.bits == run.model.parameters.values.bits)
        #expect(
          CheckpointedRun.numbers(result.epochs) == CheckpointedRun.numbers(run.result.epochs))
        #expect(result.stopped == .completed)
        #expect(result.iterations == run.result.iterations)
        #expect(result.samples == run.result.samples)
        #expect(result.samplesOfCall == run.result.samples - checkpoint.samples)
      }
    }
  }

  @Test func withAveragesPerWorkerTheThreadsMustBeTheSame() throws {
    let run = try CheckpointedRun(.init(epochs: 2, batchSize: 8, threads: 3, averaging: .perWorker))
    let checkpoint = run.checkpoints[4]
    let (model, _) = try run.resumed(from: checkpoint)
    #expect(model.parameters.values.bits == run.model.parameters.values.bits)
    #expect(
      throws: TrainingError.checkpointMismatch(
        field: "threads (averaging per worker)", checkpoint: "3", run: "2")
    ) { try run.resumed(from: checkpoint, threads: 2) }
  }

  @Test func checkpointsChangeNothing() throws {
    let configuration = TrainingConfiguration(epochs: 3, batchSize: 8, threads: 2)
    let with = try CheckpointedRun(configuration)
    let without = try CheckpointedRun(configuration, policy: .never)
    #expect(without.checkpoints.isEmpty)
    #expect(with.model.parameters.values.bits == without.model.parameters.values.bits)
  }

  /// A checkpoint of a resumed run is the checkpoint of the run that was never stopped.
  @Test func resumedRunsMakeTheSameCheckpoints() throws {
    let run = try CheckpointedRun(Self.configurations[0])
    let trainer = try Trainer(
      network: run.network, configuration: run.configuration, kernels: run.variant)
    var later: [Checkpoint] = []
    try trainer.fit(
      run.training, validation: run.validation, resuming: run.checkpoints[6],
      checkpoints: .everyIterations(1)
    ) { if case .checkpoint(let checkpoint) = $0 { later.append(checkpoint) } }
    #expect(later.map(\.iterations) == run.checkpoints[7...].map(\.iterations))
    for (found, expected) in zip(later, run.checkpoints[7...]) {
      #expect(found.model == expected.model)
      #expect(found.optimizer == expected.optimizer)
      #expect(found.lossSumInEpoch.bitPattern == expected.lossSumInEpoch.bitPattern)
      #expect(
        CheckpointedRun.numbers(found.history) == CheckpointedRun.numbers(expected.history))
    }
  }

  @Test func aCompletedRunHasNothingLeftToDo() throws {
    let run = try CheckpointedRun(Self.configurations[0], policy: .everyEpoch)
    let last = try #require(run.checkpoints.last)
    #expect(last.isComplete)
    let (model, result) = try run.resumed(from: last)
    #expect(model == run.model)
    #expect((result.samplesOfCall, result.iterations) == (0, run.result.iterations))
    #expect(result.epochs == last.history)
  }

  // MARK: When

  /// 42 samples in batches of 8: 6 iterations an epoch, 18 in all.
  @Test(arguments: [
    (CheckpointPolicy.everyEpoch, [6, 12, 18]), (.everyIterations(4), [4, 8, 12, 16, 18]),
    (.everyIterations(6), [6, 12, 18]), (.everyIterations(7), [7, 14, 18]),
    (.everyIterations(18), [18]), (.everyIterations(.max), [18]), (.never, []),
  ])
  func policies(policy: CheckpointPolicy, expected: [Int]) throws {
    let run = try CheckpointedRun(Self.configurations[0], policy: policy)
    #expect(run.checkpoints.map(\.iterations) == expected)
    for checkpoint in run.checkpoints {
      #expect(checkpoint.epoch == checkpoint.iterations / 6 + 1)
      #expect(checkpoint.samplesInEpoch == checkpoint.iterations % 6 * 8)
      #expect(checkpoint.history.count == checkpoint.iterations / 6)
      #expect(checkpoint.samples == checkpoint.iterations / 6 * 42 + checkpoint.samplesInEpoch)
    }
  }

  @Test func anInterruptionMakesALastCheckpoint() throws {
    let run = try CheckpointedRun(Self.configurations[0])
    let stop = StopRequest()
    let trainer = try Trainer(
      network: run.network, configuration: run.configuration, kernels: run.variant)
    var iterations: [Int] = []
    var last: Checkpoint?
    let result = try trainer.fit(
      run.training, validation: run.validation, checkpoints: .everyIterations(100), stop: stop
    ) {
      if case .epoch = $0 { stop.request() }
      guard case .checkpoint(let checkpoint) = $0 else { return }
      iterations.append(checkpoint.iterations)
      last = checkpoint
    }
    #expect(result.stopped == .interrupted)
    #expect(iterations == [6])
    let (model, _) = try run.resumed(from: #require(last))
    #expect(model == run.model)
  }

  @Test func divergenceMakesNone() throws {
    let run = try CheckpointedRun(.init(epochs: 50, batchSize: 8, learningRate: 1e30))
    #expect(run.result.stopped == .diverged)
    #expect(run.checkpoints.last?.iterations ?? 0 == run.result.iterations)
    let none = try CheckpointedRun(
      .init(epochs: 50, batchSize: 8, learningRate: 1e30), policy: .everyIterations(1000))
    #expect(none.checkpoints.isEmpty)
  }

  @Test(arguments: [0, -1, .min])
  func intervalsOutOfRange(count: Int) throws {
    #expect(throws: TrainingError.self) {
      try CheckpointedRun(Self.configurations[0], policy: .everyIterations(count))
    }
  }

  // MARK: Another run

  private func mismatch(
    _ field: String, _ change: (inout TrainingConfiguration) -> Void
  ) throws -> TrainingError? {
    let run = try CheckpointedRun(Self.configurations[0])
    var configuration = run.configuration
    change(&configuration)
    do {
      try run.checkpoints[7].requireMatch(network: run.network, configuration: configuration)
    } catch {
      return error
    }
    return nil
  }

  @Test func whatDiffersIsNamed() throws {
    func expect(
      _ field: String, _ checkpoint: String, _ found: String,
      _ change: (inout TrainingConfiguration) -> Void
    ) throws {
      #expect(
        try mismatch(field, change)
          == .checkpointMismatch(field: field, checkpoint: checkpoint, run: found))
    }
    try expect("seed", "3", "4") { $0.seed = 4 }
    try expect("batch size", "8", "9") { $0.batchSize = 9 }
    try expect("drop last batch", "false", "true") { $0.dropsLastBatch = true }
    try expect("learning rate", "0.1", "0.2") { $0.learningRate = 0.2 }
    try expect("schedule", "linear", "constant") { $0.schedule = .constant }
    try expect("optimizer", "momentum:0.9", "sgd") { $0.optimizer = .sgd }
    try expect("averaging", "slabs", "perWorker") { $0.averaging = .perWorker }
    let epochs = "3 (with the linear schedule every learning rate depends on their number)"
    try expect("epochs", epochs, "4") { $0.epochs = 4 }
    #expect(
      try mismatch("") {
        $0.threads = 64
        $0.measuresPhases = true
      } == nil)
  }

  @Test func anotherNetworkIsNamed() throws {
    let run = try CheckpointedRun(Self.configurations[0])
    let other = try Network(inputs: 6, hidden: [9], outputs: 4)
    #expect(
      throws: TrainingError.checkpointMismatch(
        field: "network", checkpoint: "6-9-5-4", run: "6-9-4")
    ) {
      try run.checkpoints[0].requireMatch(network: other, configuration: run.configuration)
    }
  }

  @Test func otherDataAreNamed() throws {
    let run = try CheckpointedRun(Self.configurations[0])
    func field(_ training: Dataset, _ validation: Dataset?) throws -> String? {
      let trainer = try Trainer(
        network: run.network, configuration: run.configuration, kernels: run.variant)
      do {
        try trainer.fit(training, validation: validation, resuming: run.checkpoints[3])
        return nil
      } catch .checkpointMismatch(let field, _, _) {
        #expect(trainer.model.parameters.values != run.model.parameters.values)
        return field
      }
    }
    #expect(try field(run.training, run.validation) == nil)
    #expect(try field(run.training, nil) == "validation data")
    #expect(try field(run.training, run.training) == "validation data")
    let others = try randomDataset(count: 42, features: 6, classes: 4, seed: 6)
    #expect(try field(others, run.validation) == "training data")
    // The same samples in another order, and one of them twice.
    let positions = Array((0..<42).reversed())
    #expect(try field(run.training.subset(at: positions), run.validation) == "training data")
    #expect(
      try field(run.training.subset(at: Array(0..<41) + [0]), run.validation) == "training data")
    #expect(try field(run.training.subset(at: 0..<41), run.validation) == "training data")
  }

  @Test func otherArithmeticIsNamed() throws {
    let run = try CheckpointedRun(Self.configurations[0])
    let checkpoint = run.checkpoints[0]
    #expect(checkpoint.isFused == run.variant.kernels.isFused)
    for variant in KernelVariant.all {
      do {
        try checkpoint.requireMatch(kernels: variant)
        #expect(variant.kernels.isFused == checkpoint.isFused)
      } catch {
        #expect(variant.kernels.isFused != checkpoint.isFused)
        guard case .checkpointMismatch("arithmetic", _, _) = error else {
          Issue.record("another error: \(error)")
          return
        }
      }
    }
  }

  /// With a constant learning rate nothing depends on the number of epochs.
  @Test func aConstantScheduleCanBeExtended() throws {
    let short = try CheckpointedRun(Self.configurations[1])
    var configuration = short.configuration
    configuration.epochs = 5
    let long = try CheckpointedRun(configuration)
    for checkpoint in short.checkpoints {
      let (model, result) = try long.resumed(from: checkpoint)
      #expect(model == long.model)
      #expect(result.epochs.count == 5)
    }
    configuration.epochs = 1
    #expect(
      throws: TrainingError.checkpointMismatch(
        field: "epochs", checkpoint: "at least 2", run: "1")
    ) {
      try short.checkpoints[6].requireMatch(network: short.network, configuration: configuration)
    }
    // Six iterations are one epoch: there is nothing of the second one.
    try short.checkpoints[5].requireMatch(network: short.network, configuration: configuration)
  }

  // MARK: Progress

  /// The speed is that of this call, and what is left is left of the whole run.
  @Test func progressAfterResuming() throws {
    let dataset = try randomDataset(count: 1_000_000, features: 6, classes: 4)
    let network = try Network(inputs: 6, hidden: [], outputs: 4)
    let configuration = TrainingConfiguration(epochs: 3, batchSize: 3, dropsLastBatch: true)
    let variant = try KernelVariant.select()
    func run(
      from checkpoint: Checkpoint?
    ) throws -> (progress: TrainingProgress, checkpoint: Checkpoint) {
      let stop = StopRequest()
      var progress: TrainingProgress?
      var last: Checkpoint?
      try Trainer(network: network, configuration: configuration, kernels: variant).fit(
        dataset, resuming: checkpoint, checkpoints: .everyEpoch, stop: stop
      ) {
        if case .progress(let first) = $0, progress == nil {
          progress = first
          stop.request()
        }
        if case .checkpoint(let checkpoint) = $0 { last = checkpoint }
      }
      return (try #require(progress), try #require(last))
    }
    let first = try run(from: nil)
    let second = try run(from: first.checkpoint)
    for (progress, before) in [(first.progress, 0), (second.progress, first.checkpoint.samples)] {
      #expect(progress.samplesPerEpoch == 999_999)
      let left = 3 * 999_999 - (progress.epoch - 1) * 999_999 - progress.samplesDone
      #expect(abs(progress.secondsLeft * progress.samplesPerSecond - Double(left)) < 1)
      // The first report comes after a tenth of a second, not earlier.
      let done = (progress.epoch - 1) * 999_999 + progress.samplesDone - before
      #expect(progress.samplesPerSecond <= Double(done) / 0.1)
    }
  }
}
