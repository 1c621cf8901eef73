/// How some measurements of the same thing lie: least, quartiles, greatest.
public struct Spread: Sendable, Equatable {
  /// In the order of measuring.
  public let values: [Double]
  public let minimum: Double
  public let lowerQuartile: Double
  public let median: Double
  public let upperQuartile: Double
  public let maximum: Double

  /// - Precondition: there is at least one measurement.
  public init(_ measurements: [Double]) {
    precondition(!measurements.isEmpty, "a spread needs at least one measurement")
    values = measurements
    let sorted = measurements.sorted()
    minimum = sorted[0]
    lowerQuartile = Self.quantile(0.25, ofSorted: sorted)
    median = Self.quantile(0.5, ofSorted: sorted)
    upperQuartile = Self.quantile(0.75, ofSorted: sorted)
    maximum = sorted[sorted.count - 1]
  }

  /// The distance between the quartiles: half of all measurements lie in it.
  public var interquartileRange: Double { upperQuartile - lowerQuartile }

  /// The value below which a share of sorted values lies, linear between two of them (the
  /// definition 7 of R. J. Hyndman, Y. Fan, "Sample quantiles in statistical packages", The
  /// American Statistician 50 (1996), DOI 10.2307/2684934, as NumPy has it).
  /// - Precondition: there is a value, and the share lies in 0...1.
  public static func quantile(_ share: Double, ofSorted sorted: [Double]) -> Double {
    precondition(!sorted.isEmpty && (0...1).contains(share), "a share of at least one value")
    let position = share * Double(sorted.count - 1)
    let below = Int(position)
    let above = min(below + 1, sorted.count - 1)
    return sorted[below] + (position - Double(below)) * (sorted[above] - sorted[below])
  }
}

/// The bounds that an unknown value lies between with some confidence.
public struct Interval: Sendable, Equatable {
  public let lower: Double
  public let upper: Double

  public init(_ lower: Double, _ upper: Double) {
    self.lower = lower
    self.upper = upper
  }

  public func contains(_ value: Double) -> Bool { lower <= value && value <= upper }

  public func overlaps(_ other: Interval) -> Bool {
    lower <= other.upper && other.lower <= upper
  }
}
