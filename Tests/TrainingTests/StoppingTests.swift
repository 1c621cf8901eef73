import Datasets
import Kernels
import NeuralNetwork
import TestSupport
import Testing

@testable import Training

@Suite struct StoppingTests {
  // MARK: Rules

  /// The rule that each epoch meets, and the best epoch after it.
  private func judge(
    _ rules: StoppingRules, _ losses: [Double], _ correct: [Int] = []
  ) -> (rules: [StoppingRule?], best: [Int?]) {
    var judge = EpochJudge(rules)
    var best: [Int?] = []
    let met = losses.enumerated().map { index, loss in
      let rule = judge.observe(
        .example(
          epoch: index + 1, validationLoss: loss, correct: correct.isEmpty ? 0 : correct[index]))
      best.append(judge.bestEpoch)
      return rule
    }
    return (met, best)
  }

  @Test func patienceCountsEpochsWithoutABetterLoss() {
    let found = judge(.init(patience: 2), [1, 0.9, 0.9, 0.8, 0.85, 0.8, 0.7])
    #expect(found.best == [1, 2, 2, 4, 4, 4, 7])
    #expect(found.rules == [nil, nil, nil, nil, nil, .patience, nil])
    let one = judge(.init(patience: 1), [1, 1])
    #expect(one.rules == [nil, .patience])
  }

  @Test func theMinimumImprovementIsExceeded() {
    let found = judge(.init(patience: 3, minimumImprovement: 0.125), [1, 0.875, 0.8125, 0.75])
    #expect(found.best == [1, 1, 3, 3])
  }

  @Test func accuracyIsBetterWhenItIsHigher() {
    let rules = StoppingRules(patience: 2, criterion: .accuracy, minimumImprovement: 0.01)
    let found = judge(rules, [1, 9, 9, 9, 9], [50, 52, 53, 52, 60])
    #expect(found.best == [1, 2, 2, 2, 5])
    #expect(found.rules == [nil, nil, nil, .patience, nil])
  }

  @Test func lossesThatAreNoNumbersAreNeverTheBest() {
    let found = judge(.init(patience: 2), [.nan, .infinity, 1, .nan])
    #expect(found.best == [nil, nil, 3, 3])
    #expect(found.rules == [nil, .patience, nil, nil])
  }

  /// The lectures' rule: |f(w_t) − f(w_{t−1})| ≤ ε, in either direction.
  @Test func theLossSettles() {
    var judge = EpochJudge(.init(lossChange: 0.25))
    let rules = [1, 0.5, 0.75, 0.25, .nan, 0.25, 0.25].enumerated().map { index, loss in
      judge.observe(.example(epoch: index + 1, loss: loss))
    }
    #expect(rules == [nil, nil, .lossChange, nil, nil, nil, .lossChange])
    #expect(judge.bestEpoch == nil)
  }

  @Test func theTargetIsReached() {
    let found = judge(.init(targetAccuracy: 0.5), [1, 1, 1], [49, 50, 51])
    #expect(found.rules == [nil, .targetAccuracy, .targetAccuracy])
  }

  @Test func valuesOutOfRange() {
    for rules in [
      StoppingRules(patience: 0), .init(minimumImprovement: -1), .init(minimumImprovement: .nan),
      .init(lossChange: -0.1), .init(lossChange: .infinity), .init(targetAccuracy: 0),
      .init(targetAccuracy: 1.1), .init(targetAccuracy: .nan), .init(timeLimit: 0),
      .init(timeLimit: .infinity),
    ] {
      #expect(throws: TrainingError.self) { try rules.validate() }
    }
    #expect(StoppingRules(patience: 1).restoresBest && !StoppingRules().restoresBest)
    #expect(!StoppingRules(restoresBest: true).canStopEarly)
  }

  // MARK: Runs

  /// A run whose validation loss rises sooner or later: random labels cannot be learned, only
  /// remembered.
  private static func configuration(
    _ rules: StoppingRules, schedule: LearningRateSchedule = .constant, epochs: Int = 40
  ) -> TrainingConfiguration {
    TrainingConfiguration(
      epochs: epochs, batchSize: 8, learningRate: 0.1, schedule: schedule, threads: 2, seed: 3,
      stopping: rules)
  }

  @Test(arguments: StoppingRules.Criterion.allCases)
  func theBestEpochIsRestored(criterion: StoppingRules.Criterion) throws {
    let rules = StoppingRules(patience: 4, criterion: criterion)
    let run = try CheckpointedRun(Self.configuration(rules), policy: .never)
    let result = run.result
    let best = try #require(result.bestEpoch)
    #expect(result.stopped == .early(.patience))
    #expect(result.epochs.count == best + 4 && result.restoredEpoch == best)
    // The weights are those of a run that was never meant to be longer.
    let short = try CheckpointedRun(Self.configuration(.init(), epochs: best), policy: .never)
    #expect(short.result.restoredEpoch == nil && short.result.stopped == .completed)
    #expect(run.model.parameters.values.bits == short.model.parameters.values.bits)
    // And without restoring they are those of the last epoch.
    let kept = try CheckpointedRun(
      Self.configuration(.init(patience: 4, criterion: criterion, restoresBest: false)),
      policy: .never)
    let long = try CheckpointedRun(Self.configuration(.init(), epochs: best + 4), policy: .never)
    #expect(kept.result.restoredEpoch == nil && kept.result.bestEpoch == best)
    #expect(kept.model.parameters.values.bits == long.model.parameters.values.bits)
  }

  @Test func aCompletedRunIsRestoredToo() throws {
    let run = try CheckpointedRun(
      Self.configuration(.init(restoresBest: true), epochs: 30), policy: .never)
    #expect(run.result.stopped == .completed && run.result.epochs.count == 30)
    #expect(run.result.restoredEpoch == run.result.bestEpoch)
    let trainer = try Trainer(
      model: run.model, configuration: run.configuration, kernels: run.variant)
    let best = try #require(run.result.bestEpoch)
    let record = run.result.epochs[best - 1].validation
    #expect(try trainer.evaluate(run.validation).asRecorded == record)
  }

  /// A run that has got where it was to go stays there, whatever another measure says.
  @Test func aTargetKeepsTheWeightsThatReachedIt() throws {
    let probe = try CheckpointedRun(Self.configuration(.init(), epochs: 30), policy: .never)
    let accuracies = probe.result.epochs.compactMap { $0.validation?.accuracy }
    let target = try #require(accuracies.max())
    let epoch = try #require(accuracies.firstIndex(of: target)) + 1
    let run = try CheckpointedRun(
      Self.configuration(.init(restoresBest: true, targetAccuracy: target), epochs: 31),
      policy: .never)
    #expect(run.result.stopped == .early(.targetAccuracy))
    #expect(run.result.epochs.count == epoch && run.result.restoredEpoch == nil)
  }

  @Test func theLossSettlesInARun() throws {
    let run = try CheckpointedRun(Self.configuration(.init(lossChange: 1e-2)), policy: .never)
    #expect(run.result.stopped == .early(.lossChange))
    let losses = run.result.epochs.map(\.loss)
    let changes = zip(losses, losses.dropFirst()).map { abs($1 - $0) }
    #expect(changes.last ?? 1 <= 1e-2 && changes.dropLast().allSatisfy { $0 > 1e-2 })
  }

  // MARK: Going on

  /// From every iteration, the best epoch's parameters and the reduced rates included.
  @Test(arguments: [
    configuration(.init(patience: 3), schedule: .plateau(factor: 0.5, patience: 1)),
    configuration(.init(restoresBest: true), schedule: .cosine(finalShare: 0.1), epochs: 6),
    configuration(.init(patience: 2, criterion: .accuracy, restoresBest: false)),
  ])
  func aResumedRunStopsWhereTheOtherDid(configuration: TrainingConfiguration) throws {
    let run = try CheckpointedRun(configuration)
    #expect(run.checkpoints.map(\.iterations) == Array(1...run.result.iterations))
    for checkpoint in run.checkpoints {
      let (model, result) = try run.resumed(
        from: checkpoint, threads: checkpoint.iterations % 3 + 1)
      #expect(model.parameters.values.bits == run.model.parameters.values.bits)
      #expect(
        CheckpointedRun.numbers(result.epochs) == CheckpointedRun.numbers(run.result.epochs))
      #expect(result.stopped == run.result.stopped)
      #expect(result.bestEpoch == run.result.bestEpoch)
      #expect(result.restoredEpoch == run.result.restoredEpoch)
    }
    if case .plateau = configuration.schedule {
      #expect(Set(run.result.epochs.map(\.learningRate)).count > 1)
    }
  }

  /// Rules that only say when to stop may differ; what makes an epoch the best may not.
  @Test func patienceMayGrowAndTheCriterionMayNotChange() throws {
    let run = try CheckpointedRun(Self.configuration(.init(patience: 1)), policy: .everyEpoch)
    let last = try #require(run.checkpoints.last)
    #expect(last.best?.epoch == run.result.bestEpoch && !last.isComplete)
    var configuration = run.configuration
    configuration.stopping.patience = 6
    let longer = try CheckpointedRun(configuration, policy: .never)
    let (model, result) = try longer.resumed(from: last)
    #expect(model.parameters.values.bits == longer.model.parameters.values.bits)
    #expect(result.epochs.count > run.result.epochs.count)
    for (field, change): (String, (inout StoppingRules) -> Void) in [
      ("stop on", { $0.criterion = .accuracy }), ("restore best", { $0.restoresBest = false }),
      ("minimum improvement", { $0.minimumImprovement = 1 }),
    ] {
      var other = run.configuration
      change(&other.stopping)
      do {
        try last.requireMatch(network: run.network, configuration: other)
        Issue.record("\(field) may not differ")
      } catch {
        guard case .checkpointMismatch(field, _, _) = error else {
          Issue.record("another error: \(error)")
          return
        }
      }
    }
  }

  @Test(arguments: [
    LearningRateSchedule.step(epochs: 2, factor: 0.5), .exponential(factor: 0.9),
    .plateau(factor: 0.5, patience: 0), .constant,
  ])
  func schedulesThatDoNotDependOnTheLengthCanBeExtended(schedule: LearningRateSchedule) throws {
    #expect(!schedule.dependsOnLength)
    let short = try CheckpointedRun(
      Self.configuration(.init(), schedule: schedule, epochs: 2), policy: .everyEpoch)
    let long = try CheckpointedRun(
      Self.configuration(.init(), schedule: schedule, epochs: 5), policy: .never)
    let (model, _) = try long.resumed(from: #require(short.checkpoints.last))
    #expect(model.parameters.values.bits == long.model.parameters.values.bits)
  }

  @Test(arguments: [LearningRateSchedule.linear, .cosine(), .oneCycle()])
  func othersCannot(schedule: LearningRateSchedule) throws {
    let run = try CheckpointedRun(
      Self.configuration(.init(), schedule: schedule, epochs: 2), policy: .everyEpoch)
    var configuration = run.configuration
    configuration.epochs = 3
    #expect(throws: TrainingError.self) {
      try run.checkpoints[0].requireMatch(network: run.network, configuration: configuration)
    }
  }

  // MARK: Time

  @Test func aTimeLimitEndsTheRunAtAnIteration() throws {
    let dataset = try randomDataset(count: 5000, features: 6, classes: 4)
    let network = try Network(inputs: 6, hidden: [8], outputs: 4)
    var configuration = TrainingConfiguration(epochs: 1_000_000, batchSize: 1)
    configuration.stopping.timeLimit = 0.25
    let variant = try KernelVariant.select()
    var last: Checkpoint?
    var most = 0.0
    let result = try Trainer(network: network, configuration: configuration, kernels: variant).fit(
      dataset, checkpoints: .everyIterations(.max)
    ) {
      if case .checkpoint(let checkpoint) = $0 { last = checkpoint }
      if case .progress(let progress) = $0 { most = max(most, progress.secondsLeft) }
    }
    #expect(result.stopped == .early(.timeLimit))
    #expect(result.seconds >= 0.25 && result.iterations > 0)
    #expect(most < 0.25)
    // The time of the call before counts: nothing is left of it, unless there is more.
    let checkpoint = try #require(last)
    #expect(checkpoint.iterations == result.iterations)
    let again = try Trainer(network: network, configuration: configuration, kernels: variant)
      .fit(dataset, resuming: checkpoint)
    #expect(again.iterations == result.iterations && again.stopped == .early(.timeLimit))
    configuration.stopping.timeLimit = 0.3
    let more = try Trainer(network: network, configuration: configuration, kernels: variant)
      .fit(dataset, resuming: checkpoint)
    #expect(more.iterations > result.iterations && more.stopped == .early(.timeLimit))
  }

  // MARK: Validation

  @Test func whatIsMeasuredNeedsSamplesToMeasureItOn() throws {
    let dataset = try randomDataset(count: 20, features: 6, classes: 4)
    let network = try Network(inputs: 6, hidden: [], outputs: 4)
    for (rules, name) in [
      (StoppingRules(patience: 1), "a patience"), (.init(targetAccuracy: 0.5), "a target accuracy"),
      (.init(restoresBest: true), "restoring the best epoch"),
    ] {
      let trainer = try Trainer(
        network: network, configuration: TrainingConfiguration(stopping: rules),
        kernels: KernelVariant.select())
      #expect(throws: TrainingError.noValidation(rule: name)) { try trainer.fit(dataset) }
    }
  }
}
