import FileSystem
import FoundationEssentials
import NeuralNetwork

/// Models in files: the safetensors format, which Python's `safetensors`, PyTorch and others read
/// as they are.
///
///     8 bytes    length of the header, little-endian
///     header     JSON: name → dtype, shape, data_offsets; and "__metadata__", strings only
///     data       32-bit little-endian floats
///
/// Layer i has the tensors `layers.i.weight` [outputs, inputs] and `layers.i.bias` [outputs], in
/// this order, without gaps. The metadata hold `format` ("ParallelTrainer model"),
/// `format_version`, `activations` (comma-separated, one a layer) and `parameters_crc32`
/// (``NeuralNetwork/Parameters/crc32`` as 8 hex digits).
///
/// Source: the safetensors format specification, "Format" section.
public enum ModelFile {
  /// The version that this program writes, and the latest that it reads.
  public static let formatVersion = 1
  private static let formatName = "ParallelTrainer model"
  /// No header of a network within ``NeuralNetwork/Network/maximumLayers`` comes near this.
  private static let largestHeader = 1 << 20
  /// 16 GiB: far more than a network whose training fits the memory of one machine.
  private static let largestFile = 1 << 34

  // MARK: Writing

  /// Writes `model` to the file at `path`, replacing an older file in one step.
  /// - Throws: ``ModelFileError``; an older file is then untouched.
  public static func write(_ model: Model, to path: String) throws(ModelFileError) {
    do {
      try File.writeAtomically(bytes(of: model), to: path)
    } catch {
      throw .file(error)
    }
  }

  /// The bytes of a model's file.
  static func bytes(of model: Model) -> [UInt8] {
    var tensors: [String: Tensor] = [:]
    for tensor in layout(of: model.network) { tensors[tensor.name] = tensor.entry }
    let header = Header(
      tensors: tensors,
      metadata: [
        "format": formatName,
        "format_version": String(formatVersion),
        "activations": model.network.layers.map(\.activation.rawValue).joined(separator: ","),
        "parameters_crc32": hexadecimal(model.parameters.crc32),
      ])
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    var json: [UInt8]
    do {
      json = Array(try encoder.encode(header))
    } catch {
      preconditionFailure("strings and integers can always be encoded: \(error)")
    }
    // The data start at a multiple of 8 bytes; the format allows spaces behind the header.
    while json.count % 8 != 0 { json.append(UInt8(ascii: " ")) }
    var bytes: [UInt8] = []
    bytes.reserveCapacity(8 + json.count + 4 * model.parameters.values.count)
    unsafe withUnsafeBytes(of: UInt64(json.count).littleEndian) {
      unsafe bytes.append(contentsOf: $0)
    }
    bytes.append(contentsOf: json)
    unsafe model.parameters.values.withUnsafeBytes { unsafe bytes.append(contentsOf: $0) }
    return bytes
  }

  // MARK: Reading

  /// Reads the model in the file at `path`.
  /// - Throws: ``ModelFileError`` when the file is not a whole, undamaged model.
  public static func read(_ path: String) throws(ModelFileError) -> Model {
    let source: ModelSource
    do { source = ModelSource(try InputFile(path)) } catch { throw .file(error) }
    return try model(from: source)
  }

  /// The header comes first: until it has said what follows, no more than it is read.
  private static func model(from source: consuming ModelSource) throws(ModelFileError) -> Model {
    let path = source.path
    let header = try self.header(from: &source)
    try checkFormat(header.metadata, path: path)
    let network = try network(of: header, path: path)
    let expected = layout(of: network)
    for (name, entry) in expected where header.tensors[name] != entry {
      throw .badField(
        path: path, field: name, expected: entry.description,
        found: header.tensors[name]?.description ?? "nothing")
    }
    let extra = Set(header.tensors.keys).subtracting(expected.map(\.name)).sorted()
    if let name = extra.first {
      throw .badField(
        path: path, field: name, expected: "no tensor of this name",
        found: header.tensors[name]?.description ?? "nothing")
    }
    let end = source.bytesRead + 4 * network.parameterCount
    try source.checkEnd(end)
    guard end <= largestFile else { throw .file(.tooLarge(path: path, limit: largestFile)) }
    let parameters = Parameters(values: try source.floats(count: network.parameterCount))
    guard try source.bytes(count: 1).isEmpty else {
      throw .trailingBytes(path: path, expected: end, available: source.bytesRead)
    }
    let wanted = header.metadata["parameters_crc32"] ?? "nothing"
    guard hexadecimal(parameters.crc32) == wanted else {
      throw .checksumMismatch(
        path: path, expected: wanted, found: hexadecimal(parameters.crc32))
    }
    return Model(network: network, parameters: parameters)
  }

  private static func header(from source: inout ModelSource) throws(ModelFileError) -> Header {
    let path = source.path
    let start = try source.bytes(count: 9)
    guard start.count == 9 else {
      throw .notAModel(path: path, found: "\(start.count) bytes")
    }
    let length = (0..<8).reduce(UInt64(0)) { $0 | UInt64(start[$1]) << UInt64(8 * $1) }
    guard length <= UInt64(largestHeader), start[8] == UInt8(ascii: "{") else {
      let text = start.map { hexadecimal(UInt32($0)).suffix(2) }
      throw .notAModel(path: path, found: "the bytes \(text.joined(separator: " "))")
    }
    // The brace has been read already.
    let json = start[8...].prefix(Int(length)) + (try source.bytes(count: max(0, Int(length) - 1)))
    guard json.count == Int(length) else {
      throw .truncated(path: path, needed: 8 + Int(length), available: source.bytesRead)
    }
    do {
      return try JSONDecoder().decode(Header.self, from: Data(json))
    } catch {
      throw .notAModel(path: path, found: "a header that is not JSON of tensors")
    }
  }

  private static func checkFormat(
    _ metadata: [String: String], path: String
  ) throws(ModelFileError) {
    guard metadata["format"] == formatName else {
      throw .badField(
        path: path, field: "format", expected: "'\(formatName)'",
        found: metadata["format"].map { "'\($0)'" } ?? "nothing")
    }
    let found = metadata["format_version"] ?? "nothing"
    guard let version = Int(found), version >= 1 else {
      throw .badField(path: path, field: "format_version", expected: "a number", found: found)
    }
    guard version <= formatVersion else {
      throw .newerVersion(path: path, found: found, supported: formatVersion)
    }
  }

  /// The network that the shapes and activations of a header describe.
  private static func network(
    of header: Header, path: String
  ) throws(ModelFileError) -> Network {
    let found = header.metadata["activations"] ?? "nothing"
    let activations = found.split(separator: ",").map(String.init)
    var sizes: [Int] = []
    for index in activations.indices {
      let name = "layers.\(index).weight"
      guard let shape = header.tensors[name]?.shape, shape.count == 2 else {
        throw .badField(
          path: path, field: name, expected: "a tensor [outputs, inputs]",
          found: header.tensors[name]?.description ?? "nothing")
      }
      if index == 0 { sizes.append(shape[1]) }
      sizes.append(shape[0])
    }
    guard sizes.count >= 2 else {
      throw .badField(
        path: path, field: "activations", expected: "one for each layer", found: found)
    }
    let network: Network
    do {
      network = try Network(
        inputs: sizes[0], hidden: Array(sizes[1..<sizes.count - 1]), outputs: sizes[sizes.count - 1]
      )
    } catch {
      throw .badField(
        path: path, field: "tensor shapes", expected: "a network", found: error.description)
    }
    let expected = network.layers.map(\.activation.rawValue)
    guard activations == expected else {
      throw .badField(
        path: path, field: "activations", expected: expected.joined(separator: ","),
        found: found)
    }
    return network
  }

  // MARK: Layout

  /// The tensors of a network's file, in their order.
  private static func layout(of network: Network) -> [(name: String, entry: Tensor)] {
    var start = 0
    func tensor(_ name: String, _ shape: [Int]) -> (String, Tensor) {
      let end = start + 4 * shape.reduce(1, *)
      defer { start = end }
      return (name, Tensor(dtype: "F32", shape: shape, dataOffsets: [start, end]))
    }
    return network.layers.enumerated().flatMap { index, layer in
      [
        tensor("layers.\(index).weight", [layer.outputs, layer.inputs]),
        tensor("layers.\(index).bias", [layer.outputs]),
      ]
    }
  }

  private static func hexadecimal(_ number: UInt32) -> String {
    let digits = String(number, radix: 16)
    return String(repeating: "0", count: 8 - digits.count) + digits
  }
}
