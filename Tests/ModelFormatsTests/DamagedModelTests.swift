import FileSystem
import Foundation
import ModelFormats
import NeuralNetwork
import TestSupport
import Testing

/// Files that are not the model that was written: each is refused, by name, and none is taken for
/// another model.
@Suite struct DamagedModelTests {
  let folder: TemporaryFolder
  let path: String
  let model: Model
  let bytes: [UInt8]
  /// Where the parameters start.
  let dataStart: Int

  init() throws {
    folder = try TemporaryFolder()
    path = folder.file("model.safetensors")
    model = try exampleModel()
    try ModelFile.write(model, to: path)
    bytes = try File.read(path)
    dataStart = bytes.count - 4 * model.network.parameterCount
  }

  /// What reading `bytes` throws, or the model.
  private func read(_ bytes: [UInt8]) throws -> Result<Model, ModelFileError> {
    try folder.write(bytes, as: "model.safetensors")
    do {
      return .success(try ModelFile.read(path))
    } catch {
      return .failure(error)
    }
  }

  // MARK: Bytes

  @Test func truncatedAnywhere() throws {
    var accepted = 0
    for length in bytes.indices {
      switch try read(Array(bytes[..<length])) {
      case .success:
        accepted += 1
      case .failure(.truncated(path, let needed, let available)):
        #expect(length >= 9 && available == length)
        #expect(needed == (length < dataStart ? dataStart : bytes.count))
      case .failure(let error):
        #expect(length < 9 && error == .notAModel(path: path, found: "\(length) bytes"))
      }
    }
    #expect(accepted == 0)
  }

  @Test func everyBitOfTheParametersCounts() throws {
    let wanted = String(model.parameters.crc32, radix: 16)
    var other = 0
    for place in dataStart..<bytes.count {
      for bit in 0..<8 {
        var damaged = bytes
        damaged[place] ^= 1 << bit
        guard case .failure(.checksumMismatch(path, wanted, let found)) = try read(damaged),
          found != wanted
        else {
          other += 1
          continue
        }
      }
    }
    #expect(other == 0)
  }

  /// A damaged header is refused, or it still says the same (another blank for a blank).
  @Test func everyByteOfTheHeaderCounts() throws {
    var otherModels = 0
    for place in 0..<dataStart {
      let old = bytes[place]
      let bits = (0..<8).map { old ^ 1 << $0 }
      for new in Set(bits + "\0 \",0".utf8) where new != old {
        var damaged = bytes
        damaged[place] = new
        if case .success(let found) = try read(damaged), found != model { otherModels += 1 }
      }
    }
    #expect(otherModels == 0)
  }

  @Test(arguments: [1, 4, 1000])
  func trailingBytes(count: Int) throws {
    let found = try read(bytes + [UInt8](repeating: 0, count: count))
    let error = ModelFileError.trailingBytes(
      path: path, expected: bytes.count, available: bytes.count + count)
    #expect(found == .failure(error))
  }

  // MARK: Other files

  @Test(arguments: [
    ("", "0 bytes"), ("{}", "2 bytes"),
    ("<!DOCTYPE html><html>", "the bytes 3c 21 44 4f 43 54 59 50 45"),
    ("\u{93}NUMPY\u{1}\0\0\0\0", "the bytes c2 93 4e 55 4d 50 59 01 00"),
    ("\u{4}\0\0\0\0\0\0\0[{}]", "the bytes 04 00 00 00 00 00 00 00 5b"),
    ("\u{4}\0\0\0\0\0\0\0{,,}", "a header that is not JSON of tensors"),
    ("\u{10}\0\0\0\0\0\0\0{\"a\":[1,2,3]}   ", "a header that is not JSON of tensors"),
    ("\0\0\0\0\0\0\0\0{", "a header that is not JSON of tensors"),
    ("\u{10}\0\0\0\0\0\0\u{7F}{\"a\":[1,2,3]}   ", "the bytes 10 00 00 00 00 00 00 7f 7b"),
    ("\u{1}\0\u{10}\0\0\0\0\0{\"a\":[1,2,3]}   ", "the bytes 01 00 10 00 00 00 00 00 7b"),
  ])
  func noModelAtAll(text: String, found: String) throws {
    #expect(try read(Array(text.utf8)) == .failure(.notAModel(path: path, found: found)))
  }

  /// What cannot be a model is not read to its end, which a device need not have.
  @Test(.timeLimit(.minutes(1))) func endlessFiles() throws {
    let found = "the bytes 00 00 00 00 00 00 00 00 00"
    #expect(throws: ModelFileError.notAModel(path: "/dev/zero", found: found)) {
      try ModelFile.read("/dev/zero")
    }
    // 1 TiB without a block on the disk.
    try folder.write([], as: "sparse")
    let sparse = folder.file("sparse")
    try #require(truncate(sparse, 1 << 40) == 0)
    #expect(throws: ModelFileError.notAModel(path: sparse, found: found)) {
      try ModelFile.read(sparse)
    }
    // The same behind a whole model.
    try #require(truncate(path, 1 << 40) == 0)
    let error = ModelFileError.trailingBytes(
      path: path, expected: bytes.count, available: 1 << 40)
    #expect(throws: error) { try ModelFile.read(path) }
  }

  /// A pipe tells its size by its end only.
  @Test(.timeLimit(.minutes(1))) func pipes() throws {
    let pipe = folder.file("pipe")
    try #require(mkfifo(pipe, 0o600) == 0)
    func read(_ bytes: [UInt8]) throws -> Result<Model, ModelFileError> {
      // Open for reading too, so that neither end waits for the other.
      let end = open(pipe, O_RDWR)
      try #require(end >= 0)
      #expect(bytes.withUnsafeBytes { write(end, $0.baseAddress, $0.count) } == bytes.count)
      // By then the reader has the pipe open.
      let closing = Thread {
        usleep(200_000)
        close(end)
      }
      closing.start()
      do { return .success(try ModelFile.read(pipe)) } catch { return .failure(error) }
    }
    #expect(try read(bytes) == .success(model))
    #expect(
      try read(Array(bytes.dropLast(3)))
        == .failure(.truncated(path: pipe, needed: bytes.count, available: bytes.count - 3)))
    #expect(
      try read(bytes + [1, 2])
        == .failure(
          .trailingBytes(path: pipe, expected: bytes.count, available: bytes.count + 1)))
  }

  /// JSON may be nested without end; a parser must not run out of stack.
  @Test func deepJSON() throws {
    let depth = 100_000
    let json = "{\"a\":" + String(repeating: "[", count: depth)
    let length = (0..<8).map { UInt8(truncatingIfNeeded: json.utf8.count >> (8 * $0)) }
    let found = try read(length + Array(json.utf8))
    #expect(
      found
        == .failure(.notAModel(path: path, found: "a header that is not JSON of tensors")))
  }

  // MARK: Fields

  /// What reading throws after `change` to the file.
  private func error(after change: (inout Safetensors) -> Void) throws -> ModelFileError? {
    var file = try #require(Safetensors(bytes))
    change(&file)
    guard case .failure(let error) = try read(file.bytes) else { return nil }
    return error
  }

  private func badField(_ field: String, expected: String, found: String) -> ModelFileError {
    .badField(path: path, field: field, expected: expected, found: found)
  }

  @Test func foreignFormats() throws {
    let expected = "'ParallelTrainer model' or 'ParallelTrainer checkpoint'"
    #expect(
      try error { $0.header["__metadata__"] = nil }
        == badField("format", expected: expected, found: "nothing"))
    #expect(
      try error { $0.metadata["format"] = "pt" }
        == badField("format", expected: expected, found: "'pt'"))
  }

  @Test func versions() throws {
    #expect(
      try error { $0.metadata["format_version"] = "3" }
        == .newerVersion(path: path, found: "3", supported: 2))
    for version in ["0", "-1", "one", "", "1.0", "99999999999999999999"] {
      #expect(
        try error { $0.metadata["format_version"] = version }
          == badField("format_version", expected: "a number", found: version))
    }
    #expect(
      try error { $0.metadata["format_version"] = nil }
        == badField("format_version", expected: "a number", found: "nothing"))
    // The format allows strings only.
    #expect(
      try error { $0.metadata["format_version"] = 1 }
        == .notAModel(path: path, found: "a header that is not JSON of tensors"))
  }

  @Test(arguments: ["F16", "BF16", "F64", "I32", "f32", ""])
  func elementTypes(dtype: String) throws {
    #expect(
      try error { $0["layers.0.bias", "dtype"] = dtype }
        == badField(
          "layers.0.bias", expected: "F32 [4] at bytes [48, 64]",
          found: "\(dtype) [4] at bytes [48, 64]"))
  }

  @Test(arguments: ["layers.0.weight", "layers.0.bias", "layers.1.weight", "layers.1.bias"])
  func missingTensors(name: String) throws {
    guard case .badField(path, name, _, "nothing") = try error(after: { $0.header[name] = nil })
    else {
      Issue.record("not the error that was expected")
      return
    }
  }

  @Test(arguments: ["layers.2.weight", "layers.00.weight", "optimizer", ""])
  func extraTensors(name: String) throws {
    let entry: [String: Any] = ["dtype": "F32", "shape": [1], "data_offsets": [104, 108]]
    let found = try error {
      $0.header[name] = entry
      $0.data += [0, 0, 0, 0]
    }
    #expect(
      found
        == badField(
          name, expected: "no tensor of this name", found: "F32 [1] at bytes [104, 108]"))
  }

  /// Four outputs, five inputs.
  @Test func shapesThatDoNotChain() throws {
    let found = try error {
      $0["layers.1.weight", "shape"] = [2, 5]
      $0["layers.1.weight", "data_offsets"] = [64, 104]
      $0["layers.1.bias", "data_offsets"] = [104, 112]
      $0.data += [UInt8](repeating: 0, count: 8)
    }
    #expect(
      found
        == badField(
          "layers.1.weight", expected: "F32 [2, 4] at bytes [64, 96]",
          found: "F32 [2, 5] at bytes [64, 104]"))
  }

  @Test(arguments: [[], [12], [4, 3, 1]])
  func shapesOfOtherRanks(shape: [Int]) throws {
    #expect(
      try error { $0["layers.0.weight", "shape"] = shape }
        == badField(
          "layers.0.weight", expected: "a tensor [outputs, inputs]",
          found: "F32 \(shape) at bytes [0, 48]"))
  }

  @Test(arguments: [[0, 3], [4, 0], [-4, 3], [4, -3], [65_537, 3], [.max, .max]])
  func shapesOutOfRange(shape: [Int]) throws {
    let found = try error { $0["layers.0.weight", "shape"] = shape }
    guard case .badField(path, "tensor shapes", "a network", _) = found else {
      Issue.record("not the error that was expected")
      return
    }
  }

  /// The largest network that can be is far larger than the file.
  @Test func hugeShapes() throws {
    let found = try error {
      $0.header = ["__metadata__": $0.metadata]
      $0.metadata["activations"] = "identity"
      let weights = 4 * 65_536 * 65_536
      $0.header["layers.0.weight"] = [
        "dtype": "F32", "shape": [65_536, 65_536], "data_offsets": [0, weights],
      ]
      $0.header["layers.0.bias"] = [
        "dtype": "F32", "shape": [65_536], "data_offsets": [weights, weights + 4 * 65_536],
      ]
    }
    guard case .truncated(path, let needed, _) = found else {
      Issue.record("not the error that was expected")
      return
    }
    #expect(needed > 4 * 65_536 * 65_536)
  }

  @Test(arguments: [[48, 60], [52, 68], [48, 68], [64, 48], [-16, 0], [48], []])
  func offsets(found: [Int]) throws {
    #expect(
      try error { $0["layers.0.bias", "data_offsets"] = found }
        == badField(
          "layers.0.bias", expected: "F32 [4] at bytes [48, 64]", found: "F32 [4] at bytes \(found)"
        ))
  }

  @Test(arguments: [
    "Relu,identity", "relu, identity", "relu,", "relu:1,identity", "maxout:1,identity",
    "leaky-relu:2,identity", "elu:nan,identity", "identity",
  ])
  func activations(found: String) throws {
    // One activation describes one layer: the tensors of the second are too many then.
    let isShort = !found.contains(",")
    let error = try error { $0.metadata["activations"] = found }
    if isShort {
      #expect(
        error
          == badField(
            "layers.1.bias", expected: "no tensor of this name",
            found: "F32 [2] at bytes [96, 104]"))
    } else {
      #expect(error == badField("activations", expected: Self.expectedActivations, found: found))
    }
  }

  /// A file can say that 4 linear units are 2 outputs of maxout; the next layer then has other
  /// inputs.
  @Test func piecesThatDoNotFit() throws {
    #expect(
      try error { $0.metadata["activations"] = "maxout:3,identity" }
        == badField("layers.0.weight", expected: "3 rows for each output", found: "4 rows"))
    #expect(
      try error { $0.metadata["activations"] = "maxout:2,identity" }
        == badField(
          "layers.1.weight", expected: "F32 [2, 2] at bytes [64, 80]",
          found: "F32 [2, 4] at bytes [64, 96]"))
  }

  @Test(arguments: ["", "0", "0,0", "0,0,0,0", "0,a,0", "0,1,0", "-0.5,0,0", "0,nan,0"])
  func dropouts(found: String) throws {
    #expect(
      try error { $0.metadata["dropout"] = found }
        == badField(
          "dropout", expected: "3 shares, of the inputs and of each layer's outputs", found: found))
  }

  @Test(arguments: ["", "3", "28x28", "1x3x1", "0x3", "-1x-3", "01x3", "1 x 3", "ax3"])
  func imageSizes(found: String) throws {
    #expect(
      try error { $0.metadata["image_size"] = found }
        == badField("image_size", expected: "HEIGHTxWIDTH of 3 pixels", found: found))
  }

  static let expectedActivations =
    "one for each layer, of " + Activation.textForms.joined(separator: ", ")

  @Test func activationsMissingOrTooMany() throws {
    #expect(
      try error { $0.metadata["activations"] = "" }
        == badField("activations", expected: Self.expectedActivations, found: ""))
    #expect(
      try error { $0.metadata["activations"] = nil }
        == badField("activations", expected: Self.expectedActivations, found: "nothing"))
    #expect(
      try error { $0.metadata["activations"] = "relu,relu,identity" }
        == badField(
          "layers.2.weight", expected: "a tensor [outputs, inputs]", found: "nothing"))
  }

  @Test func checksums() throws {
    let found = String(model.parameters.crc32, radix: 16)
    // One digit, wherever it is, or all of them.
    let changed = found.indices.map { place in
      found.replacingCharacters(in: place...place, with: found[place] == "0" ? "1" : "0")
    }
    for wanted in changed + ["", "00000000", found.uppercased() + " ", "0x" + found] {
      #expect(
        try error { $0.metadata["parameters_crc32"] = wanted }
          == .checksumMismatch(path: path, expected: wanted, found: found))
    }
  }

  @Test func aMissingChecksum() throws {
    let found = String(model.parameters.crc32, radix: 16)
    #expect(
      try error { $0.metadata["parameters_crc32"] = nil }
        == .checksumMismatch(path: path, expected: "nothing", found: found))
  }

  // MARK: Sentences

  @Test func errorsAreSentences() {
    #expect(
      ModelFileError.file(.isDirectory(path: "m")).description
        == FileError.isDirectory(path: "m").description)
    #expect(
      ModelFileError.notAModel(path: "m", found: "2 bytes").description
        == "m: expected a model or checkpoint (safetensors) file, found 2 bytes")
    #expect(
      ModelFileError.truncated(path: "m", needed: 12, available: 7).description
        == "m: the file is truncated: expected 12 bytes, found 7")
    #expect(
      ModelFileError.trailingBytes(path: "m", expected: 7, available: 12).description
        == "m: the file is too long: expected 7 bytes, found 12")
    #expect(
      ModelFileError.badField(path: "m", field: "format", expected: "a", found: "b").description
        == "m: format: expected a, found b")
    #expect(
      ModelFileError.newerVersion(path: "m", found: "2", supported: 1).description
        == "m: format_version: found 2, this program reads versions up to 1")
    #expect(
      ModelFileError.checksumMismatch(path: "m", expected: "1", found: "2").description
        == "m: the parameters are damaged: expected CRC-32 1, found 2")
  }
}
