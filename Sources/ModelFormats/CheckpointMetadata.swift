import Checksums
import Datasets
import NeuralNetwork
import Training

/// The metadata of a checkpoint's file: strings by name, each of them checked when it is read.
///
/// | Field | Meaning |
/// |---|---|
/// | `format`, `format_version` | "ParallelTrainer checkpoint", 2 |
/// | `activations`, `dropout`, `parameters_crc32` | as in a model's file |
/// | `epochs`, `batch_size`, `drop_last`, `learning_rate`, `schedule`, `threads`, `averaging`, `seed`, `initializer` | the configuration |
/// | `warm_up`, `patience`, `stop_on`, `minimum_improvement`, `restore_best`, `epsilon`, `target_accuracy`, `time_limit` | the rest of it: `none` for what is not asked for |
/// | `distortion` | its text form, `none` for none |
/// | `loss` | what is made small: "cross-entropy" |
/// | `arithmetic` | "fused" or, of the baseline kernels, "separate" |
/// | `optimizer` | its text form: "momentum:0.9", "adam:0.9:0.999:1e-08" |
/// | `optimizer_moments` | what it remembers, comma-separated: "velocity", or nothing |
/// | `regularizers` | their text forms, separated by spaces, or "none" |
/// | `clipping` | its text form, or "none" |
/// | `frozen_layers` | counted from 1, comma-separated, or "none" |
/// | `iterations`, `samples` | done so far |
/// | `epoch` | of the next iteration, counted from 1 |
/// | `samples_in_epoch` | the position in that epoch's order |
/// | `best_epoch` | the epoch of the tensors `best.…`, counted from 1; 0 where there are none |
/// | `loss_sum_in_epoch`, `seconds_in_epoch` | of these samples |
/// | `train_count`, `train_crc32`, `validation_count`, `validation_crc32` | the data; 0 samples and 00000000 without validation |
/// | `note.NAME` | what the program that trained wants to find again |
///
/// Files of version 1 lack some of these, and the runs that wrote them had nothing to say there:
/// see `CheckpointMetadata+Version1.swift`.
struct CheckpointMetadata {
  private(set) var configuration = TrainingConfiguration()
  let isFused: Bool
  let moments: [String]
  let iterations: Int
  let epoch: Int
  let lossSumInEpoch: Double
  let secondsInEpoch: Double
  /// The epoch whose parameters the file holds as the best; nil where it holds none.
  let bestEpoch: Int?
  let training: DatasetFingerprint
  let validation: DatasetFingerprint?
  let notes: [String: String]

  private static let notePrefix = "note."

  // MARK: Writing

  static func fields(of checkpoint: Checkpoint) -> [String: String] {
    let configuration = checkpoint.configuration
    let validation = checkpoint.validation ?? DatasetFingerprint(sampleCount: 0, crc32: 0)
    var fields = [
      "format": CheckpointFile.formatName,
      "format_version": "\(CheckpointFile.formatVersion)",
      "parameters_crc32": CRC32.text(of: checkpoint.model.parameters.crc32),
      "epochs": "\(configuration.epochs)",
      "batch_size": "\(configuration.batchSize)",
      "drop_last": "\(configuration.dropsLastBatch)",
      "learning_rate": "\(configuration.learningRate)",
      "schedule": configuration.schedule.description,
      "warm_up": configuration.warmUp.description,
      "loss": configuration.loss.description,
      "threads": "\(configuration.threads)",
      "averaging": configuration.averaging.rawValue,
      "seed": "\(configuration.seed)",
      "initializer": configuration.initializer.description,
      "arithmetic": arithmetic(isFused: checkpoint.isFused),
      "optimizer": configuration.optimizer.description,
      "regularizers": configuration.regularizersText,
      "clipping": configuration.clippingText,
      "frozen_layers": configuration.frozenLayersText,
      "optimizer_moments": checkpoint.optimizer.moments.map(\.name).joined(separator: ","),
      "iterations": "\(checkpoint.iterations)",
      "samples": "\(checkpoint.samples)",
      "epoch": "\(checkpoint.epoch)",
      "samples_in_epoch": "\(checkpoint.samplesInEpoch)",
      "loss_sum_in_epoch": "\(checkpoint.lossSumInEpoch)",
      "seconds_in_epoch": "\(checkpoint.secondsInEpoch)",
      "train_count": "\(checkpoint.training.sampleCount)",
      "train_crc32": CRC32.text(of: checkpoint.training.crc32),
      "validation_count": "\(validation.sampleCount)",
      "validation_crc32": CRC32.text(of: validation.crc32),
    ]
    fields.merge(stoppingFields(of: configuration.stopping)) { $1 }
    fields["best_epoch"] = "\(checkpoint.best?.epoch ?? 0)"
    fields.merge(NetworkMetadata.fields(of: checkpoint.model.network)) { $1 }
    fields["distortion"] = configuration.distortion?.description ?? "none"
    for (name, text) in checkpoint.notes { fields[notePrefix + name] = text }
    return fields
  }

  private static func stoppingFields(of rules: StoppingRules) -> [String: String] {
    func text(_ value: Double?) -> String { value.map(PlainNumber.text) ?? "none" }
    return [
      "patience": rules.patience.map(String.init) ?? "none",
      "stop_on": rules.criterion.rawValue,
      "minimum_improvement": PlainNumber.text(rules.minimumImprovement),
      "restore_best": "\(rules.restoresBest)",
      "epsilon": text(rules.lossChange),
      "target_accuracy": text(rules.targetAccuracy),
      "time_limit": text(rules.timeLimit),
    ]
  }

  private static func arithmetic(isFused: Bool) -> String { isFused ? "fused" : "separate" }

  // MARK: Reading

  init(_ metadata: [String: String], path: String) throws(ModelFileError) {
    let fields = MetadataFields(metadata, path: path)
    let counts = 0...Int.max
    configuration.epochs = try fields.integer(
      "epochs", in: 1...TrainingConfiguration.maximumEpochs)
    configuration.batchSize = try fields.integer("batch_size", in: 1...Int.max)
    configuration.dropsLastBatch = try fields.choice("drop_last", of: ["false", "true"]) == "true"
    configuration.learningRate = try fields.number("learning_rate")
    configuration.schedule = try fields.described("schedule", as: LearningRateSchedule.forms)
    configuration.warmUp = try fields.described("warm_up", as: WarmUp.forms)
    configuration.stopping = try Self.stopping(fields)
    configuration.loss = try fields.described("loss", as: Loss.forms)
    configuration.threads = try fields.integer(
      "threads", in: 1...TrainingConfiguration.maximumThreads)
    configuration.averaging = try fields.oneOf("averaging")
    configuration.distortion = try fields.distortion("distortion")
    configuration.seed = try fields.integer("seed", in: 0...UInt64.max)
    configuration.initializer = try fields.described(
      "initializer", as: Initializer.textForms.joined(separator: ", "))
    isFused =
      try fields.choice(
        "arithmetic", of: [true, false].map { Self.arithmetic(isFused: $0) })
      == Self.arithmetic(isFused: true)
    configuration.optimizer = try fields.read(
      "optimizer", expected: "an optimizer and its coefficients", Optimizer.init)
    configuration.regularizers = try fields.read(
      "regularizers", expected: "regularizers and their strengths",
      TrainingConfiguration.regularizers)
    configuration.clipping = try fields.read(
      "clipping", expected: "a kind and a limit", TrainingConfiguration.clipping)
    configuration.frozenLayers = try fields.read(
      "frozen_layers", expected: "numbers of layers", TrainingConfiguration.frozenLayers)
    moments = try fields.text("optimizer_moments").split(separator: ",").map(String.init)
    iterations = try fields.integer("iterations", in: counts)
    epoch = try fields.integer("epoch", in: 1...configuration.epochs + 1)
    lossSumInEpoch = try fields.number("loss_sum_in_epoch")
    secondsInEpoch = try fields.number("seconds_in_epoch")
    let bestEpoch = try fields.integer("best_epoch", in: 0...configuration.epochs)
    self.bestEpoch = bestEpoch == 0 ? nil : bestEpoch
    training = DatasetFingerprint(
      sampleCount: try fields.integer("train_count", in: 1...Int(Int32.max)),
      crc32: try fields.checksum("train_crc32"))
    let validation = DatasetFingerprint(
      sampleCount: try fields.integer("validation_count", in: 0...Int(Int32.max)),
      crc32: try fields.checksum("validation_crc32"))
    self.validation = validation.sampleCount == 0 ? nil : validation
    notes = Dictionary(
      uniqueKeysWithValues: metadata.lazy.filter { $0.key.hasPrefix(Self.notePrefix) }
        .map { (String($0.key.dropFirst(Self.notePrefix.count)), $0.value) })
  }

  private static func stopping(_ fields: MetadataFields) throws(ModelFileError) -> StoppingRules {
    StoppingRules(
      patience: try fields.optionalInteger("patience", in: 1...Int.max),
      criterion: try fields.oneOf("stop_on"),
      minimumImprovement: try fields.number("minimum_improvement"),
      restoresBest: try fields.choice("restore_best", of: ["false", "true"]) == "true",
      lossChange: try fields.optionalNumber("epsilon"),
      targetAccuracy: try fields.optionalNumber("target_accuracy"),
      timeLimit: try fields.optionalNumber("time_limit"))
  }

  /// Throws unless the metadata are those that were written with this checkpoint: what one field
  /// says must not contradict what follows from others.
  static func check(
    _ metadata: [String: String], of checkpoint: Checkpoint, path: String
  ) throws(ModelFileError) {
    for (name, text) in fields(of: checkpoint).sorted(by: { $0.key < $1.key })
    where metadata[name] != text {
      throw .badField(
        path: path, field: name, expected: text, found: metadata[name] ?? "nothing")
    }
  }
}

/// Metadata by name, read as what they should be.
private struct MetadataFields {
  private let metadata: [String: String]
  private let path: String

  init(_ metadata: [String: String], path: String) {
    self.metadata = metadata
    self.path = path
  }

  func text(_ name: String) throws(ModelFileError) -> String {
    guard let text = metadata[name] else { throw bad(name, expected: "a text") }
    return text
  }

  func read<Value>(
    _ name: String, expected: String, _ value: (String) -> Value?
  ) throws(ModelFileError) -> Value {
    guard let value = metadata[name].flatMap(value) else { throw bad(name, expected: expected) }
    return value
  }

  func integer<Value: FixedWidthInteger>(
    _ name: String, in range: ClosedRange<Value>
  ) throws(ModelFileError) -> Value {
    guard let value = metadata[name].flatMap({ Value($0) }), range.contains(value) else {
      throw bad(
        name, expected: "a whole number from \(range.lowerBound) to \(range.upperBound)")
    }
    return value
  }

  func number<Value: LosslessStringConvertible & BinaryFloatingPoint>(
    _ name: String
  ) throws(ModelFileError) -> Value {
    guard let value = metadata[name].flatMap({ Value($0) }), value.isFinite else {
      throw bad(name, expected: "a finite number")
    }
    return value
  }

  /// A whole number, or nil for the word `none`.
  func optionalInteger(
    _ name: String, in range: ClosedRange<Int>
  ) throws(ModelFileError) -> Int? {
    metadata[name] == "none" ? nil : try integer(name, in: range)
  }

  /// A number, or nil for the word `none`.
  func optionalNumber(_ name: String) throws(ModelFileError) -> Double? {
    metadata[name] == "none" ? nil : try number(name)
  }

  /// A value that is written as it describes itself.
  func described<Value: LosslessStringConvertible>(
    _ name: String, as forms: String
  ) throws(ModelFileError) -> Value {
    guard let value = metadata[name].flatMap({ Value($0) }) else {
      throw bad(name, expected: forms)
    }
    return value
  }

  /// A distortion, or nil for the word `none`.
  func distortion(_ name: String) throws(ModelFileError) -> Distortion? {
    if metadata[name] == "none" { return nil }
    guard let distortion = metadata[name].flatMap(Distortion.init) else {
      throw bad(name, expected: "none, or the text form of a distortion")
    }
    return distortion
  }

  func checksum(_ name: String) throws(ModelFileError) -> UInt32 {
    guard let text = metadata[name], text.utf8.count == 8, let value = UInt32(text, radix: 16)
    else { throw bad(name, expected: "a CRC-32 of 8 hexadecimal digits") }
    return value
  }

  func choice(_ name: String, of allowed: [String]) throws(ModelFileError) -> String {
    guard let text = metadata[name], allowed.contains(text) else {
      throw bad(name, expected: allowed.joined(separator: " or "))
    }
    return text
  }

  func oneOf<Value: RawRepresentable<String> & CaseIterable>(
    _ name: String
  ) throws(ModelFileError) -> Value {
    guard let value = metadata[name].flatMap(Value.init(rawValue:)) else {
      throw bad(name, expected: Value.allCases.map(\.rawValue).joined(separator: " or "))
    }
    return value
  }

  private func bad(_ name: String, expected: String) -> ModelFileError {
    .badField(path: path, field: name, expected: expected, found: metadata[name] ?? "nothing")
  }
}
