/// The learning rates of one run: its schedule with the numbers of the run.
struct LearningRates {
  private let rate: Float
  private let schedule: LearningRateSchedule
  /// Iterations of the warm-up.
  let warmUp: Int
  private let iterationsPerEpoch: Int
  /// Iterations of the schedule, those of the run less the warm-up.
  private let total: Int
  /// The call of a stream, counted from 0, which is the epoch of all of its iterations; nil in a run.
  private let call: Int?

  /// - Precondition: the configuration is valid and its warm-up shorter than the run.
  init(_ configuration: TrainingConfiguration, length: RunLength) {
    rate = configuration.learningRate
    schedule = configuration.schedule
    warmUp = configuration.warmUp.iterations(perEpoch: length.iterationsPerEpoch)
    iterationsPerEpoch = length.iterationsPerEpoch
    total = length.iterations - warmUp
    call = nil
  }

  /// The rates of one call of a stream, which counts as an epoch.
  /// - Parameter call: Counted from 1.
  /// - Precondition: The schedule depends on epochs alone, and the warm-up is one of iterations.
  init(_ configuration: TrainingConfiguration, call: Int) {
    rate = configuration.learningRate
    schedule = configuration.schedule
    warmUp = configuration.warmUp.iterations(perEpoch: 0)
    iterationsPerEpoch = 1
    total = 1
    self.call = call - 1
  }

  /// The rate of an iteration.
  /// - Parameters:
  ///   - iteration: Counted from 0.
  ///   - reductions: How often a plateau has been met, of ``LearningRateSchedule/plateau``.
  func rate(iteration: Int, reductions: Int = 0) -> Float {
    if iteration < warmUp {
      let share = Double(iteration + 1) / Double(warmUp + 1)
      return Float(Double(rate) * (factor(0, reductions: reductions) * share))
    }
    // A rate that does not change keeps its bits, with no arithmetic to lose them in.
    if case .constant = schedule { return rate }
    return Float(Double(rate) * factor(iteration - warmUp, reductions: reductions))
  }

  /// The rate of the schedule's iteration `i`, by the configured one.
  private func factor(_ i: Int, reductions: Int) -> Double {
    switch schedule {
    case .constant: 1
    case .linear: 1 - Double(i) / Double(total)
    case .step(let epochs, let factor):
      Self.power(factor, (call ?? i / iterationsPerEpoch) / epochs)
    case .exponential(let factor): Self.power(factor, call ?? i / iterationsPerEpoch)
    case .cosine(let share):
      Self.halfCosine(from: 1, to: share, at: Double(i) / Double(total))
    case .oneCycle(let risingShare, let startDivisor, let finalDivisor):
      oneCycle(
        Double(i), risingShare, start: 1 / startDivisor, end: 1 / startDivisor / finalDivisor)
    case .plateau(let factor, _): Self.power(factor, reductions)
    }
  }

  private func oneCycle(_ i: Double, _ risingShare: Double, start: Double, end: Double) -> Double {
    let peak = risingShare * Double(total) - 1
    let last = Double(total - 1)
    return i < peak
      ? Self.halfCosine(from: start, to: 1, at: i / peak)
      : Self.halfCosine(from: 1, to: end, at: (i - peak) / (last - peak))
  }

  /// b^n by squaring, n ≥ 0.
  static func power(_ base: Double, _ exponent: Int) -> Double {
    var (result, square, rest) = (1.0, base, exponent)
    while rest > 0 {
      if rest & 1 == 1 { result *= square }
      square *= square
      rest >>= 1
    }
    return result
  }

  /// From `start` at t = 0 along half a cosine to `end` at t = 1.
  private static func halfCosine(from start: Double, to end: Double, at t: Double) -> Double {
    end + (start - end) * ((1 + cosineOfHalfTurns(t)) / 2)
  }

  /// cos(π t) for t from 0 to 1, within 2⁻⁵¹ of it: the C library's cosine has other last bits on
  /// other systems.
  static func cosineOfHalfTurns(_ t: Double) -> Double {
    // cos(π t) = −cos(π (1 − t)), and = sin(π (½ − t)) around a quarter turn; both differences are
    // exact, as t is at least half of what it is taken from or to.
    if t > 0.75 { return -cosine(.pi * (1 - t)) }
    if t < 0.25 { return cosine(.pi * t) }
    return sine(.pi * (0.5 - t))
  }

  /// Taylor's series of the cosine for |x| ≤ π/4: the first term left out, x¹⁸/18!, is below 2⁻⁵⁸.
  private static func cosine(_ x: Double) -> Double {
    let square = x * x
    var sum = 0.0
    var k = 16.0
    while k > 0 {
      sum = (1 - sum) * square / (k * (k - 1))
      k -= 2
    }
    return 1 - sum
  }

  /// Taylor's series of the sine for |x| ≤ π/4: the first term left out, x¹⁹/19!, is below 2⁻⁶².
  private static func sine(_ x: Double) -> Double {
    let square = x * x
    var sum = 0.0
    var k = 17.0
    while k > 1 {
      sum = (1 - sum) * square / (k * (k - 1))
      k -= 2
    }
    return x - x * sum
  }
}
