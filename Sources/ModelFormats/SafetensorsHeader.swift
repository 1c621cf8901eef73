import FoundationEssentials

/// The types of elements that are written here, all little-endian.
enum ElementType: String {
  case float32 = "F32"
  case float64 = "F64"
  case int64 = "I64"
  case byte = "U8"

  /// Bytes of an element.
  var size: Int {
    switch self {
    case .float32: 4
    case .float64, .int64: 8
    case .byte: 1
    }
  }
}

/// One tensor of a safetensors header.
struct Tensor: Codable, Equatable, CustomStringConvertible {
  /// The element type; "F32" for 32-bit floats.
  let dtype: String
  let shape: [Int]
  /// The first byte and the one behind the last, counted from the end of the header.
  let dataOffsets: [Int]

  enum CodingKeys: String, CodingKey {
    case dtype, shape
    case dataOffsets = "data_offsets"
  }

  var description: String { "\(dtype) \(shape) at bytes \(dataOffsets)" }
}

/// The header of a safetensors file: tensors by name, and metadata under a name of their own.
struct Header: Codable {
  let tensors: [String: Tensor]
  let metadata: [String: String]

  init(tensors: [String: Tensor], metadata: [String: String]) {
    self.tensors = tensors
    self.metadata = metadata
  }

  private struct Name: CodingKey {
    static let metadata = Name("__metadata__")
    let stringValue: String
    var intValue: Int? { nil }
    init(_ name: String) { stringValue = name }
    init?(stringValue: String) { self.init(stringValue) }
    init?(intValue: Int) { nil }
  }

  init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: Name.self)
    metadata = try container.decodeIfPresent([String: String].self, forKey: .metadata) ?? [:]
    var tensors: [String: Tensor] = [:]
    for name in container.allKeys where name.stringValue != Name.metadata.stringValue {
      tensors[name.stringValue] = try container.decode(Tensor.self, forKey: name)
    }
    self.tensors = tensors
  }

  func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: Name.self)
    try container.encode(metadata, forKey: .metadata)
    for (name, tensor) in tensors { try container.encode(tensor, forKey: Name(name)) }
  }

  /// The start of a file: the length of the header and the header, up to the data.
  var bytes: [UInt8] {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    var json: [UInt8]
    do {
      json = Array(try encoder.encode(self))
    } catch {
      preconditionFailure("strings and integers can always be encoded: \(error)")
    }
    // The data start at a multiple of 8 bytes; the format allows spaces behind the header.
    while json.count % 8 != 0 { json.append(UInt8(ascii: " ")) }
    return (0..<8).map { UInt8(truncatingIfNeeded: json.count >> (8 * $0)) } + json
  }
}
