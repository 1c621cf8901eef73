import Testing

@testable import Training

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

@Suite struct ScheduleTests {
  /// 5 epochs of 4 iterations unless said otherwise.
  private func rates(
    _ schedule: LearningRateSchedule, warmUp: WarmUp = .none, rate: Float = 0.5, epochs: Int = 5,
    perEpoch: Int = 4
  ) throws -> [Float] {
    let configuration = TrainingConfiguration(
      epochs: epochs, batchSize: 1, learningRate: rate, schedule: schedule, warmUp: warmUp)
    try configuration.validate()
    let length = try #require(RunLength(sampleCount: perEpoch, configuration: configuration))
    try length.requireRoom(after: warmUp)
    let rates = LearningRates(configuration, length: length)
    return (0..<length.iterations).map { rates.rate(iteration: $0) }
  }

  // MARK: Formulas

  /// The two schedules that were there first, with the arithmetic that they always had.
  @Test func constantAndLinearKeepTheirBits() throws {
    for rate in [0.1, 0.06, 1e-30, 3] as [Float] {
      #expect(try rates(.constant, rate: rate, perEpoch: 7) == Array(repeating: rate, count: 35))
      let expected: [Float] = (0..<35).map { Float(Double(rate) * (1 - Double($0) / 35)) }
      #expect(try rates(.linear, rate: rate, perEpoch: 7) == expected)
    }
  }

  @Test func stepsAndPowersFollowTheEpochs() throws {
    let step = try rates(.step(epochs: 2, factor: 0.25))
    let steps: [Float] = [0.5, 0.5, 0.125, 0.125, 0.03125]
    let expectedSteps = (0..<20).map { steps[$0 / 4] }
    #expect(step == expectedSteps)
    let exponential = try rates(.exponential(factor: 0.5))
    let powers: [Float] = [0.5, 0.25, 0.125, 0.0625, 0.03125]
    let expectedPowers = (0..<20).map { powers[$0 / 4] }
    #expect(exponential == expectedPowers)
  }

  @Test func theEndsOfTheCosines() throws {
    let cosine = try rates(.cosine(finalShare: 0.25), epochs: 1, perEpoch: 8)
    // Half way it is half way; after the last iteration it would be the final share.
    #expect(cosine[0] == 0.5 && cosine[4] == 0.5 * 0.625)
    #expect(zip(cosine, cosine.dropFirst()).allSatisfy { $0 > $1 } && cosine[7] > 0.125)
    // The peak of 30 iterations is the ninth: 0.3 · 30 − 1.
    let cycle = try rates(.oneCycle(), epochs: 3, perEpoch: 10)
    #expect(cycle[0] == 0.5 / 25 && cycle[8] == 0.5)
    #expect(cycle.max() == 0.5 && abs(cycle[29] / (0.5 / 25 / 1e4) - 1) < 1e-6)
    // However short the run is, every rate is one.
    for length in 1...10 {
      let short = try rates(.oneCycle(), epochs: 1, perEpoch: length)
      #expect(short.allSatisfy { $0 > 0 && $0 <= 0.5 })
    }
  }

  /// Within 2⁻⁵¹ of the C library's, whose own error is below 2⁻⁵².
  @Test func theCosineIsOne() {
    for index in 0...10_000 {
      let t = Double(index) / 10_000
      #expect(abs(LearningRates.cosineOfHalfTurns(t) - cos(.pi * t)) <= 0x1p-51 + 0x1p-52)
    }
    #expect(LearningRates.cosineOfHalfTurns(0) == 1)
    #expect(LearningRates.cosineOfHalfTurns(0.5) == 0)
    #expect(LearningRates.cosineOfHalfTurns(1) == -1)
  }

  // MARK: PyTorch

  /// Both sides are computed in double precision, PyTorch's step by step, which costs some of its
  /// last bits; ours is then rounded to single precision, by at most 2⁻²⁴ of it.
  private func expectEqual(_ found: [Float], _ golden: [Double], _ text: String) {
    #expect(found.count == golden.count)
    for (index, (found, golden)) in zip(found, golden).enumerated() {
      let bound = 0x1p-24 * golden + 0x1p-45
      #expect(abs(Double(found) - golden) <= bound, "\(text), iteration \(index)")
    }
  }

  @Test(arguments: GoldenSchedule.all)
  func ratesArePyTorchs(golden: GoldenSchedule) throws {
    let schedule = try #require(LearningRateSchedule(golden.text))
    let warmUp = golden.warmUp == 0 ? WarmUp.none : .iterations(golden.warmUp)
    let found = try rates(
      schedule, warmUp: warmUp, rate: GoldenSchedule.rate, epochs: GoldenSchedule.epochs,
      perEpoch: GoldenSchedule.perEpoch)
    expectEqual(found, golden.rates, golden.text)
  }

  @Test(arguments: GoldenPlateau.all)
  func plateausArePyTorchs(golden: GoldenPlateau) throws {
    let schedule = try #require(LearningRateSchedule(golden.text))
    let configuration = TrainingConfiguration(
      epochs: golden.rates.count, batchSize: 1, learningRate: GoldenSchedule.rate,
      schedule: schedule)
    let length = try #require(RunLength(sampleCount: 3, configuration: configuration))
    let rates = LearningRates(configuration, length: length)
    var plateau = try #require(Plateau(schedule, warmUp: 0))
    let found = GoldenPlateau.losses.enumerated().map { index, loss in
      plateau.observe(.example(epoch: index + 1, loss: loss))
      return rates.rate(iteration: 3 * (index + 1), reductions: plateau.reductions)
    }
    expectEqual(found, golden.rates, golden.text)
  }

  // MARK: Plateau

  @Test func aPlateauLooksAtTheValidationLossFirstAndNotAtTheWarmUp() throws {
    var plateau = try #require(Plateau(.plateau(factor: 0.5, patience: 0), warmUp: 10))
    // The first epoch ends with the warm-up: its loss of 0 would be hard to improve on.
    plateau.observe(.example(epoch: 1, loss: 0, iterations: 10))
    plateau.observe(.example(epoch: 2, loss: 0, validationLoss: 2, iterations: 20))
    plateau.observe(.example(epoch: 3, loss: 0, validationLoss: 1, iterations: 30))
    #expect(plateau.reductions == 0)
    plateau.observe(.example(epoch: 4, loss: -1, validationLoss: .nan, iterations: 40))
    #expect(plateau.reductions == 1)
    #expect(Plateau(.linear, warmUp: 0) == nil)
  }

  // MARK: Warm-up

  @Test(arguments: [
    LearningRateSchedule.constant, .linear, .step(epochs: 1, factor: 0.5), .oneCycle(),
    .cosine(finalShare: 0.1), .plateau(factor: 0.5, patience: 1), .exponential(factor: 0.9),
  ])
  func theScheduleRunsOverWhatTheWarmUpLeaves(schedule: LearningRateSchedule) throws {
    let whole = try rates(schedule, epochs: 3, perEpoch: 8)
    let warm = try rates(schedule, warmUp: .epochs(2), epochs: 5, perEpoch: 8)
    #expect(Array(warm[16...]) == whole)
    for (i, rate) in warm[..<16].enumerated() {
      let expected = Double(whole[0]) * Double(i + 1) / 17
      #expect(abs(Double(rate) - expected) <= 0x1p-22 * expected)
    }
    #expect(try rates(schedule, warmUp: .iterations(16), epochs: 5, perEpoch: 8) == warm)
  }

  @Test func aWarmUpLeavesAnIterationToTheSchedule() throws {
    #expect(try rates(.linear, warmUp: .iterations(19)).count == 20)
    for warmUp in [WarmUp.iterations(20), .epochs(5), .epochs(.max), .iterations(.max)] {
      #expect(throws: TrainingError.self) { try rates(.linear, warmUp: warmUp) }
    }
    #expect(throws: TrainingError.self) { try rates(.linear, warmUp: .iterations(0)) }
  }

  // MARK: Text

  @Test(arguments: [
    "constant", "linear", "step:10:0.5", "exponential:0.95", "cosine", "cosine:0.01", "one-cycle",
    "one-cycle:0.2:10:1000", "plateau:0.1:10", "exponential:1e-05", "step:1:1.5",
  ])
  func scheduleTexts(text: String) {
    #expect(LearningRateSchedule(text)?.description == text)
  }

  @Test(arguments: [
    "", "Linear", "linear:1", "step", "step:10", "step:0:0.5", "step:1.5:0.5", "step:1:0",
    "step:1:-1", "step:1:inf", "step:1:0x1p3", "exponential:", "exponential:nan", "cosine:-0.1",
    "cosine:1.1", "cosine:0:0", "one-cycle:0.3", "one-cycle:0:25:10", "one-cycle:1:25:10",
    "one-cycle:0.3:0.5:10", "plateau:1:3", "plateau:0.1:-1", "plateau:0.1", "plateau:0.1:1:",
    "step:1:1e999", "step:9223372036854775808:0.5",
  ])
  func noScheduleTexts(text: String) {
    #expect(LearningRateSchedule(text) == nil)
  }

  @Test func numbersReadBackExactly() throws {
    for schedule in [
      LearningRateSchedule.exponential(factor: 0.1 + 0.2), .cosine(finalShare: 1 / 3),
      .oneCycle(risingShare: 1 / 7, startDivisor: 1e22, finalDivisor: 1),
      .step(epochs: .max >> 12, factor: .leastNonzeroMagnitude),
    ] {
      #expect(LearningRateSchedule(schedule.description) == schedule)
    }
    #expect(LearningRateSchedule("one-cycle:0.3:25:10000") == .oneCycle())
  }

  @Test func warmUpTexts() {
    for text in ["none", "iterations:500", "epochs:1"] {
      #expect(WarmUp(text)?.description == text)
    }
    for text in [
      "", "500", "epochs", "epochs:0", "epochs:-1", "epochs:0.5", "epochs:1:2", "days:1",
    ] {
      #expect(WarmUp(text) == nil, "\(text)")
    }
  }

  @Test func schedulesOutOfRangeAreRefused() {
    for schedule in [
      LearningRateSchedule.step(epochs: 0, factor: 1), .exponential(factor: .nan),
      .cosine(finalShare: 2), .oneCycle(risingShare: 1), .plateau(factor: 2, patience: 1),
    ] {
      #expect(throws: TrainingError.self) {
        try TrainingConfiguration(schedule: schedule).validate()
      }
    }
  }
}

extension EpochRecord {
  /// The record of an epoch of 3 iterations.
  static func example(
    epoch: Int, loss: Double = 1, validationLoss: Double? = nil, correct: Int = 0,
    iterations: Int? = nil
  ) -> EpochRecord {
    EpochRecord(
      epoch: epoch, iterations: iterations ?? 3 * epoch, samples: 3 * epoch, loss: loss,
      validation: validationLoss.map {
        Evaluation(sampleCount: 100, loss: $0, correctCount: correct)
      }, seconds: 1, samplesPerSecond: 3, learningRate: 0.1)
  }
}
