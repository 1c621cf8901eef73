import Randomness

/// How far a figure made of interleaved rounds of measurements can be trusted: the bootstrap.
///
/// A round measures everything once, one thing right after the other, so that the machine's drift
/// hits all alike. Rounds are drawn again with replacement, whole ones, so that what happened at
/// the same time stays together; and in blocks of neighbours, because a busy minute spoils several
/// rounds in a row. The figure is computed from each draw, and the interval leaves out the same
/// share of the figures on both sides.
///
/// Source: D. N. Politis, J. P. Romano, "A circular block-resampling procedure for stationary data"
/// (1992); B. Efron, "Bootstrap methods: another look at the jackknife", Annals of Statistics 7
/// (1979), DOI 10.1214/aos/1176344552.
public struct RoundBootstrap: Sendable {
  public let rounds: Int
  /// Rounds in a row that are drawn together.
  public let blockLength: Int
  /// For each draw, the indices of its rounds.
  private let draws: [[Int]]

  /// The share of intervals that contain the true value, were rounds independent.
  public static let confidence = 0.95

  /// - Parameters:
  ///   - rounds: Rounds that were measured, at least 1.
  ///   - seed: What the draws follow from: the same seed gives the same intervals.
  ///   - draws: How often rounds are drawn again.
  public init(rounds: Int, seed: UInt64, draws: Int = 1000) {
    precondition(rounds >= 1 && draws >= 1, "the bootstrap needs a round and a draw")
    self.rounds = rounds
    // The cube root of the number of rounds, the rate that is best for the variance of a mean
    // (P. Hall, J. L. Horowitz, B.-Y. Jing, Biometrika 82 (1995)).
    var length = 1
    while (length + 1) * (length + 1) * (length + 1) <= rounds { length += 1 }
    blockLength = length
    var random = RandomStream(seed: seed, purpose: .resampling)
    self.draws = (0..<draws).map { _ in
      var indices: [Int] = []
      indices.reserveCapacity(rounds + length)
      while indices.count < rounds {
        let first = Int(random.uniform(below: UInt32(rounds)))
        for next in first..<first + length { indices.append(next % rounds) }
      }
      return Array(indices.prefix(rounds))
    }
  }

  /// The interval of a figure.
  /// - Parameter figure: Makes the figure from the rounds with the given indices, of which some
  ///   may be there several times. Draws for which it is not finite are left out.
  /// - Returns: Nil where the figure is finite for no draw.
  public func interval(_ figure: (_ rounds: [Int]) -> Double) -> Interval? {
    let figures = draws.map(figure).filter(\.isFinite).sorted()
    guard !figures.isEmpty else { return nil }
    let tail = (1 - Self.confidence) / 2
    return Interval(
      Spread.quantile(tail, ofSorted: figures), Spread.quantile(1 - tail, ofSorted: figures))
  }

  /// The interval of the median of values, one for each round.
  public func interval(ofMedian values: [Double]) -> Interval {
    precondition(values.count == rounds, "there is one value for each round")
    return interval { Self.median(values, $0) } ?? Interval(-.infinity, .infinity)
  }

  /// The interval of the ratio of two medians, of values that were measured in the same rounds.
  public func interval(
    ofRatio numerators: [Double], to denominators: [Double]
  ) -> Interval {
    precondition(
      numerators.count == rounds && denominators.count == rounds,
      "there is one value for each round")
    return interval { Self.median(numerators, $0) / Self.median(denominators, $0) }
      ?? Interval(0, .infinity)
  }

  /// For each draw, what `body` makes of its rounds.
  public func map<Result>(_ body: (_ rounds: [Int]) -> Result) -> [Result] { draws.map(body) }

  /// The median of the values of some rounds.
  public static func median(_ values: [Double], _ rounds: [Int]) -> Double {
    let sorted = rounds.map { values[$0] }.sorted()
    return Spread.quantile(0.5, ofSorted: sorted)
  }

  /// The interval of the ratio of the medians of two runs, each with rounds of its own.
  public static func interval(
    ofRatio new: [Double], to old: [Double], seed: UInt64
  ) -> Interval {
    let ofNew = RoundBootstrap(rounds: new.count, seed: seed).map { median(new, $0) }
    let ofOld = RoundBootstrap(rounds: old.count, seed: ~seed).map { median(old, $0) }
    let ratios = zip(ofNew, ofOld).map { $0 / $1 }.sorted()
    let tail = (1 - confidence) / 2
    return Interval(
      Spread.quantile(tail, ofSorted: ratios), Spread.quantile(1 - tail, ofSorted: ratios))
  }
}
