import Datasets
import FileSystem
import Kernels
import ModelFormats
import NeuralNetwork
import Terminal
import Training

/// The run that `--resume FILE` goes on with.
struct ResumedRun {
  let path: String
  let checkpoint: Checkpoint

  init(_ path: String) throws(ModelFileError) {
    self.path = path
    checkpoint = try CheckpointFile.read(path)
  }

  // MARK: What the program remembers of a run

  private enum Note {
    static let validationSplit = "validation_split"
    static let data = "data"
  }

  /// What is to be found again in a checkpoint of a run.
  static func notes(_ options: TrainOptions, _ data: DataSelection) -> [String: String] {
    options.checkpoints.notes.merging([
      Note.validationSplit: "\(options.validationFraction)",
      Note.data: data.location.remembered,
      ModelFile.imageSizeField: data.imageSize?.description ?? "",
    ]) { $1 }
  }

  /// The share of the training images that was held back; nil where nobody noted it.
  var validationFraction: Double? {
    guard checkpoint.validation != nil else { return 0 }
    return checkpoint.notes[Note.validationSplit].flatMap(Double.init)
      .flatMap { $0 > 0 && $0 < 1 ? $0 : nil }
  }

  /// Where the images came from; nil where they are no longer.
  var dataLocation: DataLocation? {
    checkpoint.notes[Note.data].flatMap(DataLocation.init(remembered:))
  }

  // MARK: What must be the same

  /// Throws unless the options and the kernels are those of the run.
  func requireMatch(
    _ options: TrainOptions, network: Network, kernels variant: KernelVariant
  ) throws {
    if let validationFraction, validationFraction != options.validationFraction {
      throw ResumeError(
        path: path,
        reason: .checkpointMismatch(
          field: "validation split", checkpoint: "\(validationFraction)",
          run: "\(options.validationFraction)"))
    }
    try naming { () throws(TrainingError) in
      try checkpoint.requireMatch(network: network, configuration: options.configuration)
      try checkpoint.requireMatch(kernels: variant)
    }
  }

  /// Throws unless the data are those of the run.
  func requireMatch(_ training: Dataset, _ validation: Dataset?) throws {
    try naming { () throws(TrainingError) in
      try checkpoint.requireMatch(
        training: training.fingerprint, validation: validation?.fingerprint)
    }
  }

  private func naming(_ check: () throws(TrainingError) -> Void) throws(ResumeError) {
    do { try check() } catch { throw ResumeError(path: path, reason: error) }
  }
}

/// A checkpoint that is not one of the run that was asked for.
struct ResumeError: Error, CustomStringConvertible {
  let path: String
  let reason: TrainingError

  var description: String { "\(path): \(reason)" }
}
