import Dispatch
import ParallelTrainer
import Synchronization
import Testing

@Suite struct PredictionTests {
  private func trained() throws -> Trainer {
    let trainer = try Sectors.trainer(threads: 2, epochs: 30)
    try trainer.fit(Sectors.dataset())
    return trainer
  }

  /// One by one, in batches, of datasets, by the trainer or by the model: always the same.
  @Test func singleSamplesAndBatchesAgree() throws {
    let trainer = try trained()
    let samples = (0..<300).map { Sectors.sample($0).features }
    let classes = try trainer.predict(samples)
    #expect(try samples.map { try trainer.predict($0) } == classes)
    #expect(try trainer.predict(Sectors.dataset(count: 300)) == classes)
    #expect(try trainer.model.predict(samples) == classes)
    #expect(try trainer.model.predict(samples[5]) == classes[5])
    let probabilities = try trainer.predictProbabilities(samples)
    #expect(try samples.map { try trainer.predictProbabilities($0) } == probabilities)
    #expect(try trainer.model.predictProbabilities(samples) == probabilities)
    #expect(try trainer.model.predictProbabilities(samples[5]) == probabilities[5])
    let outputs = try trainer.outputs(of: samples)
    #expect(try samples.map { try trainer.outputs(of: $0) } == outputs)
    for (row, label) in zip(probabilities, classes) {
      #expect(row.firstIndex(of: row.max() ?? 0) == label)
      // Three quotients and two sums, each rounded.
      #expect(abs(row.reduce(0, +) - 1) <= 8 * Float.ulpOfOne)
    }
    let labels = (0..<300).map { Sectors.sample($0).label }
    let right = zip(classes, labels).count { $0 == $1 }
    #expect(right > 270)
    #expect(try trainer.evaluate(Sectors.dataset(count: 300)).correctCount == right)
  }

  @Test func noSamplesNoPredictions() throws {
    let trainer = try trained()
    #expect(try trainer.predict([[Float]]()) == [])
    #expect(try trainer.predictProbabilities([[Float]]()) == [])
  }

  @Test func whatDoesNotFitIsAnError() throws {
    let trainer = try trained()
    let wide = TrainingError.featureCount(dataset: "samples", found: 3, expected: 2)
    #expect(throws: wide) { try trainer.predict([1, 2, 3]) }
    #expect(throws: wide) { try trainer.predict([[1, 2], [1, 2, 3]]) }
    #expect(throws: wide) { try trainer.predictProbabilities([1, 2, 3]) }
    #expect(
      throws: TrainingError.notFinite(dataset: "samples", sample: 1, index: 0, found: .infinity)
    ) { try trainer.predict([[1, 2], [.infinity, 0]]) }
    let regression = try Trainer(
      network: Network(inputs: 2, hidden: [], outputs: 3),
      configuration: TrainingConfiguration(loss: .meanSquaredError))
    #expect(
      throws: TrainingError.noProbabilities(loss: "mean-squared-error", activation: "identity")
    ) { try regression.predictProbabilities([1, 2]) }
  }

  /// A single output stands for two classes.
  @Test(arguments: [(Loss.binaryCrossEntropy, Activation.identity), (.meanSquaredError, .sigmoid)])
  func oneOutput(loss: Loss, activation: Activation) throws {
    let data = try Dataset(
      name: "half", features: (0..<100).map { [Float($0) / 50 - 1] },
      labels: (0..<100).map { $0 < 50 ? 0 : 1 }, classCount: 2)
    let trainer = try Trainer(
      network: Network(inputs: 1) { Dense(1, activation) },
      configuration: TrainingConfiguration(
        epochs: 50, batchSize: 10, learningRate: 1, loss: loss))
    try trainer.fit(data)
    #expect(try trainer.predict([-0.9]) == 0)
    #expect(try trainer.predict([[0.9], [-0.9]]) == [1, 0])
    let probabilities = try trainer.predictProbabilities([0.9])
    #expect(probabilities.count == 2 && probabilities[1] > 0.5)
    #expect(probabilities[0] == 1 - probabilities[1])
    let evaluation = try trainer.evaluate(data)
    let classes = try #require(evaluation.classes)
    #expect(classes.confusion[0][0] + classes.confusion[1][1] == evaluation.correctCount)
    #expect(classes.ranks[0] == evaluation.correctCount)
  }

  /// Many threads ask one trainer while it trains; each gets an answer of some whole model.
  @Test func predictionsWhileTraining() throws {
    let trainer = try Sectors.trainer(threads: 2, epochs: 60)
    let data = try Sectors.dataset()
    let before = try trainer.outputs(of: [0.5, 0.5])
    let found = Mutex<Set<[Float]>>([])
    let group = DispatchGroup()
    let isOver = Atomic<Bool>(false)
    for _ in 0..<4 {
      DispatchQueue.global().async(group: group) {
        repeat {
          if let outputs = try? trainer.outputs(of: [0.5, 0.5]) {
            found.withLock { _ = $0.insert(outputs) }
          }
        } while !isOver.load(ordering: .relaxed)
      }
    }
    try trainer.fit(data)
    let after = try trainer.outputs(of: [0.5, 0.5])
    isOver.store(true, ordering: .relaxed)
    group.wait()
    #expect(found.withLock { $0 }.isSubset(of: [before, after]))
  }

  @Test func evaluationByClass() throws {
    let trainer = try trained()
    let data = try Sectors.dataset()
    let classes = try #require(try trainer.evaluate(data).classes)
    var confusion = [[Int]](repeating: [0, 0, 0], count: 3)
    var ranks = [0, 0, 0]
    for index in 0..<data.count {
      let outputs = try trainer.outputs(of: data.features(at: index))
      let label = data.label(at: index)
      confusion[label][try trainer.predict(data.features(at: index))] += 1
      ranks[outputs.count { $0 > outputs[label] }] += 1
    }
    #expect(classes.confusion == confusion)
    #expect(classes.ranks == ranks)
    #expect(classes.sampleCount == data.count)
    #expect(classes.topAccuracy(3) == 1)
    #expect(classes.topAccuracy(1) == Double(ranks[0]) / Double(data.count))
    let predicted = confusion[0][1] + confusion[1][1] + confusion[2][1]
    #expect(classes.precision(of: 1) == Double(confusion[1][1]) / Double(predicted))
    let support = confusion[1].reduce(0, +)
    #expect(classes.support(of: 1) == support)
    #expect(classes.recall(of: 1) == Double(confusion[1][1]) / Double(support))
    for threads in [1, 3, 16] {
      let evaluator = try Evaluator(model: trainer.model, threads: threads)
      #expect(try evaluator.evaluate(data).classes == classes)
    }
  }

  @Test func classesThatNobodyPredicts() throws {
    let data = try Dataset(
      name: "one", features: [[0], [0]], labels: [0, 0], classCount: 3)
    let network = try Network(inputs: 1, hidden: [], outputs: 3)
    let model = Model(network: network, parameters: Parameters(values: [0, 0, 0, 1, 0, 0]))
    let classes = try #require(try Evaluator(model: model).evaluate(data).classes)
    #expect(classes.precision(of: 1) == nil && classes.recall(of: 1) == nil)
    #expect(classes.f1Score(of: 1) == nil && classes.f1Score(of: 0) == 1)
    #expect(classes.precision(of: 0) == 1 && classes.recall(of: 0) == 1)
  }
}
