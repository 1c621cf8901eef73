import FileSystem
import ScalingModel
import Terminal

/// A benchmark's results as a JSON file, and against those of another one: what all benchmarks do
/// with what they measured.
public struct Report {
  /// A list of measurements, under the name that it has in the file.
  public struct List {
    public let name: String
    public let measurements: [Measured]
    /// The kernel variant of each measurement.
    public let kernels: [String]

    public init(_ name: String, _ measurements: [Measured], kernels: [String]) {
      self.name = name
      self.measurements = measurements
      self.kernels = kernels
    }

    public init(_ name: String, _ measurements: [Measured], kernel: String) {
      self.init(name, measurements, kernels: measurements.map { _ in kernel })
    }
  }

  private let benchmark: String
  private let others = OtherPrograms()
  private let path: String?
  private let old: OldReport?
  private let seed: UInt64

  public static let json = Option(
    "json", ValueSyntax.text("FILE", allowed: "the path of a file to write").optional,
    default: nil, help: "write machine and measurements to this file")
  public static let compare = Option(
    "compare", ValueSyntax.text("FILE", allowed: "the path of a file that --json wrote").optional,
    default: nil, help: "print what has changed since this file was written with --json")
  public static let seed = Option(
    "seed", ValueSyntax.integer(UInt64.min...UInt64.max), default: 1, defaultText: "1",
    help: "of the draws that the intervals come from")
  /// The options that every benchmark has for its report.
  public static var options: [any OptionDeclaration] { [seed, json, compare] }

  /// Throws before anything is measured if the results could not be written later, or there is
  /// nothing to compare them with.
  public init(_ benchmark: String, _ arguments: ParsedArguments) throws {
    self.benchmark = benchmark
    path = arguments[Self.json]
    seed = arguments[Self.seed]
    // First: the same file may be read and then written.
    old = try arguments[Self.compare].map { try OldReport(path: $0) }
    if let path { try File.checkWritable(path) }
  }

  /// Prints the comparison and writes the file, as far as they were asked for.
  /// - Parameter members: What the file also says.
  public func finish(
    machine: Machine, _ lists: [List], members: [(name: String, value: JSONValue)] = [],
    to output: TextOutput
  ) throws {
    let share = others.share
    if let warning = others.warning {
      output.writeLine()
      output.writeLine(warning)
    }
    if let old {
      output.writeLine()
      let comparison = Comparison(of: lists.flatMap(\.measurements), with: old, seed: seed)
      for line in comparison.lines { output.writeLine(line) }
    }
    guard let path else { return }
    let report = JSONValue.object(
      [
        ("schema", .integer(Self.schema)), ("benchmark", .string(benchmark)),
        ("machine", machine.json), ("versions", Machine.versions),
        ("other_programs", .optional(share)),
      ]
        + lists.map { list in
          let values = zip(list.measurements, list.kernels).map {
            $0.json(benchmark: benchmark, machine: machine, kernel: $1, seed: seed)
          }
          return (list.name, .array(values))
        } + members)
    try File.writeAtomically(Array((report.text + "\n").utf8), to: path)
  }

  /// The version of what Benchmarks/README.md describes.
  public static let schema = 1
}
