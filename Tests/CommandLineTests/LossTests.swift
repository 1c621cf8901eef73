import Foundation
import TestSupport
import Testing

@testable import mnist

extension CommandLineTests {
  /// A short run, its first line in the log and what it printed.
  private static func lossRun(
    _ arguments: [String], in folder: TemporaryFolder
  ) throws -> (outcome: Outcome, start: [String: Any]) {
    let log = folder.file("log")
    let outcome = try MNISTProgram.run(
      [
        "train", "--data", try SmallDataset.shared().path, "--hidden", "16", "--seed", "1",
        "--quiet", "--log", log,
      ] + arguments)
    let text = (try? String(contentsOfFile: log, encoding: .utf8)) ?? ""
    return (outcome, try text.split(separator: "\n").first.map(object) ?? [:])
  }

  /// `--loss` and `--label-smoothing`: used, logged, remembered.
  @Test(arguments: [
    (["--loss", "mean-squared-error"], "mean-squared-error"),
    (["--label-smoothing", "0.1"], "cross-entropy:0.1"), ([], "cross-entropy"),
  ])
  static func theLossIsUsedLoggedAndRemembered(arguments: [String], name: String) throws {
    let folder = try TemporaryFolder()
    let checkpoint = folder.file("run.ckpt")
    let (outcome, start) = try lossRun(
      arguments + ["--epochs", "1", "--checkpoint", checkpoint], in: folder)
    #expect(outcome.status == 0)
    #expect(start["loss_function"] as? String == name)
    #expect(outcome.output.hasPrefix("test accuracy "))
    let resumed = try lossRun(["--resume", checkpoint], in: folder)
    #expect(resumed.outcome.status == 0)
    #expect(resumed.start["loss_function"] as? String == name)
    let other = try lossRun(["--resume", checkpoint, "--loss", "mean-absolute-error"], in: folder)
    #expect(other.outcome.status != 0)
    #expect(other.outcome.message.contains("loss: expected \(name), found mean-absolute-error"))
  }
}
