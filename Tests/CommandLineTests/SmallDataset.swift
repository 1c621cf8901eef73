import Datasets
import TestSupport

/// A folder in MNIST's format with a few of the embedded digits, and a model trained on it: made
/// once for all tests.
final class SmallDataset: Sendable {
  static let trainingCount = 3000
  static let testCount = 500

  private static let result = Result { try SmallDataset() }

  static func shared() throws -> SmallDataset { try result.get() }

  let folder: TemporaryFolder
  let training: Dataset
  let test: Dataset

  /// The folder of the four files.
  var path: String { folder.path }
  /// A model trained on them.
  var model: String { folder.file("model.safetensors") }
  /// The log of that training.
  var log: String { folder.file("log.jsonl") }
  /// What that training printed.
  let outcome: Outcome

  private init() throws {
    folder = try TemporaryFolder()
    (training, test) = EmbeddedDigits.generate(
      trainingCount: Self.trainingCount, testCount: Self.testCount, seed: 1, threads: 2)
    for (dataset, name) in [(training, "train"), (test, "t10k")] {
      let images = (0..<dataset.count).flatMap { dataset.image(at: $0).pixels }
      let labels = (0..<dataset.count).map { UInt8(dataset.label(at: $0)) }
      try folder.write(
        [0, 0, 8, 3] + Self.bigEndian(dataset.count) + Self.bigEndian(28) + Self.bigEndian(28)
          + images, as: "\(name)-images-idx3-ubyte")
      try folder.write(
        [0, 0, 8, 1] + Self.bigEndian(dataset.count) + labels, as: "\(name)-labels-idx1-ubyte")
    }
    outcome = try MNISTProgram.run([
      "train", "--data", folder.path, "--hidden", "32", "--epochs", "3", "--seed", "7",
      "--validation-split", "0.1", "--threads", "2", "--batch-size", "64",
      "--save", folder.file("model.safetensors"), "--log=\(folder.file("log.jsonl"))",
    ])
  }

  static func bigEndian(_ value: Int) -> [UInt8] {
    [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: value >> $0) }
  }
}
