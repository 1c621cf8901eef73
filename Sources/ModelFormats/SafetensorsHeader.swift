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
}
