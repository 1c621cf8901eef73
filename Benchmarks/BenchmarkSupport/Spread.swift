import Terminal

/// The median, the smallest and the largest of some measurements.
public struct Spread: Sendable {
  public let median: Double
  public let minimum: Double
  public let maximum: Double

  /// - Precondition: there is at least one measurement.
  public init(_ measurements: [Double]) {
    precondition(!measurements.isEmpty, "a spread needs at least one measurement")
    let sorted = measurements.sorted()
    let middle = sorted.count / 2
    median =
      sorted.count % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
    minimum = sorted[0]
    maximum = sorted[sorted.count - 1]
  }

  public var json: JSONValue {
    .object([
      ("median", .number(median)), ("min", .number(minimum)), ("max", .number(maximum)),
    ])
  }
}
