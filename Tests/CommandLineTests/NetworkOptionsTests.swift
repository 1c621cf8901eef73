import Foundation
import NeuralNetwork
import TestSupport
import Testing

@testable import mnist

extension CommandLineTests {
  /// The options reach the network, the log, the model and the checkpoint, and a run that goes on
  /// takes them over.
  @Test static func networkOptions() throws {
    let folder = try TemporaryFolder()
    let data = try SmallDataset.shared()
    let checkpoint = folder.file("run.ckpt")
    let model = folder.file("model.safetensors")
    let log = folder.file("log.jsonl")
    let first = try mnist(
      "--data", data.path, "--hidden", "16,12", "--activation", "maxout:3,leaky-relu:0.1",
      "--dropout", "0.25", "--input-dropout", "0.1", "--init", "xavier-normal", "--epochs", "2",
      "--seed", "4", "--schedule", "constant", "--checkpoint", checkpoint, "--save", model,
      "--log", log)
    #expect(first.status == 0, "\(first.errors)")
    #expect(first.output.contains("maxout:3"))
    #expect(first.output.contains("leaky-relu:0.1"))
    let line = try #require(
      try String(contentsOfFile: log, encoding: .utf8).split(separator: "\n").first)
    let start = try object(line)
    #expect(start["activations"] as? [String] == ["maxout:3", "leaky-relu:0.1", "identity"])
    #expect(start["dropout"] as? [Double] == [0.1, 0.25, 0.25, 0])
    #expect(start["initializer"] as? String == "xavier-normal")
    #expect(start["parameter_count"] as? Int == 785 * 48 + 17 * 12 + 13 * 10)

    for file in [model, checkpoint] {
      let info = try mnist("info", file)
      #expect(info.status == 0)
      // Lines are wrapped.
      let text = info.lines.map { $0.trimmingCharacters(in: .whitespaces) }.joined(separator: " ")
      #expect(text.contains("maxout:3, leaky-relu:0.1, identity"))
      #expect(text.contains("0.1, 0.25, 0.25, 0"))
    }
    let evaluation = try mnist("evaluate", "--data", data.path, "--model", model)
    #expect(evaluation.status == 0, "\(evaluation.errors)")

    let resumed = try mnist(
      "train", "--data", data.path, "--resume", checkpoint, "--epochs", "3", "--quiet")
    #expect(resumed.status == 0, "\(resumed.errors)")
    for (options, field) in [
      (["--activation", "tanh"], "activations"), (["--dropout", "0.5"], "dropout"),
      (["--input-dropout", "0"], "dropout"), (["--init", "he"], "initializer"),
      (["--hidden", "16"], "network"),
    ] {
      let other = try MNISTProgram.run(
        ["train", "--data", data.path, "--resume", checkpoint, "--epochs", "3"] + options)
      #expect(other.status != 0)
      #expect(other.message.contains("not one of this run: \(field): "), "\(other.errors)")
    }
  }
}
