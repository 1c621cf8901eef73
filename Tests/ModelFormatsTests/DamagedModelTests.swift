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
  func read(_ bytes: [UInt8]) throws -> Result<Model, ModelFileError> {
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
