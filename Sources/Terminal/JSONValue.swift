/// A JSON value (RFC 8259) to be written. Objects keep the order of their members.
public enum JSONValue: Sendable {
  case null
  case boolean(Bool)
  case integer(Int)
  /// Written with the fewest digits that read back as the same double; null when not finite.
  case number(Double)
  /// Written with the fewest digits that read back as the same single: 0.1, not 0.10000000149.
  case single(Float)
  /// Whole numbers up to 2⁶⁴ − 1: many readers keep 53 bits of them.
  case unsigned(UInt64)
  case string(String)
  case array([JSONValue])
  case object([(name: String, value: JSONValue)])

  /// `value`, or null for nil.
  public static func optional(_ value: Double?) -> JSONValue {
    value.map { .number($0) } ?? .null
  }

  /// `value`, or null for nil.
  public static func optional(_ value: Int?) -> JSONValue {
    value.map { .integer($0) } ?? .null
  }

  /// `value`, or null for nil.
  public static func optional(_ value: String?) -> JSONValue {
    value.map { .string($0) } ?? .null
  }

  /// The value on one line, without spaces.
  public var text: String {
    switch self {
    case .null: "null"
    case .boolean(let value): value ? "true" : "false"
    case .integer(let value): "\(value)"
    case .unsigned(let value): "\(value)"
    case .number(let value): value.isFinite ? "\(value)" : "null"
    case .single(let value): value.isFinite ? "\(value)" : "null"
    case .string(let value): Self.quoted(value)
    case .array(let values): "[" + values.map(\.text).joined(separator: ",") + "]"
    case .object(let members):
      "{" + members.map { Self.quoted($0.name) + ":" + $0.value.text }.joined(separator: ",") + "}"
    }
  }

  private static func quoted(_ string: String) -> String {
    var text = "\""
    for scalar in string.unicodeScalars {
      switch scalar {
      case "\"": text += "\\\""
      case "\\": text += "\\\\"
      case "\n": text += "\\n"
      case "\r": text += "\\r"
      case "\t": text += "\\t"
      case _ where scalar.value < 0x20:
        let digits = String(scalar.value, radix: 16)
        text += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
      default: text.unicodeScalars.append(scalar)
      }
    }
    return text + "\""
  }
}
