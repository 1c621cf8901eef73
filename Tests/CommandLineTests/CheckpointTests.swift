import FileSystem
import Foundation
import ModelFormats
import TestSupport
import Testing
import Training

@testable import mnist

/// A run of the program that is interrupted and gone on with.
private struct InterruptedRun {
  let folder: TemporaryFolder
  let arguments: [String]

  init(hidden: String = "16", epochs: Int = 4, batchSize: Int = 64, _ more: String...) throws {
    folder = try TemporaryFolder()
    arguments =
      [
        "--data", try SmallDataset.shared().path, "--hidden", hidden, "--epochs", "\(epochs)",
        "--seed", "9", "--batch-size", "\(batchSize)",
      ] + more
  }

  var checkpoint: String { folder.file("run.ckpt") }

  /// The objects of the log of a run to its end.
  func log(_ arguments: [String]) throws -> [[String: Any]] {
    let log = folder.file("log")
    let outcome = try MNISTProgram.run(arguments + ["--log", log])
    #expect(outcome.status == 0, "\(outcome.errors)")
    return try String(contentsOfFile: log, encoding: .utf8).split(separator: "\n").map(object)
  }

  /// Runs the program and stops it by a signal once the line of an epoch is there.
  func interrupt(_ arguments: [String], by signal: Int32) throws -> (
    status: Int32, output: String
  ) {
    let process = try MNISTProgram.process(arguments)
    let output = Pipe()
    process.standardOutput = output
    process.standardError = FileHandle.nullDevice
    try process.run()
    var text = ""
    while text.firstMatch(of: /\nepoch +\d+\//) == nil {
      let part = output.fileHandleForReading.availableData
      if part.isEmpty { break }
      text += String(decoding: part, as: UTF8.self)
    }
    kill(process.processIdentifier, signal)
    text += String(
      decoding: try output.fileHandleForReading.readToEnd() ?? Data(), as: UTF8.self)
    process.waitUntilExit()
    return (process.status, text)
  }
}

extension CommandLineTests {
  /// 2,750 training images of 64: 43 iterations an epoch; the checkpoint before the last one is
  /// in the middle of an epoch.
  @Test(arguments: [[String](), ["--drop-last"]])
  static func aResumedRunIsTheRunThatWasNeverStopped(more: [String]) throws {
    let run = try InterruptedRun()
    let full = try run.log(run.arguments + more + ["--threads", "1"])
    let checkpointed = try run.log(
      run.arguments + more + [
        "--checkpoint", run.checkpoint, "--checkpoint-every", "17", "--keep-checkpoints", "8",
      ])
    let end = try #require(full.last)
    #expect(checkpointed.last?["weights_crc32"] as? String == end["weights_crc32"] as? String)
    let perEpoch = more.isEmpty ? 43 : 42
    let first = try CheckpointFile.read(run.checkpoint + ".7")
    #expect(first.iterations == 4 * perEpoch / 17 * 17 - 17 * 6)
    #expect(try CheckpointFile.read(run.checkpoint).iterations == 4 * perEpoch)
    for number in [7, 1] {
      let path = "\(run.checkpoint).\(number)"
      let checkpoint = try CheckpointFile.read(path)
      let resumed = try run.log(["train", "--resume", path, "--threads", "3"])
      #expect(resumed.count == full.count)
      #expect(resumed.first?["resumed_iterations"] as? Int == checkpoint.iterations)
      #expect(resumed.first?["drop_last"] as? Bool == !more.isEmpty)
      // The log is one of the whole run, and every number in it but the times is the same.
      for (found, expected) in zip(resumed.dropFirst(), full.dropFirst()) {
        for field in [
          "event", "epoch", "iterations", "samples", "loss", "validation_loss",
          "validation_accuracy", "learning_rate", "test_accuracy", "test_loss", "stopped",
          "weights_crc32",
        ] {
          #expect(found[field] as? NSObject == expected[field] as? NSObject, "\(field)")
        }
      }
      #expect(resumed.last?["iterations"] as? Int == 4 * perEpoch)
      #expect(resumed.last?["samples"] as? Int == 4 * (more.isEmpty ? 2750 : 42 * 64))
    }
  }

  /// Both signals leave a checkpoint of the iteration at which the run ended, and their own status.
  @Test(arguments: [SIGINT, SIGTERM])
  static func aSignalLeavesACheckpointToGoOnFrom(signal: Int32) throws {
    let status = 128 + signal
    let run = try InterruptedRun(
      hidden: "300,300", epochs: 10_000, "--learning-rate", "0.001")
    let stopped = try run.interrupt(
      run.arguments + ["--checkpoint", run.checkpoint, "--checkpoint-every", "1000000"], by: signal)
    #expect(stopped.status == status)
    #expect(stopped.output.hasSuffix("checkpoint saved to \(run.checkpoint)\n"))
    let first = try CheckpointFile.read(run.checkpoint)
    #expect(first.iterations >= 43)
    #expect(try run.folder.contents == ["run.ckpt"])
    // The interval is remembered: only the interruption makes a checkpoint.
    let again = try run.interrupt(
      ["--resume", run.checkpoint, "--checkpoint", run.checkpoint], by: signal)
    #expect(again.status == status)
    #expect(again.output.contains("goes on from \(run.checkpoint)"))
    let second = try CheckpointFile.read(run.checkpoint)
    #expect(second.iterations >= first.iterations)
    #expect(second.notes["checkpoint_every"] == "1000000")
    #expect(second.configuration.learningRate == 0.001)
  }

  @Test static func theDefaultIsACheckpointAnEpoch() throws {
    let run = try InterruptedRun()
    let outcome = try MNISTProgram.run(
      run.arguments + ["--checkpoint", run.checkpoint, "--keep-checkpoints", "3"])
    #expect(outcome.lines.last == "checkpoint saved to \(run.checkpoint)")
    #expect(try run.folder.contents == ["run.ckpt", "run.ckpt.1", "run.ckpt.2"])
    let iterations = try ["", ".1", ".2"].map {
      try CheckpointFile.read(run.checkpoint + $0).iterations
    }
    #expect(iterations == [172, 129, 86])
  }

  @Test static func aCheckpointIsShownAndUsedAsAModel() throws {
    let run = try InterruptedRun()
    let model = run.folder.file("model")
    let outcome = try MNISTProgram.run(
      run.arguments + ["--checkpoint", run.checkpoint, "--save", model])
    let result = try #require(outcome.lines.first { $0.hasPrefix("test accuracy") })
    let data = try SmallDataset.shared().path
    #expect(
      try mnist("evaluate", "--model", run.checkpoint, "--data", data).lines.last == result)
    #expect(
      try mnist("predict", "--model", run.checkpoint, "--data", data, "--index", "0").status == 0)
    let info = try mnist("info", run.checkpoint, model)
    #expect(info.status == 0)
    let text = info.lines.map { $0.trimmingCharacters(in: .whitespaces) }.joined(separator: " ")
    for part in [
      "checkpoint, whole and undamaged", "784-16-10, 12,730 parameters", "172 of 172 iterations",
      "11,000 samples; all 4 epochs done", "seed 9, batches of 64", "2,750 training samples",
      "250 validation samples", "model, whole and undamaged",
    ] {
      #expect(text.contains(part), "\(part)")
    }
  }

  // MARK: What cannot be gone on with

  @Test static func whatDiffersFromTheCheckpointIsNamed() throws {
    let run = try InterruptedRun()
    try #require(
      try MNISTProgram.run(run.arguments + ["--checkpoint", run.checkpoint]).status == 0)
    let old = try File.read(run.checkpoint)
    let log = try run.folder.write("old\n".utf8, as: "log")
    for (arguments, message) in [
      ("--epochs 5", "epochs: expected 4 (with the linear schedule"),
      ("--batch-size 65", "batch size: expected 64, found 65"),
      ("--learning-rate 0.07", "learning rate: expected 0.06, found 0.07"),
      ("--momentum 0", "optimizer: expected momentum:0.9, found sgd"),
      ("--optimizer adam --learning-rate 0.06", "optimizer: expected momentum:0.9, found adam:"),
      ("--l1 0.001", "regularizers: expected none, found l1:0.001"),
      ("--clip-norm 1", "clipping: expected none, found norm:1.0"),
      ("--freeze 1", "frozen layers: expected none, found 1"),
      ("--seed 10", "seed: expected 9, found 10"),
      ("--hidden 17", "network: expected 784-16-10, found 784-17-10"),
      ("--drop-last", "drop last batch: expected false, found true"),
      ("--validation-split 0.5", "validation split: expected 0.083"),
      ("--embedded", "training data: expected 2750 samples with the CRC-32"),
    ] {
      let outcome = try MNISTProgram.run(
        ["--resume", run.checkpoint, "--checkpoint", run.checkpoint, "--log", log]
          + arguments.split(separator: " ").map(String.init))
      #expect(outcome.status == 1)
      #expect(outcome.output == "")
      #expect(outcome.message.contains(run.checkpoint))
      #expect(outcome.message.contains(message), "\(outcome.message)")
    }
    #expect(try File.read(run.checkpoint) == old)
    #expect(try String(contentsOfFile: log, encoding: .utf8) == "old\n")
    // The same values are no difference.
    let same = try MNISTProgram.run(
      run.arguments + ["--resume", run.checkpoint, "--learning-rate", "0.06", "--threads", "1"])
    #expect(same.status == 0, "\(same.message)")
  }

  @Test static func aDamagedCheckpointIsRefused() throws {
    let run = try InterruptedRun()
    try #require(
      try MNISTProgram.run(run.arguments + ["--checkpoint", run.checkpoint]).status == 0)
    var bytes = try File.read(run.checkpoint)
    bytes[bytes.count / 2] ^= 1
    let damaged = try run.folder.write(bytes, as: "damaged")
    for arguments in [
      ["--resume", damaged, "--checkpoint", run.checkpoint], ["info", damaged],
      ["evaluate", "--model", damaged],
    ] {
      let outcome = try MNISTProgram.run(arguments)
      #expect(outcome.status == 1)
      #expect(outcome.message.contains("\(damaged): the checkpoint is damaged: checksum"))
    }
    #expect(try CheckpointFile.read(run.checkpoint).isComplete)
  }

  @Test static func aCheckpointThatCannotBeWrittenIsFoundOut() throws {
    let run = try InterruptedRun()
    let outcome = try MNISTProgram.run(
      run.arguments + ["--checkpoint", run.folder.file("absent/run")])
    #expect(outcome.status == 1)
    #expect(outcome.output == "")
    guard File.exists("/dev/full") else { return }
    let full = try MNISTProgram.run(run.arguments + ["--checkpoint", "/dev/full"])
    #expect(full.status == 1)
    #expect(full.message.contains("a checkpoint was not written, the run goes on"))
    #expect(full.message.contains("error: cannot write /dev/full"))
    #expect(full.output.contains("epoch 4/4"))
    #expect(full.output.contains("test accuracy"))
  }

  @Test static func dropLastNeedsAFullBatch() throws {
    let run = try InterruptedRun(batchSize: 3001, "--drop-last", "--validation-split", "0")
    let outcome = try MNISTProgram.run(run.arguments)
    #expect(outcome.status == 1)
    #expect(outcome.output == "")
    #expect(outcome.message.contains("3000 samples, fewer than a batch of 3001"))
  }

  @Test static func aDrawnSeedIsPrintedQuietlyToo() throws {
    let data = try SmallDataset.shared()
    let outcome = try mnist(
      "--data", data.path, "--hidden", "none", "--epochs", "1", "--quiet")
    #expect(outcome.lines.count == 2)
    #expect(outcome.lines[1].contains(/, seed \d+$/))
  }
}
