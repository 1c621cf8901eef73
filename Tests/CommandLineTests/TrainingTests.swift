import Checksums
import FileSystem
import Foundation
import ModelFormats
import TestSupport
import Testing

@testable import mnist

/// The names of a JSON object's fields, in the order of the text.
func fieldNames(_ line: Substring) -> [String] {
  line.matches(of: /"([a-z0-9_]+)":/).map { String($0.1) }
}

func object(_ line: Substring) throws -> [String: Any] {
  try #require(
    try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
}

extension CommandLineTests {
  @Test static func trainingPrintsWhatItDoesAndWhatItReached() throws {
    let data = try SmallDataset.shared()
    let outcome = data.outcome
    #expect(outcome.status == 0, "\(outcome.errors)")
    #expect(outcome.errors == "")
    let lines = outcome.lines
    #expect(
      lines[0].wholeMatch(of: /mnist 0\.1\.0, \w+ kernels, 2 threads, seed 7/) != nil)
    let text = lines.joined(separator: " ")
    #expect(text.contains("2,700 training, 300 validation, 500 test images"))
    #expect(outcome.output.contains("\ntotal "))
    let epochs = lines.filter { $0.hasPrefix("epoch ") && $0.contains("/3") }
    #expect(epochs.count == 3)
    for line in epochs {
      #expect(
        line.wholeMatch(
          of:
            /epoch [123]\/3 +\d\.\d{4} +\d\.\d{4} +\d+\.\d\d % +[123] +0\.[\d]+ +\d+\.\d\d s +[\d,]+ +[\d,]+/
        )
          != nil, "\(line)")
    }
    #expect(
      outcome.output.contains(
        /\ntest accuracy \d+\.\d\d % \(\d+ of 500\), loss \d\.\d{4}\n/))
    #expect(
      outcome.output.contains(
        /\ntrained 8,100 samples in \d+\.\d\d s \([\d,]+ samples\/s\)\n/))
    #expect(lines.last == "model saved to \(data.model)")
    #expect(lines.allSatisfy { $0.count <= 100 || $0.contains(data.path) })
    #expect(!outcome.output.contains("\u{1B}"))
    #expect(!outcome.output.contains("\r"))
  }

  @Test static func theLogHoldsItsContract() throws {
    let data = try SmallDataset.shared()
    let text = try String(contentsOfFile: data.log, encoding: .utf8)
    #expect(text.hasSuffix("\n"))
    let lines = text.split(separator: "\n")
    try #require(lines.count == 5)

    #expect(
      fieldNames(lines[0]) == [
        "event", "version", "kernel", "threads", "seed", "dataset", "train_count",
        "validation_count", "test_count", "layer_sizes", "parameter_count", "batch_size",
        "epochs", "learning_rate", "momentum", "drop_last", "resumed_iterations", "schedule",
        "warm_up", "patience", "stop_on", "min_improvement", "restore_best", "epsilon",
        "target_accuracy", "time_limit", "activations", "dropout", "initializer",
        "distortion",
        "optimizer", "regularizers", "clipping", "frozen_layers", "start_from", "loss_function",
      ])
    let start = try object(lines[0])
    #expect(start["event"] as? String == "start")
    #expect(start["version"] as? String == "0.1.0")
    #expect(start["threads"] as? Int == 2)
    #expect(start["seed"] as? Int == 7)
    #expect(start["dataset"] as? String == "MNIST")
    #expect(start["train_count"] as? Int == 2700)
    #expect(start["validation_count"] as? Int == 300)
    #expect(start["test_count"] as? Int == 500)
    #expect(start["layer_sizes"] as? [Int] == [784, 32, 10])
    #expect(start["parameter_count"] as? Int == 785 * 32 + 33 * 10)
    #expect(start["batch_size"] as? Int == 64)
    #expect(start["epochs"] as? Int == 3)
    #expect(start["drop_last"] as? Bool == false)
    #expect(start["resumed_iterations"] as? Int == 0)

    for (index, line) in lines[1...3].enumerated() {
      #expect(
        fieldNames(line) == [
          "event", "epoch", "iterations", "samples", "loss", "validation_loss",
          "validation_accuracy", "seconds", "samples_per_second", "learning_rate", "best_epoch",
        ])
      let epoch = try object(line)
      #expect(epoch["event"] as? String == "epoch")
      #expect(epoch["epoch"] as? Int == index + 1)
      // 2,700 samples are 42 batches of 64 and one of 12.
      #expect(epoch["iterations"] as? Int == 43 * (index + 1))
      #expect(epoch["samples"] as? Int == 2700 * (index + 1))
      for field in ["loss", "validation_loss", "seconds", "samples_per_second"] {
        #expect(try #require(epoch[field] as? Double) > 0)
      }
      #expect((0...1).contains(try #require(epoch["validation_accuracy"] as? Double)))
    }

    #expect(
      fieldNames(lines[4]) == [
        "event", "test_accuracy", "test_loss", "train_seconds", "total_seconds", "iterations",
        "samples", "stopped", "weights_crc32", "stop_rule", "best_epoch", "restored_epoch",
        "diverged_iteration", "diverged_layer", "diverged_place",
      ])
    let end = try object(lines[4])
    #expect(end["event"] as? String == "end")
    #expect(end["iterations"] as? Int == 129)
    #expect(end["samples"] as? Int == 8100)
    #expect(end["stopped"] as? String == "completed")
    let trainSeconds = try #require(end["train_seconds"] as? Double)
    #expect(try #require(end["total_seconds"] as? Double) >= trainSeconds)
    #expect((0.5...1).contains(try #require(end["test_accuracy"] as? Double)))
    let model = try ModelFile.read(data.model)
    #expect(
      end["weights_crc32"] as? String == CRC32.text(of: model.parameters.crc32))
  }

  @Test static func aSavedModelEvaluatesToTheAccuracyItWasSavedWith() throws {
    let data = try SmallDataset.shared()
    let result = try #require(data.outcome.lines.first { $0.hasPrefix("test accuracy") })
    for threads in ["1", "3"] {
      let outcome = try mnist(
        "evaluate", "--model", data.model, "--data", data.path, "--threads", threads)
      #expect(outcome.status == 0)
      #expect(outcome.lines.last == result)
      #expect(outcome.output.contains("784-32-10, 25,450 parameters"))
    }
  }

  @Test static func theNumberOfThreadsDoesNotChangeTheWeights() throws {
    let data = try SmallDataset.shared()
    let folder = try TemporaryFolder()
    let sums = try ["1", "2", "5"].map { threads in
      let log = folder.file("log-\(threads)")
      let outcome = try mnist(
        "--data", data.path, "--hidden", "16", "--epochs", "1", "--seed", "3", "--quiet",
        "--validation-split", "0", "--threads", threads, "--log", log)
      #expect(outcome.status == 0)
      #expect(outcome.lines.count == 2)
      #expect(outcome.output.hasPrefix("test accuracy "))
      let lines = try String(contentsOfFile: log, encoding: .utf8).split(separator: "\n")
      #expect(try object(lines[1])["validation_loss"] is NSNull)
      return try #require(try object(lines[lines.count - 1])["weights_crc32"] as? String)
    }
    #expect(Set(sums).count == 1)
  }

  @Test static func aDrawnSeedIsPrintedAndCanBeGivenAgain() throws {
    let data = try SmallDataset.shared()
    func run(_ more: String...) throws -> Outcome {
      try MNISTProgram.run(
        ["--data", data.path, "--hidden", "none", "--epochs", "1"] + more)
    }
    let drawn = try run()
    let seed = try #require(drawn.lines[0].firstMatch(of: /seed (\d+)/)).1
    #expect(try #require(UInt64(seed)) <= UInt64(UInt32.max))
    let again = try run("--seed", String(seed))
    let accuracies = [drawn, again].map { $0.lines.first { $0.hasPrefix("test accuracy") } }
    #expect(accuracies[0] == accuracies[1])
  }

  @Test static func withoutDataTheEmbeddedDigitsAreUsedAndItSaysSo() throws {
    let folder = try TemporaryFolder()
    let outcome = try MNISTProgram.run(
      ["--hidden", "none", "--epochs", "1", "--quiet"], folder: folder.path)
    #expect(outcome.status == 0)
    #expect(outcome.errors.split(separator: "\n").count == 1)
    #expect(outcome.message.contains("embedded digits"))
    #expect(outcome.message.contains("tools/fetch-mnist"))
    let accuracy = try #require(outcome.output.firstMatch(of: /test accuracy (\d+\.\d\d) %/)).1
    #expect(try #require(Double(accuracy)) > 80)
  }

  @Test static func divergenceIsAnErrorAndKeepsTheOldModel() throws {
    let data = try SmallDataset.shared()
    let folder = try TemporaryFolder()
    let model = try folder.write([1, 2, 3], as: "model")
    let outcome = try mnist(
      "--data", data.path, "--learning-rate", "1e9", "--epochs", "2", "--save", model, "--log",
      folder.file("log"))
    #expect(outcome.status == 1)
    #expect(outcome.message.contains("diverged"))
    #expect(outcome.message.contains("--learning-rate"))
    #expect(try Data(contentsOf: URL(fileURLWithPath: model)) == Data([1, 2, 3]))
    let log = try String(contentsOfFile: folder.file("log"), encoding: .utf8)
    let end = try object(try #require(log.split(separator: "\n").last))
    #expect(end["stopped"] as? String == "diverged")
    let iteration = try #require(end["diverged_iteration"] as? Int)
    let layer = try #require(end["diverged_layer"] as? Int)
    #expect(end["iterations"] as? Int == iteration - 1)
    let place = try #require(end["diverged_place"] as? String)
    #expect(
      outcome.message.contains(
        "iteration \(iteration), in epoch 1: the \(place) of layer \(layer) are not finite"))
    #expect(outcome.message.contains("the results are those of the weights"))
  }

  @Test static func whatCannotBeWrittenIsFoundOutBeforeTraining() throws {
    let data = try SmallDataset.shared()
    let folder = try TemporaryFolder()
    let log = try folder.write("old\n".utf8, as: "log")
    for arguments in [
      ["--save", folder.path, "--log", log], ["--save", folder.file("no/model"), "--log", log],
      ["--log", folder.path], ["--log", folder.file("no/log")],
    ] {
      let outcome = try MNISTProgram.run(["--data", data.path] + arguments)
      #expect(outcome.status == 1)
      #expect(outcome.output == "")
      #expect(outcome.message.contains(folder.path))
    }
    #expect(try folder.contents == ["log"])
    #expect(try String(contentsOfFile: log, encoding: .utf8) == "old\n")
  }

  @Test static func aNetworkThatCannotFitIntoMemoryIsRefused() throws {
    let data = try SmallDataset.shared()
    let layers = Array(repeating: "65536", count: 32).joined(separator: ",")
    let outcome = try mnist("--data", data.path, "--hidden", layers)
    #expect(outcome.status == 2)
    #expect(outcome.message.contains("--hidden"))
    #expect(outcome.message.contains("of memory"))
  }
}

/// A model that cannot be saved does not cost the log its last line.
@Test(.enabled(if: File.exists("/dev/full"), "this system has no /dev/full"))
func aFailedSaveLeavesAWholeLog() throws {
  let folder = try TemporaryFolder()
  let log = folder.file("run.jsonl")
  let outcome = try mnist(
    "--embedded", "--hidden", "none", "--epochs", "1", "--threads", "2", "--save", "/dev/full",
    "--log", log)
  #expect(outcome.status == 1)
  #expect(outcome.message.contains("/dev/full"))
  let text = String(decoding: try File.read(log), as: UTF8.self)
  #expect(text.split(separator: "\n").last?.contains("\"event\":\"end\"") == true)
}
