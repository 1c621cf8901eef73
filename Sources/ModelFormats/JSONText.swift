/// What a safetensors header is made of (RFC 8259): objects, arrays, strings and whole numbers.
///
/// A reader and writer of our own, because that of FoundationEssentials is most of the size of a
/// statically linked program that trains.
enum JSONText: Equatable {
  case string(String)
  case integer(Int)
  case array([JSONText])
  /// No name twice.
  case object([String: JSONText])
  /// A number that is not whole, true, false or null: read, and of no use here.
  case other

  var string: String? { if case .string(let string) = self { string } else { nil } }
  var object: [String: JSONText]? { if case .object(let members) = self { members } else { nil } }

  /// The elements of an array of whole numbers.
  var integers: [Int]? {
    guard case .array(let elements) = self else { return nil }
    let integers = elements.compactMap { if case .integer(let number) = $0 { number } else { nil } }
    return integers.count == elements.count ? integers : nil
  }

  // MARK: Writing

  /// The value on one line, without spaces, the members of objects in the order of their names.
  var bytes: [UInt8] {
    switch self {
    case .string(let string): Self.quoted(string)
    case .integer(let number): Array(String(number).utf8)
    case .array(let elements): Self.joined(elements.map(\.bytes), in: "[", "]")
    case .object(let members):
      Self.joined(
        members.sorted { $0.key < $1.key }.map { Self.quoted($0.key) + [colon] + $0.value.bytes },
        in: "{", "}")
    case .other: Array("null".utf8)
    }
  }

  private static func joined(
    _ parts: [[UInt8]], in start: Unicode.Scalar, _ end: Unicode.Scalar
  ) -> [UInt8] {
    [UInt8(ascii: start)] + parts.joined(separator: [UInt8(ascii: ",")]) + [UInt8(ascii: end)]
  }

  private static func quoted(_ string: String) -> [UInt8] {
    var bytes = [quote]
    for byte in string.utf8 {
      switch byte {
      case quote, backslash: bytes += [backslash, byte]
      case ..<0x20:
        let digits = Array("0123456789abcdef".utf8)
        bytes += Array("\\u00".utf8) + [digits[Int(byte >> 4)], digits[Int(byte & 15)]]
      default: bytes.append(byte)
      }
    }
    return bytes + [quote]
  }

  // MARK: Reading

  /// The value that some bytes are; nil where they are not one.
  init?(_ bytes: some Sequence<UInt8>) {
    var reader = JSONReader(Array(bytes))
    guard let value = reader.value(depth: 0), reader.isAtEnd else { return nil }
    self = value
  }
}

private let quote = UInt8(ascii: "\"")
private let backslash = UInt8(ascii: "\\")
private let colon = UInt8(ascii: ":")

/// Reads a value from front to back; every method gives nil for what is none.
private struct JSONReader {
  private let bytes: [UInt8]
  private var place = 0

  /// Far deeper than any header.
  private static let largestDepth = 64

  init(_ bytes: [UInt8]) { self.bytes = bytes }

  /// Whether only blanks are left.
  var isAtEnd: Bool {
    mutating get {
      skipBlanks()
      return place == bytes.count
    }
  }

  mutating func value(depth: Int) -> JSONText? {
    guard depth < Self.largestDepth else { return nil }
    skipBlanks()
    guard place < bytes.count else { return nil }
    switch bytes[place] {
    case quote: return string().map(JSONText.string)
    case UInt8(ascii: "{"): return object(depth: depth)
    case UInt8(ascii: "["): return array(depth: depth)
    case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return number()
    default:
      for word in ["true", "false", "null"] where bytes[place...].starts(with: word.utf8) {
        place += word.utf8.count
        return .other
      }
      return nil
    }
  }

  private mutating func skipBlanks() {
    while place < bytes.count, [0x20, 0x09, 0x0A, 0x0D].contains(bytes[place]) { place += 1 }
  }

  /// Takes a character, after blanks, if it is the next one.
  private mutating func take(_ character: Unicode.Scalar) -> Bool {
    skipBlanks()
    guard place < bytes.count, bytes[place] == UInt8(ascii: character) else { return false }
    place += 1
    return true
  }

  private mutating func object(depth: Int) -> JSONText? {
    guard take("{") else { return nil }
    var members: [String: JSONText] = [:]
    if take("}") { return .object(members) }
    repeat {
      skipBlanks()
      guard let name = string(), members[name] == nil, take(":"),
        let member = value(depth: depth + 1)
      else { return nil }
      members[name] = member
    } while take(",")
    return take("}") ? .object(members) : nil
  }

  private mutating func array(depth: Int) -> JSONText? {
    guard take("[") else { return nil }
    var elements: [JSONText] = []
    if take("]") { return .array(elements) }
    repeat {
      guard let element = value(depth: depth + 1) else { return nil }
      elements.append(element)
    } while take(",")
    return take("]") ? .array(elements) : nil
  }

  /// `-? (0 | [1-9][0-9]*) (. [0-9]+)? ([eE] [+-]? [0-9]+)?`
  private mutating func number() -> JSONText? {
    let start = place
    if bytes[place] == UInt8(ascii: "-") { place += 1 }
    let first = place
    guard skipDigits(), bytes[first] != UInt8(ascii: "0") || place == first + 1 else { return nil }
    let end = place
    if place < bytes.count, bytes[place] == UInt8(ascii: ".") {
      place += 1
      guard skipDigits() else { return nil }
    }
    if place < bytes.count, bytes[place] | 0x20 == UInt8(ascii: "e") {
      place += 1
      if place < bytes.count, [UInt8(ascii: "+"), UInt8(ascii: "-")].contains(bytes[place]) {
        place += 1
      }
      guard skipDigits() else { return nil }
    }
    guard place == end else { return .other }
    return Int(String(decoding: bytes[start..<end], as: UTF8.self)).map(JSONText.integer) ?? .other
  }

  /// - Returns: Whether there was a digit.
  private mutating func skipDigits() -> Bool {
    let start = place
    while place < bytes.count, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(bytes[place]) {
      place += 1
    }
    return place > start
  }

  private mutating func string() -> String? {
    guard place < bytes.count, bytes[place] == quote else { return nil }
    place += 1
    var text: [UInt8] = []
    while place < bytes.count {
      let byte = bytes[place]
      place += 1
      switch byte {
      case quote: return String(validating: text, as: UTF8.self)
      case backslash:
        guard let scalar = escaped() else { return nil }
        text += Array(String(Character(scalar)).utf8)
      case ..<0x20: return nil
      default: text.append(byte)
      }
    }
    return nil
  }

  private mutating func escaped() -> Unicode.Scalar? {
    guard place < bytes.count else { return nil }
    let byte = bytes[place]
    place += 1
    switch byte {
    case quote, backslash, UInt8(ascii: "/"): return Unicode.Scalar(byte)
    case UInt8(ascii: "b"): return "\u{8}"
    case UInt8(ascii: "f"): return "\u{C}"
    case UInt8(ascii: "n"): return "\n"
    case UInt8(ascii: "r"): return "\r"
    case UInt8(ascii: "t"): return "\t"
    case UInt8(ascii: "u"):
      guard let unit = hexadecimal() else { return nil }
      guard unit & 0xFC00 == 0xD800 else { return Unicode.Scalar(unit) }
      // The first half of a character beyond U+FFFF; the second one follows.
      guard bytes[place...].starts(with: "\\u".utf8) else { return nil }
      place += 2
      guard let low = hexadecimal(), low & 0xFC00 == 0xDC00 else { return nil }
      return Unicode.Scalar(0x10000 + ((unit & 0x3FF) << 10) + (low & 0x3FF))
    default: return nil
    }
  }

  private mutating func hexadecimal() -> UInt32? {
    guard place + 4 <= bytes.count else { return nil }
    let text = String(decoding: bytes[place..<place + 4], as: UTF8.self)
    place += 4
    return text.allSatisfy(\.isHexDigit) ? UInt32(text, radix: 16) : nil
  }
}
