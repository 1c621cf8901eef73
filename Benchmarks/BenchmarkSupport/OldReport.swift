import FileSystem
import FoundationEssentials
import ScalingModel

/// What an earlier run of a benchmark has written with `--json`.
public struct OldReport: Sendable {
  /// A measurement, as far as a comparison needs it.
  public struct Entry: Sendable {
    public let id: String
    public let figure: String
    public let values: [Double]
  }

  public let path: String
  /// By ``Entry/id``.
  public let entries: [String: Entry]
  /// The processor that it was measured on.
  public let processor: String

  /// Why a file cannot be compared with.
  public enum Failure: Error, CustomStringConvertible {
    case noJSON(path: String, reason: String)
    case noReport(path: String, expected: String)

    public var description: String {
      switch self {
      case .noJSON(let path, let reason): "\(path): expected JSON: \(reason)"
      case .noReport(let path, let expected):
        "\(path): expected a file that a benchmark wrote with --json: \(expected)"
      }
    }
  }

  public init(path: String) throws {
    try self.init(File.read(path), path: path)
  }

  init(_ bytes: [UInt8], path: String) throws(Failure) {
    let tree: JSONTree
    do {
      tree = try JSONDecoder().decode(JSONTree.self, from: Data(bytes))
    } catch {
      throw .noJSON(path: path, reason: "\(error)")
    }
    self.path = path
    guard case .object(let report) = tree else {
      throw .noReport(path: path, expected: "an object")
    }
    processor = report["machine"]?["processor"]?.string ?? "an unknown processor"
    var entries: [String: Entry] = [:]
    for list in report.values {
      guard case .array(let elements) = list else { continue }
      for element in elements where element["id"] != nil {
        guard let id = element["id"]?.string, let figure = element["figure"]?.string,
          case .array(let values)? = element[figure]?["values"]
        else {
          throw .noReport(path: path, expected: "each measurement has a figure and its values")
        }
        let numbers = values.compactMap(\.number)
        guard numbers.count == values.count, !numbers.isEmpty else {
          throw .noReport(path: path, expected: "the values of \"\(id)\" are numbers")
        }
        entries[id] = Entry(id: id, figure: figure, values: numbers)
      }
    }
    guard !entries.isEmpty else {
      throw .noReport(path: path, expected: "measurements with an \"id\"")
    }
    self.entries = entries
  }
}

/// A JSON value that was read.
enum JSONTree: Decodable, Sendable {
  case null
  case boolean(Bool)
  case number(Double)
  case string(String)
  case array([JSONTree])
  case object([String: JSONTree])

  init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    if container.decodeNil() {
      self = .null
    } else if let value = try? container.decode(Bool.self) {
      self = .boolean(value)
    } else if let value = try? container.decode(Double.self) {
      self = .number(value)
    } else if let value = try? container.decode(String.self) {
      self = .string(value)
    } else if let values = try? container.decode([JSONTree].self) {
      self = .array(values)
    } else {
      self = .object(try container.decode([String: JSONTree].self))
    }
  }

  /// A member of an object; nil for any other value.
  subscript(name: String) -> JSONTree? {
    guard case .object(let members) = self else { return nil }
    return members[name]
  }

  var string: String? {
    guard case .string(let value) = self else { return nil }
    return value
  }

  var number: Double? {
    guard case .number(let value) = self else { return nil }
    return value
  }
}
