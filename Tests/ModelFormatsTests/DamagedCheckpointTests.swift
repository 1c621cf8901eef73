import Checksums
import FileSystem
import Foundation
import NeuralNetwork
import TestSupport
import Testing
import Training

@testable import ModelFormats

/// Files that are not the checkpoint that was written: each is refused, by name.
@Suite struct DamagedCheckpointTests {
  let folder: TemporaryFolder
  let path: String
  let bytes: [UInt8]

  init() throws {
    folder = try TemporaryFolder()
    path = folder.file("run.checkpoint")
    bytes = CheckpointFile.bytes(of: try exampleCheckpoint())
  }

  private func error(_ bytes: [UInt8]) throws -> ModelFileError? {
    try folder.write(bytes, as: "run.checkpoint")
    do {
      _ = try CheckpointFile.read(path)
      return nil
    } catch {
      return error
    }
  }

  // MARK: Bytes

  @Test func truncatedAnywhere() throws {
    for length in bytes.indices {
      switch try error(Array(bytes[..<length])) {
      case .truncated(path, _, length): continue
      case .notAModel where length < 9: continue
      case let other: Issue.record("\(length) bytes: \(String(describing: other))")
      }
    }
  }

  @Test func everyBitCounts() throws {
    var accepted = 0
    for place in bytes.indices {
      for bit in 0..<8 {
        var damaged = bytes
        damaged[place] ^= 1 << bit
        if try error(damaged) == nil { accepted += 1 }
      }
    }
    #expect(accepted == 0)
    // What is not needed to read on is found out by the checksum alone.
    var damaged = bytes
    damaged[bytes.count - 40] ^= 1
    guard case .damaged(path, let expected, let found) = try error(damaged) else {
      Issue.record("not the error that was expected")
      return
    }
    #expect(expected != found)
  }

  @Test func trailingBytes() throws {
    #expect(
      try error(bytes + [0])
        == .trailingBytes(path: path, expected: bytes.count, available: bytes.count + 1))
  }

  // MARK: Fields

  /// What reading throws after `change` to the file, whose checksum is then right again.
  private func error(after change: (inout Safetensors) -> Void) throws -> ModelFileError? {
    var file = try #require(Safetensors(bytes))
    change(&file)
    return try error(try file.withChecksum)
  }

  @Test func aNewChecksumIsRight() throws {
    #expect(try error { _ in } == nil)
  }

  @Test func foreignAndNewerFiles() throws {
    #expect(
      try error { $0.metadata["format"] = "pt" }
        == .badField(
          path: path, field: "format",
          expected: "'ParallelTrainer model' or 'ParallelTrainer checkpoint'", found: "'pt'"))
    #expect(
      try error { $0.metadata["format_version"] = "3" }
        == .newerVersion(path: path, found: "3", supported: 2))
  }

  /// Every field is needed, and none may be what it cannot be.
  @Test(arguments: [
    ("epochs", ["0", "1000000001", "five", "99999999999999999999", "2"]),
    ("batch_size", ["0", "-1", "1e3", "9223372036854775808", "7", "9223372036854775807"]),
    ("drop_last", ["yes", "", "TRUE"]),
    ("learning_rate", ["nan", "inf", "0", "-1", "fast", "1e60"]),
    ("schedule", ["cosines", "", "step:1", "step:0:0.5", "cosine:0"]),
    ("warm_up", ["500", "epochs:0", "epochs:5", "iterations:25"]),
    ("patience", ["0", "", "1.5", "9223372036854775808"]),
    ("stop_on", ["error", ""]),
    ("distortion", ["", "shift:-1", "shift:1:2", "elastic:34"]),
    ("minimum_improvement", ["-1", "nan", "0.0", "none"]),
    ("restore_best", ["yes", "true"]),
    ("epsilon", ["-1", "inf", ""]),
    ("target_accuracy", ["0", "1.5", "0.50"]),
    ("time_limit", ["0", "-1", "soon"]),
    ("best_epoch", ["1", "2", "6", "-1"]),
    (
      "optimizer",
      [
        "sgd", "adam", "momentum", "momentum:1", "momentum:-0.5", "momentum:nan", "momentum:1:1",
        "",
      ]
    ),
    ("regularizers", ["", "l3:1", "l2:", "l2:-1", "l2:0.1  l1:0.1", "l2:0.1:layers=3", "l2:1e60"]),
    ("clipping", ["", "norm", "norm:0", "value:nan", "sum:1"]),
    ("frozen_layers", ["", "0", "3", "1,2", "1,1", "-1"]),
    ("threads", ["0", "1025", ""]),
    ("averaging", ["both"]),
    ("loss", ["hinge", "", "cross-entropy:1", "cross-entropy:0", "mean-squared-error:0.1"]),
    ("seed", ["-1", "18446744073709551616", ""]),
    ("initializer", ["kaiming", "", "uniform:0"]),
    ("arithmetic", ["exact"]),
    ("optimizer_moments", ["", "velocity,velocity", "momentum", "velocity,"]),
    ("iterations", ["-1", "26", "12", "9223372036854775807", "9223372036854775808"]),
    ("samples", ["103", "-1", ""]),
    ("epoch", ["0", "2", "4", "7", "9223372036854775807"]),
    ("samples_in_epoch", ["25", "-8"]),
    ("loss_sum_in_epoch", ["nan", "inf", "some"]),
    ("seconds_in_epoch", ["nan", "-inf"]),
    ("train_count", ["0", "7", "2147483648", "9223372036854775807", "80"]),
    ("train_crc32", ["0123abc", "0123abcg", "123456789"]),
    ("validation_count", ["-1", "2147483648", "0"]),
    ("validation_crc32", [""]),
    ("parameters_crc32", ["00000000"]),
    ("activations", ["relu", "identity,Relu"]),
  ])
  func fields(name: String, values: [String]) throws {
    for value in values + ["missing"] {
      let found = try error { $0.metadata[name] = value == "missing" ? nil : value }
      switch found {
      case .badField(path, _, let expected, let found): #expect(expected != found)
      case let other: Issue.record("\(name) \(value): \(String(describing: other))")
      }
    }
  }

  @Test(arguments: [
    "history.loss", "history.learning_rate", "optimizer.velocity.layers.0.bias",
    "layers.1.weight", "checksum",
  ])
  func tensors(name: String) throws {
    for change: (inout Safetensors) -> Void in [
      { $0.header[name] = nil }, { $0[name, "dtype"] = "F16" }, { $0[name, "shape"] = [3] },
      { $0[name, "shape"] = [Int.max] }, { $0[name, "data_offsets"] = [0, 4] },
    ] {
      guard case .badField(path, let field, _, _) = try error(after: change) else {
        Issue.record("\(name) was accepted")
        continue
      }
      // Layers are known by their weights: without one, the field is that, or their activations.
      #expect(field == name || name.hasPrefix("layers"))
    }
  }

  @Test func extraTensors() throws {
    let entry: [String: Any] = ["dtype": "F32", "shape": [0], "data_offsets": [0, 0]]
    guard
      case .badField(path, "extra", "no tensor of this name", _) =
        try error(after: { $0.header["extra"] = entry })
    else {
      Issue.record("not the error that was expected")
      return
    }
  }

  /// The history of epochs that a crafted header claims is not asked memory for.
  @Test func hugeClaims() throws {
    let found = try error {
      $0.metadata["epochs"] = "1000000000"
      $0.metadata["epoch"] = "1000000000"
    }
    guard case .badField(path, "history.loss", _, _) = found else {
      Issue.record("not the error that was expected: \(String(describing: found))")
      return
    }
  }

  /// Numbers of the history that contradict the run.
  @Test func theHistoryMustBeThatOfTheRun() throws {
    for (name, value) in [("history.iterations", 4), ("history.samples", 41)] {
      let found = try error { file in
        guard let start = (file[name, "data_offsets"] as? [Int])?.first else { return }
        file.data[start] = UInt8(value)
      }
      guard case .badField(path, let field, _, "\(value)") = found else {
        Issue.record("not the error that was expected: \(String(describing: found))")
        continue
      }
      #expect(field.hasSuffix("after epoch 1"))
    }
  }

  @Test func errorsAreSentences() {
    #expect(
      ModelFileError.damaged(path: "c", expected: "1", found: "2").description
        == "c: the checkpoint is damaged: checksum: expected CRC-32 1, found 2")
  }
}
