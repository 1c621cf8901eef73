import Checksums
import Datasets
import FileSystem
import NeuralNetwork
import Training

/// Checkpoints in files: the container of ``ModelFile``, with everything else that a run is.
///
///     history.loss … history.validation_correct    F64 and I64 [complete epochs]
///     layers.0.weight, layers.0.bias, …            F32, the parameters, as in a model's file
///     optimizer.velocity.layers.0.weight, …        F32, the same for each moment of the optimizer
///     best.layers.0.weight, best.layers.0.bias, …  F32, the same of the best epoch, if it is to be
///                                                  restored in the end (since version 2)
///     history.learning_rate                        F32 [complete epochs]
///     checksum                                     U8 [4], little-endian: the CRC-32 of all bytes
///                                                  of the file before it, the header included
///
/// The metadata are those of `CheckpointMetadata`. Numbers of 8 bytes come first, so that each
/// tensor lies at a multiple of its element's size, where readers may map it into memory.
public enum CheckpointFile {
  /// The version that this program writes, and the latest that it reads.
  public static let formatVersion = 2
  static let formatName = "ParallelTrainer checkpoint"
  /// Stands for the number of correct samples where the samples belong to no classes.
  static let noClasses = -1

  /// Writes `checkpoint` to the file at `path`, replacing an older file in one step: flushed to
  /// the disk under another name, renamed, and the folder flushed.
  /// - Parameters:
  ///   - checkpoint: What to write.
  ///   - path: The file of the newest version.
  ///   - olderVersions: How many older versions to keep, as `path.1` (the one before), `path.2` and
  ///     so on.
  /// - Throws: ``ModelFileError``; an older file is then untouched, unless it is only the folder
  ///   that could not be flushed to the disk.
  public static func write(
    _ checkpoint: Checkpoint, to path: String, keeping olderVersions: Int = 0
  ) throws(ModelFileError) {
    do {
      try File.writeAtomically(bytes(of: checkpoint), to: path, keeping: olderVersions)
    } catch {
      throw .file(error)
    }
  }

  /// Reads the checkpoint in the file at `path`.
  /// - Throws: ``ModelFileError`` when the file is not a whole, undamaged checkpoint.
  public static func read(_ path: String) throws(ModelFileError) -> Checkpoint {
    guard case .checkpoint(let checkpoint) = try ModelFile.readContents(path) else {
      throw .badField(
        path: path, field: "format", expected: "'\(formatName)'", found: "'\(ModelFile.formatName)'"
      )
    }
    return checkpoint
  }

  /// The bytes of a checkpoint's file.
  /// - Precondition: the notes leave the header within what is read again, 1 MiB.
  static func bytes(of checkpoint: Checkpoint) -> [UInt8] {
    let history = checkpoint.history
    let hasValidation = checkpoint.validation != nil
    let layout = layout(
      network: checkpoint.model.network, moments: checkpoint.optimizer.moments.map(\.name),
      hasBest: checkpoint.best != nil, epochs: history.count, hasValidation: hasValidation)
    var bytes = layout.header(metadata: CheckpointMetadata.fields(of: checkpoint)).bytes
    precondition(
      bytes.count <= ModelFile.largestHeader, "the notes of a checkpoint must stay below 1 MiB")
    bytes.reserveCapacity(bytes.count + layout.end)
    func append<Element: BitwiseCopyable>(_ values: [Element]) {
      unsafe values.withUnsafeBytes { unsafe bytes.append(contentsOf: $0) }
    }
    append(history.map(\.loss))
    append(history.map(\.seconds))
    append(history.map(\.iterations))
    append(history.map(\.samples))
    if hasValidation {
      append(history.map { $0.validation?.loss ?? .nan })
      append(history.map { $0.validation?.correctCount ?? Self.noClasses })
    }
    append(checkpoint.model.parameters.values)
    for moment in checkpoint.optimizer.moments { append(moment.values.values) }
    if let best = checkpoint.best { append(best.parameters.values) }
    append(history.map(\.learningRate))
    var checksum = CRC32()
    checksum.update(bytes)
    append([checksum.value.littleEndian])
    return bytes
  }

  private static func layout(
    network: Network, moments: [String], hasBest: Bool, epochs: Int, hasValidation: Bool
  ) -> TensorLayout {
    var layout = TensorLayout()
    layout.append("history.loss", .float64, [epochs])
    layout.append("history.seconds", .float64, [epochs])
    layout.append("history.iterations", .int64, [epochs])
    layout.append("history.samples", .int64, [epochs])
    if hasValidation {
      layout.append("history.validation_loss", .float64, [epochs])
      layout.append("history.validation_correct", .int64, [epochs])
    }
    layout.append(network)
    for moment in moments { layout.append(network, prefix: "optimizer.\(moment).") }
    if hasBest { layout.append(network, prefix: "best.") }
    layout.append("history.learning_rate", .float32, [epochs])
    layout.append("checksum", .byte, [4])
    return layout
  }

  // MARK: Reading

  /// The checkpoint behind a header, of which the format and its version have been checked.
  static func checkpoint(
    _ header: Header, from source: consuming ModelSource
  ) throws(ModelFileError) -> Checkpoint {
    let path = source.path
    let network = try NetworkMetadata.network(of: header, path: path)
    let fields = try CheckpointMetadata.latest(header.metadata, path: path)
    let metadata = try CheckpointMetadata(fields, path: path)
    let epochs = metadata.epoch - 1
    let layout = layout(
      network: network, moments: metadata.moments, hasBest: metadata.bestEpoch != nil,
      epochs: epochs, hasValidation: metadata.validation != nil)
    try layout.check(header, path: path)
    try source.checkEnd(source.bytesRead + layout.end, limit: ModelFile.largestFile)
    var history = CheckpointHistory(
      loss: try source.doubles(count: epochs), seconds: try source.doubles(count: epochs),
      iterations: try source.integers(count: epochs), samples: try source.integers(count: epochs))
    if let validation = metadata.validation {
      history.validation = (
        validation.sampleCount, try source.doubles(count: epochs),
        try source.integers(count: epochs)
      )
    }
    let count = network.parameterCount
    let parameters = Parameters(values: try source.floats(count: count))
    var moments: [OptimizerState.Moment] = []
    for name in metadata.moments {
      moments.append(.init(name: name, values: Parameters(values: try source.floats(count: count))))
    }
    var best: BestEpoch?
    if let epoch = metadata.bestEpoch {
      best = BestEpoch(
        epoch: epoch, parameters: Parameters(values: try source.floats(count: count)))
    }
    history.learningRate = try source.floats(count: epochs)
    try checkChecksum(&source)
    var checkpoint: Checkpoint
    do throws(TrainingError) {
      checkpoint = try Checkpoint(
        checking: Model(network: network, parameters: parameters),
        optimizer: OptimizerState(moments: moments),
        configuration: metadata.configuration, isFused: metadata.isFused,
        iterations: metadata.iterations, lossSumInEpoch: metadata.lossSumInEpoch,
        secondsInEpoch: metadata.secondsInEpoch, history: history.records,
        best: best, training: metadata.training, validation: metadata.validation)
    } catch .invalidOption(let field, let found, let expected) {
      throw .badField(path: path, field: field, expected: expected, found: found)
    } catch {
      throw .badField(
        path: path, field: "metadata", expected: "those of a run", found: error.description)
    }
    checkpoint.notes = metadata.notes
    try CheckpointMetadata.check(fields, of: checkpoint, path: path)
    return checkpoint
  }

  private static func checkChecksum(_ source: inout ModelSource) throws(ModelFileError) {
    let found = CRC32.text(of: source.checksum.value)
    let end = source.bytesRead + 4
    let stored = try source.bytes(count: 4)
    guard stored.count == 4 else {
      throw .truncated(path: source.path, needed: end, available: source.bytesRead)
    }
    try source.requireEnd()
    let expected = CRC32.text(of: stored.reversed().reduce(0) { $0 << 8 | UInt32($1) })
    guard found == expected else {
      throw .damaged(path: source.path, expected: expected, found: found)
    }
  }
}

/// The history of a checkpoint, column by column, each with a value for each complete epoch.
private struct CheckpointHistory {
  let loss: [Double]
  let seconds: [Double]
  let iterations: [Int]
  let samples: [Int]
  var validation: (sampleCount: Int, loss: [Double], correct: [Int])?
  var learningRate: [Float] = []

  var records: [EpochRecord] {
    loss.indices.map { index in
      // Samples that contradict the configuration are refused later; until then they are numbers.
      let before = index == 0 ? 0 : samples[index - 1]
      return EpochRecord(
        epoch: index + 1, iterations: iterations[index], samples: samples[index],
        loss: loss[index],
        validation: validation.map {
          Evaluation(
            sampleCount: $0.sampleCount, loss: $0.loss[index],
            correctCount: $0.correct[index] == CheckpointFile.noClasses
              ? nil : $0.correct[index])
        },
        seconds: seconds[index],
        samplesPerSecond: Double(samples[index] &- before) / seconds[index],
        learningRate: learningRate[index])
    }
  }
}
