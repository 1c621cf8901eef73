import ParallelTrainer
import Synchronization
import Testing

/// The samples of `Sectors`, made when they are needed.
private struct SectorSource: SampleSource {
  struct Broken: Error, Equatable { let sample: Int }
  let count = Sectors.count
  let featureCount = 2
  let targets: Dataset.Targets
  /// The sample on which it fails.
  var broken: Int?
  var revision: UInt32 = 1

  init(_ targets: Dataset.Targets = .classes(count: 3)) { self.targets = targets }

  func fill(_ batch: inout SampleBatch) throws(Broken) {
    for row in 0..<batch.count {
      let number = batch.sample(row: row)
      if number == broken { throw Broken(sample: number) }
      let sample = Sectors.sample(number)
      batch.withFeatures(row: row) { features in
        for index in 0..<2 { features[index] = sample.features[index] }
      }
      if case .classes = targets {
        batch.setLabel(sample.label, row: row)
      } else {
        batch.withTargets(row: row) { $0[sample.label] = 1 }
      }
    }
  }
}

/// A source that writes what `write` says, or does not write.
private struct OddSource: SampleSource {
  let count = 40
  let featureCount = 2
  var targets = Dataset.Targets.classes(count: 3)
  let write: @Sendable (inout SampleBatch) -> Void

  func fill(_ batch: inout SampleBatch) { write(&batch) }
}

@Suite struct SampleSourceTests {
  /// The weights of a run on stored samples, and those of runs on the same samples from a source.
  @Test func sameWeightsAsStoredSamplesOnAnyNumberOfThreads() throws {
    let stored = try Sectors.trainer(threads: 1)
    try stored.fit(Sectors.dataset(), validation: Sectors.dataset(count: 90))
    for threads in [1, 2, 3, 7, 16] {
      let trainer = try Sectors.trainer(threads: threads)
      let samples = try Dataset(name: "sectors", source: SectorSource())
      try trainer.fit(samples, validation: samples.subset(at: 0..<90))
      #expect(trainer.model.parameters.crc32 == stored.model.parameters.crc32)
      #expect(trainer.history.losses == stored.history.losses)
      #expect(trainer.history.validationLosses == stored.history.validationLosses)
      #expect(try trainer.evaluate(samples) == stored.evaluate(Sectors.dataset()))
      #expect(try trainer.predict(samples) == stored.predict(Sectors.dataset()))
    }
  }

  /// One-hot rows are targets like labels; label smoothing makes one-hot rows of labels.
  @Test func targetsOfEveryKind() throws {
    var configuration = TrainingConfiguration(epochs: 2, batchSize: 32, threads: 2, seed: 7)
    func weights(_ data: Dataset) throws -> UInt32 {
      let trainer = try Trainer(network: Sectors.network(), configuration: configuration)
      try trainer.fit(data)
      return trainer.model.parameters.crc32
    }
    let byLabel = try Dataset(name: "labels", source: SectorSource())
    let byValue = try Dataset(name: "values", source: SectorSource(.values(count: 3)))
    configuration.loss = .softmaxCrossEntropy(labelSmoothing: 0.1)
    #expect(try weights(byLabel) == weights(byValue))
    #expect(try weights(byLabel) == weights(Sectors.dataset()))
    configuration.loss = .meanSquaredError
    #expect(try weights(byValue) == weights(Sectors.dataset()))
    let autoencoder = try Trainer(
      network: Network(inputs: 2, hidden: [4], outputs: 2), configuration: configuration)
    let again = try Trainer(
      network: Network(inputs: 2, hidden: [4], outputs: 2), configuration: configuration)
    try autoencoder.fit(byLabel.autoencoding())
    try again.fit(Sectors.dataset().autoencoding())
    #expect(autoencoder.model == again.model)
  }

  @Test(arguments: [1, 2, 5]) func failuresEndTheCall(threads: Int) throws {
    var source = SectorSource()
    source.broken = 313
    let samples = try Dataset(name: "broken", source: source)
    let trainer = try Sectors.trainer(threads: threads, epochs: 1)
    let before = trainer.model
    let error = #expect(throws: TrainingError.self) { try trainer.fit(samples) }
    guard case .source(let failure) = error else {
      Issue.record("not the source's error: \(String(describing: error))")
      return
    }
    #expect(failure.underlying as? SectorSource.Broken == .init(sample: 313))
    // The batches before it have been learned from.
    #expect(trainer.model != before)
    #expect(throws: TrainingError.self) { try trainer.evaluate(samples) }
    #expect(throws: TrainingError.self) { try trainer.predict(samples) }
    #expect(throws: TrainingError.self) { try trainer.partialFit(samples) }
    // The trainer is none the worse for it.
    #expect(try trainer.fit(Sectors.dataset()).stopped == .completed)
  }

  /// A row that is left alone is 0, whatever the batch before has left there.
  @Test func whatIsNotWrittenIsZero() throws {
    let lazy = OddSource { batch in
      for row in 0..<batch.count where batch.sample(row: row).isMultiple(of: 2) {
        batch.withFeatures(row: row) { $0[1] = 1 }
        batch.setLabel(2, row: row)
      }
    }
    let stored = try Dataset(
      name: "stored", features: (0..<40).map { [0, $0.isMultiple(of: 2) ? 1 : 0] },
      labels: (0..<40).map { $0.isMultiple(of: 2) ? 2 : 0 }, classCount: 3)
    let trainer = try Sectors.trainer(threads: 3)
    let other = try Sectors.trainer(threads: 1)
    try trainer.fit(Dataset(name: "lazy", source: lazy))
    try other.fit(stored)
    #expect(trainer.model == other.model)
  }

  @Test func whatCannotBeTrainedOnIsAnError() throws {
    func failure(_ source: OddSource, loss: Loss = .softmaxCrossEntropy()) throws -> (any Error)? {
      let trainer = try Trainer(
        network: Sectors.network(), configuration: TrainingConfiguration(loss: loss))
      do {
        try trainer.fit(Dataset(name: "odd", source: source))
        return nil
      } catch TrainingError.source(let failure) {
        return failure.underlying
      }
    }
    let label = try failure(OddSource { $0.setLabel(3, row: $0.count - 1) })
    guard case .labelOutOfRange("odd", _, 3, 3)? = label as? DatasetError else {
      Issue.record("\(String(describing: label))")
      return
    }
    let feature = try failure(OddSource { $0.withFeatures(row: 0) { $0[1] = .nan } })
    guard case .notFinite("odd", .feature, _, 1, _)? = feature as? DatasetError else {
      Issue.record("\(String(describing: feature))")
      return
    }
    let target = try failure(
      OddSource(targets: .values(count: 3)) { batch in
        for row in 0..<batch.count { batch.withTargets(row: row) { $0[0] = 2 } }
      })
    guard case .targetOutOfRange? = target as? TrainingError else {
      Issue.record("\(String(describing: target))")
      return
    }
  }

  @Test func epochsAreTold() throws {
    let epochs = Mutex<Set<Int>>([])
    let source = OddSource { batch in
      let epoch = batch.epoch
      epochs.withLock { _ = $0.insert(epoch) }
    }
    let trainer = try Sectors.trainer(epochs: 3)
    try trainer.fit(Dataset(name: "epochs", source: source))
    #expect(epochs.withLock { $0 } == [1, 2, 3])
    _ = try trainer.evaluate(Dataset(name: "epochs", source: source))
    #expect(epochs.withLock { $0 } == [0, 1, 2, 3])
  }

  @Test func checkpointsTellRevisionsApart() throws {
    var source = SectorSource()
    let trainer = try Sectors.trainer()
    var checkpoint: Checkpoint?
    try trainer.fit(Dataset(name: "one", source: source), checkpoints: .everyIterations(20)) {
      event in
      if case .checkpoint(let made) = event, checkpoint == nil { checkpoint = made }
    }
    let resumed = try Sectors.trainer()
    try resumed.fit(Dataset(name: "one", source: source), resuming: checkpoint)
    #expect(resumed.model == trainer.model)
    source.revision = 2
    let other = try Dataset(name: "other", source: source)
    #expect(throws: TrainingError.self) { try resumed.fit(other, resuming: checkpoint) }
  }

  @Test func impossibleSources() {
    struct Empty: SampleSource {
      var count = 1
      var featureCount = 1
      var targets = Dataset.Targets.classes(count: 2)
      func fill(_ batch: inout SampleBatch) {}
    }
    #expect(throws: DatasetError.noSamples(name: "x")) {
      try Dataset(name: "x", source: Empty(count: 0))
    }
    #expect(throws: DatasetError.emptyRows(name: "x", of: .feature)) {
      try Dataset(name: "x", source: Empty(featureCount: 0))
    }
    #expect(throws: DatasetError.classCountOutOfRange(name: "x", found: 257)) {
      try Dataset(name: "x", source: Empty(targets: .classes(count: 257)))
    }
    #expect(throws: DatasetError.emptyRows(name: "x", of: .target)) {
      try Dataset(name: "x", source: Empty(targets: .values(count: 0)))
    }
  }
}
