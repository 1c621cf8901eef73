import FileSystem
import Foundation
import ModelFormats
import NeuralNetwork
import TestSupport
import Testing

@Suite struct ModelFileTests {
  let folder: TemporaryFolder
  let path: String

  init() throws {
    folder = try TemporaryFolder()
    path = folder.file("model.safetensors")
  }

  // MARK: Round trip

  @Test(arguments: [
    [1, 1], [3, 4, 2], [3, 5, 1], [7, 3, 3, 3, 2], [784, 128, 10],
    [Int](repeating: 2, count: 65),
  ])
  func roundTrip(sizes: [Int]) throws {
    let model = try exampleModel(sizes)
    try ModelFile.write(model, to: path)
    let found = try ModelFile.read(path)
    #expect(found.network == model.network)
    #expect(differences(found.parameters.values.bits, model.parameters.values.bits) == 0)
    #expect(try folder.contents == ["model.safetensors"])
  }

  /// Bits pass through, payloads of not-a-numbers too.
  @Test func everyKindOfNumber() throws {
    let network = try Network(inputs: 2, hidden: [], outputs: 4)
    let values: [Float] = [
      0, -0.0, .leastNonzeroMagnitude, -.leastNormalMagnitude.nextDown, .greatestFiniteMagnitude,
      .infinity, -.infinity, .nan, Float(bitPattern: 0x7FC1_2345), Float(bitPattern: 0xFFFF_FFFF),
      Float(bitPattern: 0x7F80_0001), 0.1,
    ]
    try ModelFile.write(
      Model(network: network, parameters: Parameters(values: values)), to: path)
    #expect(try ModelFile.read(path).parameters.values.bits == values.bits)
  }

  @Test(arguments: [(2, 3), (3, 2), (1, 6)])
  func imageSizes(height: Int, width: Int) throws {
    let plain = try exampleModel([6, 2])
    let size = try #require(ImageSize(height: height, width: width))
    let model = Model(network: plain.network, parameters: plain.parameters, imageSize: size)
    try ModelFile.write(model, to: path)
    #expect(try ModelFile.read(path) == model)
    try ModelFile.write(plain, to: path)
    #expect(try ModelFile.read(path).imageSize == nil)
  }

  @Test func writingReplaces() throws {
    try ModelFile.write(try exampleModel([784, 128, 10]), to: path)
    try ModelFile.write(try exampleModel(), to: path)
    #expect(try ModelFile.read(path) == exampleModel())
    #expect(try folder.contents == ["model.safetensors"])
  }

  // MARK: Format

  /// The file by the definition of safetensors: every byte of the data belongs to one tensor.
  @Test(arguments: [[3, 4, 2], [784, 128, 10], [2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2]])
  func followsTheDefinition(sizes: [Int]) throws {
    let model = try exampleModel(sizes)
    try ModelFile.write(model, to: path)
    let bytes = try File.read(path)
    let file = try #require(Safetensors(bytes))
    // Readers map the file into memory: the data are aligned.
    #expect((bytes.count - file.data.count) % 8 == 0)
    var next = 0
    var count = 1
    for (index, layer) in model.network.layers.enumerated() {
      for (name, shape) in [
        ("layers.\(index).weight", [layer.outputs, layer.inputs]),
        ("layers.\(index).bias", [layer.outputs]),
      ] {
        let end = next + 4 * shape.reduce(1, *)
        #expect(file[name, "dtype"] as? String == "F32")
        #expect(file[name, "shape"] as? [Int] == shape)
        #expect(file[name, "data_offsets"] as? [Int] == [next, end])
        next = end
        count += 1
      }
    }
    #expect(file.data.count == next && file.header.count == count)
    #expect(file.metadata.values.allSatisfy { $0 is String })
    let crc = String(model.parameters.crc32, radix: 16)
    #expect(
      file.metadata["parameters_crc32"] as? String == String(repeating: "0", count: 8 - crc.count)
        + crc)
    let expected = model.parameters.values.flatMap { value in
      (0..<4).map { UInt8(truncatingIfNeeded: value.bitPattern >> (8 * $0)) }
    }
    #expect(differences(file.data, expected) == 0)
  }

  /// The same model gives the same bytes, forever. The checksum is Python's
  /// `zlib.crc32(struct.pack("<4f", 1, -2, 0.5, 0))`.
  @Test func goldenFile() throws {
    let network = try Network(inputs: 1, hidden: [], outputs: 2)
    try ModelFile.write(
      Model(network: network, parameters: Parameters(values: [1, -2, 0.5, 0])), to: path)
    let bytes = try File.read(path)
    let header = """
      {"__metadata__":{"activations":"identity","format":"ParallelTrainer model",\
      "format_version":"1","parameters_crc32":"d477b0b2"},\
      "layers.0.bias":{"data_offsets":[8,16],"dtype":"F32","shape":[2]},\
      "layers.0.weight":{"data_offsets":[0,8],"dtype":"F32","shape":[2,1]}}
      """
    let text = String(decoding: bytes.dropFirst(8).dropLast(16), as: UTF8.self)
    #expect(text.trimmingCharacters(in: .whitespaces) == header)
    #expect(
      bytes[..<8] == [UInt8(text.utf8.count & 255), UInt8(text.utf8.count >> 8), 0, 0, 0, 0, 0, 0])
    #expect(bytes.suffix(16) == [0, 0, 0x80, 0x3F, 0, 0, 0, 0xC0, 0, 0, 0, 0x3F, 0, 0, 0, 0])
  }

  /// What a file may have besides: keys in another order, more metadata, no padding.
  @Test func readsWhatOtherToolsRewrite() throws {
    let model = try exampleModel()
    try ModelFile.write(model, to: path)
    var file = try #require(Safetensors(try File.read(path)))
    file.metadata["comment"] = "made elsewhere: \"ß\\\" 🙂"
    try folder.write(file.bytes, as: "model.safetensors")
    #expect(try ModelFile.read(path) == model)
  }

  // MARK: Paths

  @Test func missingFilesAndFolders() throws {
    let absent = folder.file("absent/model")
    let missing = FileError.failed(.open, path: absent, errorNumber: ENOENT)
    #expect(throws: ModelFileError.file(missing)) { try ModelFile.read(absent) }
    #expect(throws: ModelFileError.file(.isDirectory(path: folder.path))) {
      try ModelFile.read(folder.path)
    }
    #expect(throws: ModelFileError.file(.isDirectory(path: folder.path))) {
      try ModelFile.write(try exampleModel(), to: folder.path)
    }
    #expect(throws: ModelFileError.self) { try ModelFile.write(try exampleModel(), to: absent) }
    #expect(try folder.contents == [])
  }

  /// A path so long that the file beside it, which replaces it in the end, cannot be created: a
  /// failure that the superuser meets too.
  @Test func aFailedWriteKeepsTheOldFile() throws {
    let old = try exampleModel()
    try ModelFile.write(old, to: path)
    let name = "/model.safetensors"
    var longFolder = folder.path
    while longFolder.utf8.count + 2 + name.utf8.count < Int(PATH_MAX) { longFolder += "/." }
    let long = longFolder + name
    #expect(try ModelFile.read(long) == old)
    let refusal = FileError.failed(.create, path: longFolder, errorNumber: ENAMETOOLONG)
    #expect(throws: ModelFileError.file(refusal)) {
      try ModelFile.write(try exampleModel([3, 5, 1]), to: long)
    }
    #expect(try ModelFile.read(path) == old)
    #expect(try folder.contents == ["model.safetensors"])
  }
}
