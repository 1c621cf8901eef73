import Checksums
import Datasets
import FileSystem
import Foundation
import NeuralNetwork
import TestSupport
import Testing
import Training

@testable import ModelFormats

/// A checkpoint in the middle of the third of five epochs.
func exampleCheckpoint(
  optimizer: Optimizer = .momentum(0.9), hasValidation: Bool = true,
  stopping: StoppingRules = StoppingRules()
) throws -> Checkpoint {
  let model = try exampleModel()
  var configuration = TrainingConfiguration(
    epochs: 5, batchSize: 8, learningRate: 0.06, optimizer: optimizer, threads: 3,
    seed: UInt64.max, dropsLastBatch: true)
  configuration.schedule = .constant
  configuration.stopping = stopping
  let history = (1...2).map { epoch in
    EpochRecord(
      epoch: epoch, iterations: 5 * epoch, samples: 40 * epoch, loss: 0.1 / Double(epoch),
      validation: hasValidation
        ? Evaluation(sampleCount: 7, loss: epoch == 1 ? .infinity : 1 / 3, correctCount: 2 * epoch)
        : nil,
      seconds: 0.25 * Double(epoch), samplesPerSecond: 40 / (0.25 * Double(epoch)),
      learningRate: 0.06)
  }
  var checkpoint = try Checkpoint(
    checking: model,
    optimizer: OptimizerState(
      moments: optimizer.momentNames.enumerated().map { index, name in
        .init(
          name: name,
          values: Parameters(
            values: model.parameters.values.map { -$0 * Float(index + 2) / 3 }))
      }),
    configuration: configuration, isFused: true, iterations: 13,
    lossSumInEpoch: 0.1 + 0.2, secondsInEpoch: 1e-7, history: history,
    // The loss of the first epoch is infinite.
    best: stopping.restoresBest
      ? BestEpoch(
        epoch: 2, parameters: Parameters(values: model.parameters.values.map { $0 * 0.75 })) : nil,
    training: DatasetFingerprint(sampleCount: 41, crc32: 0x0123_ABCD),
    validation: hasValidation ? DatasetFingerprint(sampleCount: 7, crc32: .max) : nil)
  checkpoint.notes = ["place": "a \"folder\" ß 🙂", "": "nothing"]
  return checkpoint
}

@Suite struct CheckpointFileTests {
  let folder: TemporaryFolder
  let path: String

  init() throws {
    folder = try TemporaryFolder()
    path = folder.file("run.checkpoint")
  }

  // MARK: Round trip

  @Test(arguments: [true, false], Optimizer.defaults)
  func roundTrip(hasValidation: Bool, optimizer: Optimizer) throws {
    let checkpoint = try exampleCheckpoint(optimizer: optimizer, hasValidation: hasValidation)
    try CheckpointFile.write(checkpoint, to: path)
    let found = try CheckpointFile.read(path)
    #expect(found == checkpoint)
    #expect((found.epoch, found.samplesInEpoch, found.samples) == (3, 24, 104))
    #expect(try folder.contents == ["run.checkpoint"])
  }

  @Test(arguments: [
    StoppingRules(patience: 7), .init(restoresBest: true), .init(patience: 1, restoresBest: false),
    .init(
      patience: .max, criterion: .accuracy, minimumImprovement: 0.1 * 3 / 2, lossChange: 1 / 3,
      targetAccuracy: 1, timeLimit: 1e9),
    .init(lossChange: 0, targetAccuracy: .leastNonzeroMagnitude, timeLimit: 0.5),
  ])
  func stoppingRulesAndTheBestEpoch(rules: StoppingRules) throws {
    let checkpoint = try exampleCheckpoint(stopping: rules)
    try CheckpointFile.write(checkpoint, to: path)
    let found = try CheckpointFile.read(path)
    #expect(found == checkpoint && found.configuration.stopping == rules)
    #expect((found.best?.epoch == 2) == rules.restoresBest)
    // As a model, it is what the run would end with.
    let best = found.best?.parameters ?? checkpoint.model.parameters
    #expect(try ModelFile.read(path).parameters == best)
  }

  @Test(
    arguments: [
      "constant", "step:3:0.1", "exponential:0.30000000000000004", "plateau:0.5:2",
      "one-cycle:0.2:7:99", "cosine:0.125",
    ], [WarmUp.none, .iterations(24), .epochs(4)])
  func schedules(schedule: String, warmUp: WarmUp) throws {
    let example = try exampleCheckpoint()
    var configuration = example.configuration
    configuration.schedule = try #require(LearningRateSchedule(schedule))
    configuration.warmUp = warmUp
    let checkpoint = try Checkpoint(
      checking: example.model, optimizer: example.optimizer, configuration: configuration,
      isFused: true, iterations: 13, lossSumInEpoch: 1, secondsInEpoch: 1,
      history: example.history, training: example.training, validation: example.validation)
    try CheckpointFile.write(checkpoint, to: path)
    #expect(try CheckpointFile.read(path) == checkpoint)
  }

  /// A file as the program wrote it when there was one schedule more than none and no rule.
  @Test(arguments: [(Optimizer.momentum(0.9), "0.9"), (.sgd, "0.0")])
  func filesOfVersion1AreRead(optimizer: Optimizer, momentum: String) throws {
    let checkpoint = try exampleCheckpoint(optimizer: optimizer)
    var file = try #require(Safetensors(CheckpointFile.bytes(of: checkpoint)))
    for name in [
      "warm_up", "patience", "stop_on", "minimum_improvement", "restore_best", "epsilon",
      "target_accuracy", "time_limit", "best_epoch", "distortion",
      "regularizers", "clipping", "frozen_layers", "loss",
    ] {
      #expect(file.metadata.removeValue(forKey: name) != nil, "\(name)")
    }
    file.metadata["format_version"] = "1"
    file.metadata["optimizer"] = "sgd"
    file.metadata["momentum"] = momentum
    try File.writeAtomically(try file.withChecksum, to: path)
    #expect(try CheckpointFile.read(path) == checkpoint)
    // What version 2 must have is not optional there.
    file.metadata["format_version"] = "2"
    try File.writeAtomically(try file.withChecksum, to: path)
    #expect(throws: ModelFileError.self) { try CheckpointFile.read(path) }
  }

  @Test func everyKindOfNumber() throws {
    let network = try Network(inputs: 2, hidden: [], outputs: 2)
    let values: [Float] = [
      .nan, -0.0, .infinity, Float(bitPattern: 0x7F80_0001), .leastNonzeroMagnitude, 0.1,
    ]
    let model = Model(network: network, parameters: Parameters(values: values))
    let record = EpochRecord(
      epoch: 1, iterations: 1, samples: 1, loss: .leastNonzeroMagnitude,
      validation: Evaluation(sampleCount: 1, loss: .nan, correctCount: 0), seconds: 0,
      samplesPerSecond: .infinity, learningRate: .leastNonzeroMagnitude)
    let checkpoint = try Checkpoint(
      checking: model,
      optimizer: OptimizerState(
        moments: [.init(name: "velocity", values: model.parameters)]),
      configuration: TrainingConfiguration(epochs: 1, batchSize: .max, threads: 1024),
      isFused: false, iterations: 1, lossSumInEpoch: .greatestFiniteMagnitude,
      secondsInEpoch: .leastNonzeroMagnitude, history: [record],
      training: DatasetFingerprint(sampleCount: 1, crc32: 0),
      validation: DatasetFingerprint(sampleCount: 1, crc32: 0))
    try CheckpointFile.write(checkpoint, to: path)
    let found = try CheckpointFile.read(path)
    #expect(found.model.parameters.values.bits == values.bits)
    #expect(found.optimizer.moments[0].values.values.bits == values.bits)
    #expect(found.configuration == checkpoint.configuration)
    #expect(found.lossSumInEpoch == .greatestFiniteMagnitude)
    #expect(found.secondsInEpoch == .leastNonzeroMagnitude)
    #expect(found.history[0].loss == .leastNonzeroMagnitude)
    #expect(found.history[0].validation?.loss.isNaN == true)
    #expect(found.history[0].samplesPerSecond == .infinity)
    #expect(found.isComplete && found.epoch == 2)
  }

  @Test func aCheckpointIsAModelToo() throws {
    let checkpoint = try exampleCheckpoint()
    try CheckpointFile.write(checkpoint, to: path)
    #expect(try ModelFile.read(path) == checkpoint.model)
    try ModelFile.write(checkpoint.model, to: path)
    let expected = ModelFileError.badField(
      path: path, field: "format", expected: "'ParallelTrainer checkpoint'",
      found: "'ParallelTrainer model'")
    #expect(throws: expected) { try CheckpointFile.read(path) }
  }

  // MARK: Format

  /// The file by the definition of safetensors: tensors without gaps, each at a multiple of its
  /// element's size, and the checksum of all bytes before it at the end.
  @Test func followsTheDefinition() throws {
    let checkpoint = try exampleCheckpoint(optimizer: .adam)
    try CheckpointFile.write(checkpoint, to: path)
    let bytes = try File.read(path)
    let file = try #require(Safetensors(bytes))
    let dataStart = bytes.count - file.data.count
    let sizes = ["F64": 8, "I64": 8, "F32": 4, "U8": 1]
    var ranges: [[Int]] = []
    for name in file.header.keys where name != "__metadata__" {
      let offsets = try #require(file[name, "data_offsets"] as? [Int])
      let size = try #require(sizes[file[name, "dtype"] as? String ?? ""])
      let shape = try #require(file[name, "shape"] as? [Int])
      #expect(offsets[1] - offsets[0] == shape.reduce(size, *))
      #expect((dataStart + offsets[0]) % size == 0)
      ranges.append(offsets)
    }
    ranges.sort { $0[0] < $1[0] }
    #expect(ranges.first?[0] == 0 && ranges.last?[1] == file.data.count)
    #expect(zip(ranges, ranges.dropFirst()).allSatisfy { $0[1] == $1[0] })
    #expect(file.metadata.values.allSatisfy { $0 is String })
    for name in [
      "layers.0.weight", "layers.1.bias", "optimizer.first_moment.layers.0.weight",
      "optimizer.second_moment.layers.1.bias", "history.loss", "history.validation_correct",
    ] {
      #expect(file.header[name] != nil, "\(name)")
    }
    let offsets = try #require(
      file["optimizer.second_moment.layers.0.weight", "data_offsets"] as? [Int])
    let first = file.data[offsets[0]..<offsets[0] + 4].reversed()
      .reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
    #expect(Float(bitPattern: first) == checkpoint.optimizer.moments[1].values.values[0])
    var checksum = CRC32()
    checksum.update(Array(bytes.dropLast(4)))
    #expect(
      Array(bytes.suffix(4))
        == (0..<4).map { UInt8(truncatingIfNeeded: checksum.value >> (8 * $0)) })
  }

  /// What the header says of a run, readable without this program.
  @Test func theHeaderHoldsTheRun() throws {
    try CheckpointFile.write(exampleCheckpoint(), to: path)
    let file = try #require(Safetensors(try File.read(path)))
    let metadata = try #require(file.metadata as? [String: String])
    let expected = [
      "format": "ParallelTrainer checkpoint", "format_version": "2",
      "activations": "relu,identity", "epochs": "5", "batch_size": "8", "drop_last": "true",
      "learning_rate": "0.06", "schedule": "constant", "threads": "3",
      "averaging": "slabs", "seed": "18446744073709551615", "arithmetic": "fused",
      "optimizer": "momentum:0.9", "regularizers": "none", "clipping": "none",
      "frozen_layers": "none", "optimizer_moments": "velocity", "iterations": "13",
      "samples": "104",
      "epoch": "3", "samples_in_epoch": "24", "loss_sum_in_epoch": "0.30000000000000004",
      "seconds_in_epoch": "1e-07", "train_count": "41", "train_crc32": "0123abcd",
      "validation_count": "7", "validation_crc32": "ffffffff",
      "warm_up": "none", "patience": "none", "stop_on": "loss", "minimum_improvement": "0",
      "restore_best": "false", "epsilon": "none", "target_accuracy": "none", "time_limit": "none",
      "best_epoch": "0", "initializer": "he", "distortion": "none", "loss": "cross-entropy",
      "note.place": "a \"folder\" ß 🙂", "note.": "nothing",
    ]
    for (name, text) in expected { #expect(metadata[name] == text, "\(name)") }
    #expect(Set(metadata.keys) == Set(expected.keys).union(["parameters_crc32"]))
  }

  @Test(arguments: Loss.kinds + [.softmaxCrossEntropy(labelSmoothing: 0.1)])
  func losses(loss: Loss) throws {
    let example = try exampleCheckpoint()
    var configuration = example.configuration
    configuration.loss = loss
    let checkpoint = try Checkpoint(
      checking: example.model, optimizer: example.optimizer, configuration: configuration,
      isFused: true, iterations: 5, lossSumInEpoch: 0, secondsInEpoch: 0,
      history: [
        EpochRecord(
          epoch: 1, iterations: 5, samples: 40, loss: 0.5,
          validation: Evaluation(sampleCount: 7, loss: 1, correctCount: nil), seconds: 1,
          samplesPerSecond: 40, learningRate: 0.06)
      ],
      training: example.training, validation: example.validation)
    try CheckpointFile.write(checkpoint, to: path)
    #expect(try CheckpointFile.read(path) == checkpoint)
    for other in Loss.kinds where other != loss {
      configuration.loss = other
      #expect(
        throws: TrainingError.checkpointMismatch(
          field: "loss", checkpoint: loss.description, run: other.description)
      ) {
        try checkpoint.requireMatch(network: example.model.network, configuration: configuration)
      }
    }
  }

  // MARK: Writing

  @Test func failuresKeepTheOldFile() throws {
    let old = try exampleCheckpoint()
    try CheckpointFile.write(old, to: path)
    try folder.makeFolder("run.checkpoint.1")
    #expect(throws: ModelFileError.self) {
      try CheckpointFile.write(
        exampleCheckpoint(hasValidation: false), to: path, keeping: 1)
    }
    #expect(try CheckpointFile.read(path) == old)
    #expect(try folder.contents == ["run.checkpoint", "run.checkpoint.1"])
  }

  @Test func theWriterWritesInTurnAndKeepsTheLast() throws {
    let writer = CheckpointWriter(path: path, keeping: 3)
    for number in 1...20 {
      var checkpoint = try exampleCheckpoint()
      checkpoint.notes["number"] = "\(number)"
      #expect(writer.write(checkpoint) == nil)
    }
    #expect(writer.finish() == nil)
    let numbers = try ["", ".1", ".2"].map {
      try CheckpointFile.read(path + $0).notes["number"]
    }
    #expect(numbers == ["20", "19", "18"])
    #expect(try folder.contents.count == 3)
  }

  @Test func theWriterReportsEachFailureOnce() throws {
    let absent = folder.file("absent/run")
    let writer = CheckpointWriter(path: absent)
    #expect(writer.write(try exampleCheckpoint()) == nil)
    let second = try exampleCheckpoint()
    let failure = try #require(writer.write(second))
    guard case .file(.failed(.create, _, ENOENT)) = failure else {
      Issue.record("another error: \(failure)")
      return
    }
    // What was in the way is gone: the next one is written.
    #expect(writer.finish() != nil)
    try folder.makeFolder("absent")
    #expect(writer.write(try exampleCheckpoint()) == nil)
    #expect(writer.finish() == nil)
    #expect(try CheckpointFile.read(absent) == exampleCheckpoint())
  }
}
