import FileSystem
import Foundation
import ModelFormats
import NeuralNetwork
import TestSupport
import Testing

/// Headers in which a field is wrong.
extension DamagedModelTests {
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
}
