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
struct Tensor: Equatable, CustomStringConvertible {
  /// The element type; "F32" for 32-bit floats.
  let dtype: String
  let shape: [Int]
  /// The first byte and the one behind the last, counted from the end of the header.
  let dataOffsets: [Int]

  var description: String { "\(dtype) \(shape) at bytes \(dataOffsets)" }
}

/// The header of a safetensors file: tensors by name, and metadata under a name of their own.
struct Header {
  let tensors: [String: Tensor]
  let metadata: [String: String]

  private static let metadataName = "__metadata__"

  init(tensors: [String: Tensor], metadata: [String: String]) {
    self.tensors = tensors
    self.metadata = metadata
  }

  /// The header that some JSON is; nil where it is none.
  init?(json: some Sequence<UInt8>) {
    guard let members = JSONText(json)?.object else { return nil }
    var tensors: [String: Tensor] = [:]
    var metadata: [String: String] = [:]
    for (name, member) in members {
      guard let fields = member.object else { return nil }
      if name == Self.metadataName {
        for (name, field) in fields {
          guard let text = field.string else { return nil }
          metadata[name] = text
        }
      } else {
        guard let dtype = fields["dtype"]?.string, let shape = fields["shape"]?.integers,
          let offsets = fields["data_offsets"]?.integers
        else { return nil }
        tensors[name] = Tensor(dtype: dtype, shape: shape, dataOffsets: offsets)
      }
    }
    self.init(tensors: tensors, metadata: metadata)
  }

  /// The start of a file: the length of the header and the header, up to the data.
  var bytes: [UInt8] {
    func array(_ numbers: [Int]) -> JSONText { .array(numbers.map(JSONText.integer)) }
    var members = tensors.mapValues { tensor in
      JSONText.object([
        "dtype": .string(tensor.dtype), "shape": array(tensor.shape),
        "data_offsets": array(tensor.dataOffsets),
      ])
    }
    members[Self.metadataName] = .object(metadata.mapValues(JSONText.string))
    var json = JSONText.object(members).bytes
    // The data start at a multiple of 8 bytes; the format allows spaces behind the header.
    while json.count % 8 != 0 { json.append(UInt8(ascii: " ")) }
    return (0..<8).map { UInt8(truncatingIfNeeded: json.count >> (8 * $0)) } + json
  }
}
