import Checksums
import FileSystem
import NeuralNetwork
import Training

/// Models in files: the safetensors format, which Python's `safetensors`, PyTorch and others read
/// as they are.
///
///     8 bytes    length of the header, little-endian
///     header     JSON: name → dtype, shape, data_offsets; and "__metadata__", strings only
///     data       32-bit little-endian floats
///
/// Layer i has the tensors `layers.i.weight` [units, inputs] and `layers.i.bias` [units], in this
/// order, without gaps; the units are its outputs, with maxout all pieces of the first kind, then
/// all of the second … The metadata hold `format` ("ParallelTrainer model"), `format_version`,
/// `activations` (text forms, comma-separated, one a layer), `dropout` (the share of the inputs and
/// of each layer's outputs that are dropped while training, comma-separated; only where one is not
/// 0), `image_size` (of the images that the network takes, "28x28", height first; only where it is
/// known) and `parameters_crc32` (``Parameters/crc32`` as 8 hex digits).
///
/// Version 1 knew hidden layers with ReLU and identity outputs only, without dropout. A network
/// that is no more than that is still written as version 1.
///
/// Source: the safetensors format specification, "Format" section.
public enum ModelFile {
  /// The latest version that this program writes and reads.
  public static let formatVersion = 2
  static let formatName = "ParallelTrainer model"
  /// Where the size of the images stands in a model's metadata, and in the notes of a checkpoint
  /// whose program put it there, as ``ImageSize/description``.
  public static let imageSizeField = "image_size"
  /// No header of a network within ``Network/maximumLayers`` comes near this, nor
  /// does one of its checkpoints.
  static let largestHeader = 1 << 20
  /// 16 GiB: far more than a network whose training fits the memory of one machine.
  static let largestFile = 1 << 34

  // MARK: Writing

  /// Writes `model` to the file at `path`, replacing an older file in one step.
  /// - Throws: ``ModelFileError``; an older file is then untouched, unless it is only the folder
  ///   that could not be flushed to the disk.
  public static func write(_ model: Model, to path: String) throws(ModelFileError) {
    do {
      try File.writeAtomically(bytes(of: model), to: path)
    } catch {
      throw .file(error)
    }
  }

  /// The bytes of a model's file.
  static func bytes(of model: Model) -> [UInt8] {
    var layout = TensorLayout()
    layout.append(model.network)
    var fields = NetworkMetadata.fields(of: model.network)
    fields["format"] = formatName
    fields["format_version"] = String(
      NetworkMetadata.isOfVersion1(model.network) ? 1 : formatVersion)
    fields["parameters_crc32"] = CRC32.text(of: model.parameters.crc32)
    fields[imageSizeField] = model.imageSize?.description
    let header = layout.header(metadata: fields)
    var bytes = header.bytes
    bytes.reserveCapacity(bytes.count + layout.end)
    unsafe model.parameters.values.withUnsafeBytes { unsafe bytes.append(contentsOf: $0) }
    return bytes
  }

  // MARK: Reading

  /// Reads the model in the file at `path`, which may be a checkpoint: then the model of its best
  /// epoch, if the run is to end with that, and else that of its last iteration.
  /// - Throws: ``ModelFileError`` when the file is not a whole, undamaged model or checkpoint.
  public static func read(_ path: String) throws(ModelFileError) -> Model {
    try readContents(path).finalModel
  }

  /// Reads the model or the checkpoint in the file at `path`.
  /// - Throws: ``ModelFileError`` when the file is neither, or not whole and undamaged.
  public static func readContents(_ path: String) throws(ModelFileError) -> ModelFileContents {
    let source: ModelSource
    do { source = ModelSource(try InputFile(path)) } catch { throw .file(error) }
    return try contents(of: source)
  }

  /// The header comes first: until it has said what follows, no more than it is read.
  private static func contents(
    of source: consuming ModelSource
  ) throws(ModelFileError) -> ModelFileContents {
    let path = source.path
    let header = try self.header(from: &source)
    switch header.metadata["format"] {
    case formatName:
      try checkVersion(header, supported: formatVersion, path: path)
      return .model(try model(header, from: source))
    case CheckpointFile.formatName:
      try checkVersion(header, supported: CheckpointFile.formatVersion, path: path)
      return .checkpoint(try CheckpointFile.checkpoint(header, from: source))
    case let other:
      throw .badField(
        path: path, field: "format",
        expected: "'\(formatName)' or '\(CheckpointFile.formatName)'",
        found: other.map { "'\($0)'" } ?? "nothing")
    }
  }

  private static func model(
    _ header: Header, from source: consuming ModelSource
  ) throws(ModelFileError) -> Model {
    let path = source.path
    let network = try NetworkMetadata.network(of: header, path: path)
    var layout = TensorLayout()
    layout.append(network)
    try layout.check(header, path: path)
    try source.checkEnd(source.bytesRead + layout.end, limit: largestFile)
    let parameters = Parameters(values: try source.floats(count: network.parameterCount))
    try source.requireEnd()
    let wanted = header.metadata["parameters_crc32"] ?? "nothing"
    let found = CRC32.text(of: parameters.crc32)
    guard found == wanted else {
      throw .checksumMismatch(path: path, expected: wanted, found: found)
    }
    return Model(
      network: network, parameters: parameters,
      imageSize: try imageSize(of: header, pixels: network.inputCount, path: path))
  }

  private static func imageSize(
    of header: Header, pixels: Int, path: String
  ) throws(ModelFileError) -> ImageSize? {
    guard let text = header.metadata[imageSizeField] else { return nil }
    guard let size = ImageSize(text), size.pixelCount == pixels else {
      throw .badField(
        path: path, field: imageSizeField, expected: "HEIGHTxWIDTH of \(pixels) pixels",
        found: text)
    }
    return size
  }

  private static func header(from source: inout ModelSource) throws(ModelFileError) -> Header {
    let path = source.path
    let start = try source.bytes(count: 9)
    guard start.count == 9 else {
      throw .notAModel(path: path, found: "\(start.count) bytes")
    }
    let length = (0..<8).reduce(UInt64(0)) { $0 | UInt64(start[$1]) << UInt64(8 * $1) }
    guard length <= UInt64(largestHeader), start[8] == UInt8(ascii: "{") else {
      let text = start.map { CRC32.text(of: UInt32($0)).suffix(2) }
      throw .notAModel(path: path, found: "the bytes \(text.joined(separator: " "))")
    }
    // The brace has been read already.
    let json = start[8...].prefix(Int(length)) + (try source.bytes(count: max(0, Int(length) - 1)))
    guard json.count == Int(length) else {
      throw .truncated(path: path, needed: 8 + Int(length), available: source.bytesRead)
    }
    guard let header = Header(json: json) else {
      throw .notAModel(path: path, found: "a header that is not JSON of tensors")
    }
    return header
  }

  private static func checkVersion(
    _ header: Header, supported: Int, path: String
  ) throws(ModelFileError) {
    let found = header.metadata["format_version"] ?? "nothing"
    guard let version = Int(found), version >= 1 else {
      throw .badField(path: path, field: "format_version", expected: "a number", found: found)
    }
    guard version <= supported else {
      throw .newerVersion(path: path, found: found, supported: supported)
    }
  }
}

/// What a file of this package's safetensors holds.
public enum ModelFileContents: Sendable {
  /// A model.
  case model(Model)
  /// A checkpoint, whose ``Checkpoint/model`` may be used like any other.
  case checkpoint(Checkpoint)

  /// What ``ModelFile/read(_:)`` gives: of a checkpoint the model of its best epoch, if the run is to
  /// end with that, and else that of its last iteration; of images of the size that its notes tell.
  public var finalModel: Model {
    switch self {
    case .model(let model): return model
    case .checkpoint(let checkpoint):
      let network = checkpoint.model.network
      let size = checkpoint.notes[ModelFile.imageSizeField].flatMap { ImageSize($0) }
      return Model(
        network: network, parameters: checkpoint.best?.parameters ?? checkpoint.model.parameters,
        imageSize: size?.pixelCount == network.inputCount ? size : nil)
    }
  }
}
