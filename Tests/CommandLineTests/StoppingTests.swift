import FileSystem
import Foundation
import ModelFormats
import TestSupport
import Testing
import Training

@testable import mnist

extension CommandLineTests {
  /// A run whose rate makes it worse sooner or later, its log and what it printed.
  private static func stoppingRun(
    _ arguments: [String], in folder: TemporaryFolder
  ) throws -> (outcome: Outcome, log: [[String: Any]]) {
    let log = folder.file("log")
    let outcome = try MNISTProgram.run(
      [
        "--data", try SmallDataset.shared().path, "--hidden", "16", "--seed", "9", "--log", log,
      ] + arguments)
    try #require(outcome.status == 0, "\(outcome.errors)")
    return (
      outcome, try String(contentsOfFile: log, encoding: .utf8).split(separator: "\n").map(object)
    )
  }

  @Test static func patienceEndsTheRunAndTheBestEpochIsKept() throws {
    let folder = try TemporaryFolder()
    let (model, checkpoint) = (folder.file("model"), folder.file("run.ckpt"))
    let (outcome, log) = try stoppingRun(
      [
        "--epochs", "200", "--patience", "2", "--schedule", "exponential:0.99", "--warm-up",
        "iterations:20", "--save", model, "--checkpoint", checkpoint,
      ], in: folder)
    let end = try #require(log.last)
    let best = try #require(end["best_epoch"] as? Int)
    #expect(end["stopped"] as? String == "early" && end["stop_rule"] as? String == "patience")
    #expect(end["restored_epoch"] as? Int == best && log.count == best + 2 + 2)
    #expect(
      outcome.lines.joined(separator: " ").contains(
        "stopped after epoch \(best + 2) of 200: no better validation loss for 2 epochs; the "
          + "weights are those of epoch \(best), the best"))
    #expect(log[0]["schedule"] as? String == "exponential:0.99")
    #expect(log[0]["warm_up"] as? String == "iterations:20" && log[0]["patience"] as? Int == 2)
    #expect(log[1...].dropLast().last?["best_epoch"] as? Int == best)
    // The checkpoint is of the last epoch, and knows the best one.
    let last = try CheckpointFile.read(checkpoint)
    #expect(last.history.count == best + 2 && last.best?.epoch == best)
    #expect(try ModelFile.read(checkpoint) == ModelFile.read(model))
    // All of it is remembered: the run that goes on has nothing left to do.
    let again = folder.file("again")
    let resumed = try mnist("train", "--resume", checkpoint, "--log", again, "--save", model + "2")
    #expect(resumed.status == 0, "\(resumed.errors)")
    let lines = try String(contentsOfFile: again, encoding: .utf8).split(separator: "\n")
    let found = try object(try #require(lines.last))
    for field in ["weights_crc32", "stop_rule", "iterations", "best_epoch", "test_loss"] {
      #expect(found[field] as? NSObject == end[field] as? NSObject, "\(field)")
    }
    // More patience, and more epochs, are another matter.
    let more = try mnist("train", "--resume", checkpoint, "--patience", "none", "--epochs", "201")
    #expect(more.status == 0 && more.output.contains("epoch 201/201"))
    let info = try mnist("info", checkpoint)
    #expect(info.output.contains("stops    patience 2 on the validation loss, restores the best"))
  }

  @Test static func aTargetAndATimeLimitEndTheRun() throws {
    let folder = try TemporaryFolder()
    let (target, log) = try stoppingRun(
      ["--epochs", "100", "--target-accuracy", "0.5"], in: folder)
    #expect(log.last?["stop_rule"] as? String == "target-accuracy")
    #expect(log.last?["restored_epoch"] is NSNull)
    #expect(target.output.contains(": the target accuracy is reached\n"))
    let (time, timed) = try stoppingRun(
      ["--epochs", "100000", "--learning-rate", "0.001", "--time-limit", "0.3"], in: folder)
    #expect(timed.last?["stop_rule"] as? String == "time-limit")
    #expect(try #require(timed.last?["train_seconds"] as? Double) >= 0.3)
    #expect(time.output.contains(": the time limit of 0.30 s is over\n"))
    let (_, settled) = try stoppingRun(
      ["--epochs", "1000", "--epsilon", "0.05", "--validation-split", "0"], in: folder)
    #expect(settled.last?["stop_rule"] as? String == "loss-change")
    #expect(settled.last?["best_epoch"] is NSNull)
  }
}
