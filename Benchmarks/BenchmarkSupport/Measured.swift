import ScalingModel
import Terminal

/// One measurement as all benchmarks write it: what was measured, on what, and every repeat.
public struct Measured: Sendable {
  /// What was measured, in words that are the same in every run: what measurements of two files are
  /// matched by.
  public let id: String
  /// The name of the figure, with its unit: "samples_per_second", "gflops", "milliseconds".
  public let figure: String
  public let isBetterWhenLess: Bool
  /// One value for each repeat.
  public let spread: Spread
  /// What else there is to say: the same in words for programs, phases, losses.
  public let members: [(name: String, value: JSONValue)]

  public init(
    id: String, figure: String, isBetterWhenLess: Bool = false, spread: Spread,
    members: [(name: String, value: JSONValue)]
  ) {
    self.id = id
    self.figure = figure
    self.isBetterWhenLess = isBetterWhenLess
    self.spread = spread
    self.members = members
  }

  /// See Benchmarks/README.md.
  /// - Parameters:
  ///   - benchmark: The program.
  ///   - kernel: The kernel variant.
  func json(benchmark: String, machine: Machine, kernel: String, seed: UInt64) -> JSONValue {
    .object(
      [
        ("id", .string(id)), ("benchmark", .string(benchmark)), ("kernel", .string(kernel)),
        ("figure", .string(figure)), (figure, spread.json(seed: seed)),
      ] + members.filter { $0.name != "kernel" } + [
        ("machine", machine.json), ("versions", Machine.versions),
      ])
  }
}

extension Spread {
  /// See Benchmarks/README.md.
  /// - Parameter seed: Of the bootstrap that the interval comes from.
  public func json(seed: UInt64) -> JSONValue {
    let interval = RoundBootstrap(rounds: values.count, seed: seed).interval(ofMedian: values)
    return .object([
      ("median", .number(median)), ("min", .number(minimum)), ("max", .number(maximum)),
      ("lower_quartile", .number(lowerQuartile)), ("upper_quartile", .number(upperQuartile)),
      ("interval", interval.json), ("values", .array(values.map { .number($0) })),
    ])
  }
}

extension Interval {
  /// The two bounds.
  public var json: JSONValue { .array([.number(lower), .number(upper)]) }
}
