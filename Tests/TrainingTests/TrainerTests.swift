import Datasets
import Dispatch
import Kernels
import NeuralNetwork
import Testing

@testable import Training

@Suite struct TrainerTests {
  let network: Network
  let variant: KernelVariant

  init() throws {
    network = try Network(inputs: 6, hidden: [8], outputs: 4)
    variant = try KernelVariant.select()
  }

  func trainer(_ configuration: TrainingConfiguration) throws -> Trainer {
    try Trainer(network: network, configuration: configuration, kernels: variant)
  }

  /// Σ batch sizes = samples × epochs; iterations = ceil(samples / batch size) × epochs.
  @Test(arguments: [1, 2, 7, 40, 41, 100], [1, 3])
  func accountingIsExact(batchSize: Int, epochs: Int) throws {
    let dataset = try randomDataset(count: 41, features: 6, classes: 4)
    var records: [EpochRecord] = []
    let result = try trainer(.init(epochs: epochs, batchSize: batchSize, threads: 2))
      .fit(dataset) { if case .epoch(let record) = $0 { records.append(record) } }
    let iterationsPerEpoch = (41 + batchSize - 1) / batchSize
    #expect(result.stopped == .completed)
    #expect(result.samples == 41 * epochs)
    #expect(result.iterations == iterationsPerEpoch * epochs)
    #expect(records == result.epochs)
    #expect(records.map(\.epoch) == Array(1...epochs))
    #expect(records.map(\.samples) == (1...epochs).map { 41 * $0 })
    #expect(records.map(\.iterations) == (1...epochs).map { iterationsPerEpoch * $0 })
  }

  /// Σ batch sizes = full batches × batch size × epochs; iterations = floor(samples / batch size)
  /// × epochs.
  @Test(arguments: [1, 2, 7, 40, 41], [1, 3])
  func accountingIsExactWithoutTheLastBatch(batchSize: Int, epochs: Int) throws {
    let dataset = try randomDataset(count: 41, features: 6, classes: 4)
    let result = try trainer(
      .init(epochs: epochs, batchSize: batchSize, threads: 2, dropsLastBatch: true)
    ).fit(dataset)
    let iterations = 41 / batchSize
    #expect(result.samples == iterations * batchSize * epochs)
    #expect(result.iterations == iterations * epochs)
    #expect(result.epochs.map(\.samples) == (1...epochs).map { iterations * batchSize * $0 })
    #expect(result.epochs.map(\.iterations) == (1...epochs).map { iterations * $0 })
  }

  /// Where there is no short batch, dropping it changes nothing; where there is, the loss is the
  /// mean over the samples that were trained on.
  @Test func droppingTheLastBatchLeavesOutItsSamplesOnly() throws {
    let dataset = try randomDataset(count: 42, features: 6, classes: 4)
    let weights = try [false, true].map { dropsLastBatch in
      let trainer = try trainer(
        .init(epochs: 2, batchSize: 14, threads: 2, dropsLastBatch: dropsLastBatch))
      try trainer.fit(dataset)
      return trainer.model
    }
    #expect(weights[0] == weights[1])
    // One batch of 40 and none of 2: what the first 40 samples of the order come to alone.
    let whole = try trainer(.init(epochs: 1, batchSize: 40, dropsLastBatch: true))
    let order = EpochOrder(dataset: dataset, seed: 0, epoch: 1).storageIndices.prefix(40)
    let loss = try whole.evaluate(dataset.subset(at: order.map(Int.init))).loss
    let found = try #require(try whole.fit(dataset).epochs.first)
    #expect(abs(found.loss - loss) < 1e-6)
  }

  @Test func withoutAFullBatchThereIsNothingToTrainOn() throws {
    let dataset = try randomDataset(count: 41, features: 6, classes: 4)
    let error = TrainingError.noFullBatch(dataset: "random", sampleCount: 41, batchSize: 42)
    #expect(throws: error) {
      try trainer(.init(batchSize: 42, dropsLastBatch: true)).fit(dataset)
    }
    #expect(error.description.contains("41 samples, fewer than a batch of 42"))
  }

  /// The largest run that can be asked for can be counted.
  @Test(arguments: [1, 3, Int(Int32.max), .max])
  func theLargestRuns(batchSize: Int) throws {
    let configuration = TrainingConfiguration(
      epochs: TrainingConfiguration.maximumEpochs, batchSize: batchSize)
    let length = try #require(
      RunLength(sampleCount: Int(Int32.max), configuration: configuration))
    #expect(length.samples == Int(Int32.max) * 1_000_000_000)
    let end = length.position(after: length.iterations)
    #expect(end.completedEpochs == 1_000_000_000 && end.samplesInEpoch == 0)
    #expect(end.samples == length.samples)
  }

  @Test func aStopRequestEndsTheRunAtTheNextIteration() throws {
    let dataset = try randomDataset(count: 100, features: 6, classes: 4)
    let stop = StopRequest()
    var epochs = 0
    let result = try trainer(.init(epochs: 1_000_000, batchSize: 10)).fit(dataset, stop: stop) {
      if case .epoch = $0 {
        epochs += 1
        if epochs == 3 { stop.request() }
      }
    }
    #expect(result.stopped == .interrupted)
    #expect(result.iterations == 30)
    #expect(result.samples == 300)
    #expect(result.epochs.count == 3)
  }

  @Test func aStopRequestFromAnotherThreadEndsALongEpoch() throws {
    let dataset = try randomDataset(count: 20_000, features: 6, classes: 4)
    let stop = StopRequest()
    DispatchQueue.global().asyncAfter(deadline: .now() + 0.02) { stop.request() }
    let result = try trainer(.init(epochs: 1_000_000, batchSize: 1, threads: 2))
      .fit(dataset, stop: stop)
    #expect(result.stopped == .interrupted)
    #expect(result.samples == result.iterations)
  }

  /// The batch whose loss is not finite changes nothing, and parameters that an update before has
  /// spoiled are put back: what is left can still be evaluated.
  @Test func aDivergedRunStopsBeforeTheUpdate() throws {
    let dataset = try randomDataset(count: 100, features: 6, classes: 4)
    let trainer = try trainer(.init(epochs: 50, batchSize: 10, learningRate: 1e30))
    let result = try trainer.fit(dataset)
    #expect(result.stopped == .diverged)
    #expect(result.iterations < 500)
    #expect(result.samples == 10 * result.iterations)
    #expect(trainer.model.parameters.values.allSatisfy { $0.isFinite })
    // Of a batch that diverges at once, nothing stays.
    var parameters = trainer.model.parameters
    parameters.values[0] = .nan
    let again = try Trainer(
      model: Model(network: network, parameters: parameters),
      configuration: TrainingConfiguration(batchSize: 100), kernels: variant)
    let nothing = try again.fit(dataset)
    #expect(nothing.iterations == 0 && nothing.divergence?.layer == 0)
    #expect(
      again.model.parameters.values.map(\.bitPattern) == parameters.values.map(\.bitPattern))
  }

  /// A slow reader of progress slows the run down and does not stop it.
  @Test func aSlowCallbackDoesNotKeepTheRunFromGoingOn() throws {
    let dataset = try randomDataset(count: 2_000_000, features: 6, classes: 4)
    var samplesDone = [0]
    let stop = StopRequest()
    try trainer(.init(epochs: 1, batchSize: 1)).fit(dataset, stop: stop) {
      guard case .progress(let progress) = $0 else { return }
      samplesDone.append(progress.samplesDone)
      let end = DispatchTime.now() + 0.15
      while DispatchTime.now() < end {}
      if samplesDone.count == 4 { stop.request() }
    }
    #expect(zip(samplesDone, samplesDone.dropFirst()).allSatisfy { $0 < $1 })
  }

  @Test func evaluationDoesNotDependOnTheNumberOfThreads() throws {
    let dataset = try randomDataset(count: 1000, features: 6, classes: 4)
    let model = try trainer(.init(seed: 4)).model
    let alone = try Evaluator(model: model, kernels: variant, threads: 1).evaluate(dataset)
    #expect(alone.sampleCount == 1000)
    for threads in [2, 3, 16] {
      let evaluation = try Evaluator(model: model, kernels: variant, threads: threads)
        .evaluate(dataset)
      #expect(evaluation == alone)
    }
    // Against the reference, and against the probabilities of each image.
    let samples = dataset.reference(dataset.storageIndices)
    let bound = AnalyzedNetwork(model).loss(samples).error
    #expect(abs(alone.loss - ReferenceNetwork(model).loss(samples)) <= bound)
    let evaluator = Evaluator(model: model, kernels: variant, threads: 1)
    let correct = try (0..<dataset.count).filter { index in
      let probabilities = try evaluator.probabilities(of: dataset.image(at: index))
      // Four exponentials by their sum (3 roundings; the first is exact), each quotient rounded,
      // and added up again here: no term has more than 3 + 1 + 3.
      #expect(abs(Double(probabilities.reduce(0, +)) - 1) <= gamma(7))
      return probabilities.firstIndex(of: probabilities.max() ?? 0) == dataset.label(at: index)
    }
    #expect(correct.count == alone.correctCount)
  }

  @Test func validationIsReportedAndChangesNothing() throws {
    let dataset = try randomDataset(count: 200, features: 6, classes: 4)
    let (training, validation) = dataset.split(validationFraction: 0.25, seed: 1)
    #expect((training.count, validation.count) == (150, 50))
    let first = try trainer(.init(epochs: 2, seed: 1))
    let result = try first.fit(training, validation: validation)
    // The record of an epoch does not say which class was taken for which.
    #expect(try result.epochs.last?.validation == first.evaluate(validation).asRecorded)
    let second = try trainer(.init(epochs: 2, seed: 1))
    try second.fit(training)
    #expect(first.model == second.model)
  }

  @Test func whatDoesNotFitIsAnError() throws {
    let trainer = try trainer(.init())
    let narrow = try randomDataset(count: 5, features: 5, classes: 4)
    #expect(throws: TrainingError.featureCount(dataset: "random", found: 5, expected: 6)) {
      try trainer.fit(narrow)
    }
    let fewClasses = try randomDataset(count: 5, features: 6, classes: 3)
    #expect(throws: TrainingError.classCount(dataset: "random", found: 3, expected: 4)) {
      try trainer.evaluate(fewClasses)
    }
    #expect(throws: TrainingError.noSamples(dataset: "random")) {
      try trainer.fit(randomDataset(count: 5, features: 6, classes: 4).subset(at: []))
    }
  }

  @Test(arguments: [
    ("epochs", TrainingConfiguration(epochs: 0)),
    ("batch size", TrainingConfiguration(batchSize: 0)),
    ("learning rate", TrainingConfiguration(learningRate: 0)),
    ("learning rate", TrainingConfiguration(learningRate: .infinity)),
    ("learning rate", TrainingConfiguration(learningRate: .nan)),
    ("momentum", TrainingConfiguration(optimizer: .momentum(1))),
    ("momentum", TrainingConfiguration(optimizer: .nesterov(-0.1))),
    ("threads", TrainingConfiguration(threads: 0)),
    ("threads", TrainingConfiguration(threads: 1025)),
  ])
  func optionsOutOfRangeAreErrors(option: String, configuration: TrainingConfiguration) {
    do throws(TrainingError) {
      _ = try Trainer(network: network, configuration: configuration, kernels: variant)
      Issue.record("\(option) was accepted")
    } catch {
      guard case .invalidOption(option, _, _) = error else {
        Issue.record("another error: \(error)")
        return
      }
    }
  }
}
