import Randomness
import ScalingModel
import Testing

@Suite struct ScalingLawTests {
  static let laws = [
    ScalingLaw(rate: 1000, contention: 0, coherence: 0),
    ScalingLaw(rate: 300_000, contention: 0.05, coherence: 0),
    ScalingLaw(rate: 1e6, contention: 0.02, coherence: 0.0005),
    ScalingLaw(rate: 0.5, contention: 0, coherence: 0.01),
    ScalingLaw(rate: 77, contention: 0.9, coherence: 0.3),
  ]

  @Test(arguments: laws)
  func aLawIsFoundAgainFromItsOwnThroughputs(law: ScalingLaw) throws {
    let points = [1, 2, 3, 4, 8, 16].map { ($0, law.throughput(threads: $0)) }
    let found = try #require(ScalingLaw.fit(points, form: .universal))
    // Elimination on three unknowns loses a few bits for each factor of ten in their sizes.
    #expect(abs(found.rate / law.rate - 1) < 1e-9)
    #expect(abs(found.contention - law.contention) < 1e-9)
    #expect(abs(found.coherence - law.coherence) < 1e-9)
    if law.coherence == 0 {
      let amdahl = try #require(ScalingLaw.fit(points, form: .amdahl))
      #expect(abs(amdahl.contention - law.contention) < 1e-9)
      #expect(amdahl.coherence == 0)
    }
  }

  @Test func theSpeedUpIsThatOfTheBooks() {
    let amdahl = ScalingLaw(rate: 10, contention: 0.1, coherence: 0)
    #expect(abs(amdahl.speedUp(threads: 10) - 1 / (0.1 + 0.9 / 10)) < 1e-12)
    #expect(amdahl.limitOfSpeedUp == 10)
    #expect(amdahl.bestThreads == nil)
    let universal = ScalingLaw(rate: 10, contention: 0.05, coherence: 0.0002)
    #expect(universal.limitOfSpeedUp == nil)
    let best = universal.bestThreads ?? 0
    #expect(abs(best - (0.95 / 0.0002).squareRoot()) < 1e-9)
    let most = Int(best)
    #expect(universal.throughput(threads: most) > universal.throughput(threads: most / 2))
    #expect(universal.throughput(threads: most) > universal.throughput(threads: most * 2))
  }

  @Test func twoPointsDetermineTwoParametersOnly() throws {
    let points = [(1, 100.0), (2, 180.0)]
    #expect(ScalingLaw.fit(points, form: .universal) == nil)
    #expect(ScalingLaw.fit([(1, 100.0)], form: .amdahl) == nil)
    let amdahl = try #require(ScalingLaw.fit(points, form: .amdahl))
    let coherence = try #require(ScalingLaw.fit(points, form: .coherenceOnly))
    // 2 / (1 + σ) = 1.8, and 2 / (1 + 2 κ) = 1.8.
    #expect(abs(amdahl.contention - 1 / 9) < 1e-9)
    #expect(abs(coherence.coherence - 1 / 18) < 1e-9)
    // The extremes between which the truth lies.
    for threads in [4, 8, 128] {
      #expect(amdahl.throughput(threads: threads) > coherence.throughput(threads: threads))
    }
  }

  @Test func whatIsFasterThanLinearHasNoNegativeParameters() throws {
    for form in ScalingLaw.Form.allCases {
      let law = try #require(
        ScalingLaw.fit([(1, 100), (2, 210), (4, 450), (8, 930)], form: form))
      #expect(law.contention == 0 && law.coherence == 0)
      #expect((100...120).contains(law.rate))
    }
  }

  @Test func throughputsThatAreNoneAreRefused() {
    for bad in [0, -1, Double.nan, .infinity] {
      #expect(ScalingLaw.fit([(1, 100), (2, bad)], form: .amdahl) == nil)
    }
  }
}

@Suite struct BootstrapTests {
  @Test func quantilesAreThoseOfNumPy() {
    let spread = Spread([7, 1, 3, 9, 4, 8])
    // numpy.quantile([1, 3, 4, 7, 8, 9], [0.25, 0.5, 0.75])
    #expect((spread.lowerQuartile, spread.median, spread.upperQuartile) == (3.25, 5.5, 7.75))
    #expect((spread.minimum, spread.maximum) == (1, 9))
    #expect(spread.values == [7, 1, 3, 9, 4, 8])
    #expect(Spread([5]).interquartileRange == 0)
  }

  @Test func theSameSeedGivesTheSameInterval() {
    let values = (0..<15).map { 100 + Double($0 * $0 % 7) }
    let one = RoundBootstrap(rounds: 15, seed: 1).interval(ofMedian: values)
    #expect(one == RoundBootstrap(rounds: 15, seed: 1).interval(ofMedian: values))
    #expect(one.contains(Spread(values).median))
    #expect(one.lower >= 100 && one.upper <= 106)
    #expect(RoundBootstrap(rounds: 1, seed: 1).interval(ofMedian: [5]) == Interval(5, 5))
    #expect(RoundBootstrap(rounds: 15, seed: 1).blockLength == 2)
    #expect(RoundBootstrap(rounds: 27, seed: 1).blockLength == 3)
  }

  @Test func driftThatHitsAllAlikeDoesNotTouchTheirRatio() {
    // The machine gets slower by half; one of two is always 1.9 times as fast as the other.
    let one = (0..<20).map { 1000 - 25 * Double($0) }
    let two = one.map { 1.9 * $0 }
    let bootstrap = RoundBootstrap(rounds: 20, seed: 3)
    let ratio = bootstrap.interval(ofRatio: two, to: one)
    #expect(abs(ratio.lower - 1.9) < 1e-12 && abs(ratio.upper - 1.9) < 1e-12)
    let alone = bootstrap.interval(ofMedian: one)
    #expect(alone.upper - alone.lower > 50)
  }

  @Test func intervalsContainTheTruthAboutAsOftenAsTheySay() {
    var random = RandomStream(seed: 9, purpose: .resampling)
    let trials = 200
    var hits = 0
    for trial in 0..<trials {
      // The sum of twelve uniform numbers, less 6, is nearly normal; the median is 100.
      let values = (0..<25).map { _ in
        100 + (0..<12).reduce(-6.0) { sum, _ in sum + Double(random.uniform()) }
      }
      let bootstrap = RoundBootstrap(rounds: 25, seed: UInt64(trial))
      if bootstrap.interval(ofMedian: values).contains(100) { hits += 1 }
    }
    // The percentile interval of a median of 25 holds it in somewhat less than 95 % of the cases;
    // at 90 % three standard deviations of 200 trials are 6 %.
    #expect(Double(hits) / Double(trials) > 0.84)
  }

  @Test func theRatioOfTwoRunsIsJudgedByTheNoiseOfBoth() {
    let old = (0..<15).map { 100 + Double($0 % 5) }
    let same = RoundBootstrap.interval(ofRatio: Array(old.reversed()), to: old, seed: 1)
    #expect(same.contains(1))
    let faster = RoundBootstrap.interval(ofRatio: old.map { 1.1 * $0 }, to: old, seed: 1)
    #expect(!faster.contains(1) && faster.contains(1.1))
  }
}

@Suite struct ScalingStudyTests {
  /// Throughputs by a law, with noise that is the same for all threads of a round.
  private func throughputs(_ law: ScalingLaw, threads: [Int]) -> [(threads: Int, values: [Double])]
  {
    threads.map { count in
      (count, (0..<15).map { law.throughput(threads: count) * (1 + 0.01 * Double($0 % 4)) })
    }
  }

  @Test func laterPointsArePredictedFromEarlierOnes() throws {
    let law = ScalingLaw(rate: 250_000, contention: 0.03, coherence: 0.0004)
    let study = ScalingStudy(
      throughputs(law, threads: [1, 2, 4, 8, 32]), cores: 8,
      bootstrap: RoundBootstrap(rounds: 15, seed: 1))
    #expect(study.fittedThreads == [1, 2, 4, 8])
    let fit = try #require(study.fit(.universal))
    #expect(fit.largestError < 1e-9)
    #expect(abs(fit.contention.value - 0.03) < 1e-9)
    let scale = Spread((0..<15).map { 1 + 0.01 * Double($0 % 4) }).median
    let predicted = fit.prediction(threads: 128)
    #expect(abs(predicted.value / (law.throughput(threads: 128) * scale) - 1) < 1e-6)
    #expect(predicted.interval.lower <= predicted.value * (1 + 1e-9))
    #expect(predicted.interval.upper >= predicted.value * (1 - 1e-9))
    // Amdahl's law cannot follow it.
    #expect(try #require(study.fit(.amdahl)).largestError > 0.001)
    #expect(study.fit(.coherenceOnly) == nil)
    let four = try #require(study.points.first { $0.threads == 4 })
    #expect(abs(four.speedUp - law.speedUp(threads: 4)) < 1e-9)
    #expect(abs(four.efficiency - law.speedUp(threads: 4) / 4) < 1e-9)
  }

  @Test func whatCannotBeToldApartIsSaid() throws {
    let law = ScalingLaw(rate: 250_000, contention: 0.03, coherence: 0)
    let bootstrap = RoundBootstrap(rounds: 15, seed: 1)
    let two = ScalingStudy(throughputs(law, threads: [1, 2, 4]), cores: 2, bootstrap: bootstrap)
    #expect(two.fits.map(\.form) == [.amdahl, .coherenceOnly])
    #expect(two.caveats.contains { $0.contains("cannot be told apart") })
    #expect(two.caveats.contains { $0.contains("extrapolated") })
    let three = ScalingStudy(throughputs(law, threads: [1, 2, 3]), cores: 4, bootstrap: bootstrap)
    #expect(three.fit(.universal) != nil)
    #expect(three.caveats.contains { $0.contains("exactly") })
    let one = ScalingStudy(throughputs(law, threads: [1, 2]), cores: 1, bootstrap: bootstrap)
    #expect(one.fits.isEmpty)
    #expect(one.caveats.contains { $0.contains("no law can be fitted") })
  }
}
