/// Throughputs of several numbers of threads, measured in interleaved rounds, and what follows from
/// them: speed-up, efficiency, fitted laws, predictions, and how far each of these is to be trusted.
public struct ScalingStudy: Sendable {
  /// The throughput of one number of threads in each round, in samples per second.
  public struct Point: Sendable {
    public let threads: Int
    public let throughput: Spread
    /// Of the median.
    public let interval: Interval
    /// The median against that of one thread.
    public let speedUp: Double
    public let speedUpInterval: Interval
    /// The speed-up by the number of threads.
    public var efficiency: Double { speedUp / Double(threads) }
  }

  /// A value and its interval.
  public struct Estimate: Sendable {
    public let value: Double
    public let interval: Interval
  }

  /// A fitted law.
  public struct Fit: Sendable {
    public let form: ScalingLaw.Form
    public let law: ScalingLaw
    public let rate: Estimate
    public let contention: Estimate
    public let coherence: Estimate
    /// The greatest distance of a median from the law, as a share of the law.
    public let largestError: Double
    /// The law of each draw of the bootstrap.
    let draws: [ScalingLaw]

    /// The throughput of a number of threads.
    public func prediction(threads: Int) -> Estimate {
      Estimate(
        value: law.throughput(threads: threads),
        interval: ScalingStudy.interval(draws.map { $0.throughput(threads: threads) }))
    }
  }

  /// In ascending order of threads, from 1.
  public let points: [Point]
  /// Numbers of threads that have a core each: those that laws are fitted to. With more threads than
  /// cores nothing more can run at the same time, and no law of scaling says what happens then.
  public let fittedThreads: [Int]
  /// Amdahl's law, and the others where they can be fitted.
  public let fits: [Fit]

  /// - Parameters:
  ///   - throughputs: For each number of threads, 1 among them, a throughput for each round.
  ///   - cores: Threads that can run at the same time.
  /// - Precondition: there is a round, and one thread has been measured.
  public init(
    _ throughputs: [(threads: Int, values: [Double])], cores: Int, bootstrap: RoundBootstrap
  ) {
    let sorted = throughputs.sorted { $0.threads < $1.threads }
    guard let one = sorted.first, one.threads == 1 else {
      preconditionFailure("speed-up is against one thread, which has to be measured")
    }
    points = sorted.map { entry in
      let spread = Spread(entry.values)
      return Point(
        threads: entry.threads, throughput: spread,
        interval: bootstrap.interval(ofMedian: entry.values),
        speedUp: spread.median / Spread(one.values).median,
        speedUpInterval: entry.threads == 1
          ? Interval(1, 1) : bootstrap.interval(ofRatio: entry.values, to: one.values))
    }
    let fitted = sorted.filter { $0.threads <= max(1, cores) }
    fittedThreads = fitted.map(\.threads)
    fits = ScalingLaw.Form.allCases.compactMap { form in
      // Where both effects can be told apart, one of them alone is of no interest.
      if form == .coherenceOnly && fitted.count >= ScalingLaw.Form.universal.leastPoints {
        return nil
      }
      return Self.fit(fitted, form: form, bootstrap: bootstrap)
    }
  }

  private static func fit(
    _ entries: [(threads: Int, values: [Double])], form: ScalingLaw.Form,
    bootstrap: RoundBootstrap
  ) -> Fit? {
    func law(_ median: ([Double]) -> Double) -> ScalingLaw? {
      ScalingLaw.fit(entries.map { ($0.threads, median($0.values)) }, form: form)
    }
    guard let law = law({ Spread($0).median }) else { return nil }
    let draws = bootstrap.map { rounds in
      ScalingLaw.fit(
        entries.map { ($0.threads, RoundBootstrap.median($0.values, rounds)) }, form: form)
    }.compactMap(\.self)
    guard !draws.isEmpty else { return nil }
    func estimate(_ parameter: (ScalingLaw) -> Double) -> Estimate {
      Estimate(value: parameter(law), interval: interval(draws.map(parameter)))
    }
    let errors = entries.map { entry -> Double in
      let expected = law.throughput(threads: entry.threads)
      return abs(Spread(entry.values).median / expected - 1)
    }
    return Fit(
      form: form, law: law, rate: estimate(\.rate), contention: estimate(\.contention),
      coherence: estimate(\.coherence), largestError: errors.max() ?? 0, draws: draws)
  }

  static func interval(_ figures: [Double]) -> Interval {
    let sorted = figures.sorted()
    let tail = (1 - RoundBootstrap.confidence) / 2
    return Interval(
      Spread.quantile(tail, ofSorted: sorted), Spread.quantile(1 - tail, ofSorted: sorted))
  }

  public func fit(_ form: ScalingLaw.Form) -> Fit? { fits.first { $0.form == form } }

  /// What the fits can and cannot say, in sentences.
  public var caveats: [String] {
    let list = fittedThreads.map(String.init).joined(separator: ", ")
    if fittedThreads.count < 2 {
      return [
        "One thread alone fits this machine's cores: no law can be fitted and nothing predicted."
      ]
    }
    var sentences = [
      "Fitted to \(list) threads, which have a core each; whatever is said of more is extrapolated."
    ]
    if fittedThreads.count < ScalingLaw.Form.universal.leastPoints {
      sentences.append(
        "Two numbers of threads determine two parameters: the Universal Scalability Law has three, "
          + "so contention (σ) and coherence (κ) cannot be told apart. Predictions are given for "
          + "the two extremes, all of the loss contention (Amdahl's law) or all of it coherence; "
          + "the law lies between them.")
    } else if fittedThreads.count == ScalingLaw.Form.universal.leastPoints {
      sentences.append(
        "Three numbers of threads determine the three parameters of the Universal Scalability Law "
          + "exactly: that it fits says nothing about whether it holds.")
    }
    return sentences
  }
}
