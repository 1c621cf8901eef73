import NeuralNetwork

/// The tensors of a file in their order, without gaps.
struct TensorLayout {
  private(set) var tensors: [(name: String, entry: Tensor)] = []
  /// Bytes of all tensors.
  private(set) var end = 0

  /// Adds a tensor behind the others.
  mutating func append(_ name: String, _ type: ElementType, _ shape: [Int]) {
    let start = end
    end += type.size * shape.reduce(1, *)
    tensors.append((name, Tensor(dtype: type.rawValue, shape: shape, dataOffsets: [start, end])))
  }

  /// Adds a number for each parameter of a network, in the canonical order.
  /// - Parameter prefix: What stands before `layers.0.weight`.
  mutating func append(_ network: Network, prefix: String = "") {
    for (index, layer) in network.layers.enumerated() {
      append("\(prefix)layers.\(index).weight", .float32, [layer.units, layer.inputs])
      append("\(prefix)layers.\(index).bias", .float32, [layer.units])
    }
  }

  /// The header of a file of these tensors.
  func header(metadata: [String: String]) -> Header {
    var entries: [String: Tensor] = [:]
    for tensor in tensors { entries[tensor.name] = tensor.entry }
    return Header(tensors: entries, metadata: metadata)
  }

  /// Throws unless a header has these tensors and no other.
  func check(_ header: Header, path: String) throws(ModelFileError) {
    for (name, entry) in tensors where header.tensors[name] != entry {
      throw .badField(
        path: path, field: name, expected: entry.description,
        found: header.tensors[name]?.description ?? "nothing")
    }
    let extra = Set(header.tensors.keys).subtracting(tensors.map(\.name)).sorted()
    if let name = extra.first {
      throw .badField(
        path: path, field: name, expected: "no tensor of this name",
        found: header.tensors[name]?.description ?? "nothing")
    }
  }
}
