import FileSystem
import Foundation
import TestSupport
import Testing

@testable import mnist

extension CommandLineTests {
  /// The rows of each experiment, and its columns in the log.
  @Test(arguments: [
    (
      "depth", 12,
      ["network", "hidden_layers", "parameters", "training_loss", "test_accuracy", "seconds"]
    ),
    (
      "width", 10,
      ["hidden_units", "parameters", "training_loss", "test_accuracy", "seconds_per_epoch"]
    ),
    (
      "batch-size", 11,
      [
        "batch_size", "learning_rate", "updates_per_epoch", "seconds_per_epoch",
        "accuracy_after_epochs", "accuracy_after_time", "epochs_in_time",
      ]
    ),
    (
      "vanishing", 9,
      [
        "layer", "sigmoid_before", "sigmoid_after", "relu_before", "relu_after",
        "sigmoid_accuracy", "relu_accuracy",
      ]
    ),
  ])
  static func anExperimentPrintsATableAndLogsIt(
    name: String, rows: Int, fields: [String]
  ) throws {
    let folder = try TemporaryFolder()
    let log = folder.file("log")
    let outcome = try mnist(
      "experiment", name, "--data", try SmallDataset.shared().path, "--seed", "3", "--log", log)
    #expect(outcome.status == 0 && outcome.errors == "", "\(outcome.errors)")
    #expect(outcome.output.hasPrefix("\(name): "))
    #expect(outcome.lines.allSatisfy { $0.count <= 100 })
    let lines = try String(contentsOfFile: log, encoding: .utf8).split(separator: "\n")
    try #require(lines.count == rows + 2)
    let start = try object(lines[0])
    #expect(start["event"] as? String == "experiment" && start["experiment"] as? String == name)
    #expect(start["seed"] as? Int == 3 && start["dataset"] as? String == "MNIST")
    #expect(try object(lines[rows + 1])["event"] as? String == "end")
    for line in lines[1...rows] { #expect(fieldNames(line) == ["event"] + fields) }
    // The table is the last thing printed, with a heading.
    #expect(outcome.lines.count >= rows + 3)
    let again = try mnist(
      "experiment", name, "--data", try SmallDataset.shared().path, "--seed", "3", "--threads",
      "3", "--log", log)
    #expect(again.status == 0)
    // Whatever is no time is the same on any number of threads.
    let others = try String(contentsOfFile: log, encoding: .utf8).split(separator: "\n")
    for (line, other) in zip(lines[1...rows], others[1...rows]) {
      let (found, expected) = (try object(other), try object(line))
      for field in fields where !field.contains("seconds") && !field.contains("time") {
        #expect(found[field] as? NSObject == expected[field] as? NSObject, "\(field)")
      }
    }
  }

  /// XOR, polygons and a disc, which more hidden units draw better, or as well; points of its own.
  @Test static func boundariesAreDrawn() throws {
    let folder = try TemporaryFolder()
    let log = folder.file("log")
    let outcome = try mnist("experiment", "boundary", "--log", log)
    #expect(outcome.status == 0 && outcome.errors == "", "\(outcome.errors)")
    #expect(outcome.lines.allSatisfy { $0.count <= 100 })
    // Two pictures side by side of each of three shapes.
    #expect(outcome.lines.count { $0.contains("#") } > 30)
    let rows = try String(contentsOfFile: log, encoding: .utf8).split(separator: "\n")
      .dropFirst().dropLast()
    try #require(rows.count == 6)
    for line in rows {
      let row = try object(line)
      #expect(try #require(row["accuracy"] as? Double) > 0.95)
      #expect((row["classes"] as? [String])?.map(\.count) == Array(repeating: 44, count: 22))
    }
    let images = try mnist("experiment", "boundary", "--embedded")
    #expect(images.status == 2)
    #expect(images.errors.contains("--embedded has no effect on the experiment boundary"))
  }

  /// The lectures' point: through eight layers of sigmoids less than a hundredth of the gradient
  /// arrives, of ReLU it is of one order.
  @Test static func gradientsVanishThroughSigmoids() throws {
    let folder = try TemporaryFolder()
    let log = folder.file("log")
    try #require(
      try mnist(
        "experiment", "vanishing", "--data", try SmallDataset.shared().path, "--log", log
      ).status == 0)
    let rows = try String(contentsOfFile: log, encoding: .utf8).split(separator: "\n")
      .dropFirst().dropLast().map(object)
    func share(_ field: String) throws -> Double {
      let norms = rows.compactMap { $0[field] as? Double }
      try #require(norms.count == 9)
      return norms[1] / norms[8]
    }
    #expect(try share("sigmoid_before") < 0.01)
    #expect(try share("relu_before") > 0.1)
  }

  /// Thin networks have no more parameters than their width allows, and nearly those of fat ones.
  @Test static func deepNetworksHaveNearlyTheParametersOfTheShallow() throws {
    let folder = try TemporaryFolder()
    let log = folder.file("log")
    try #require(
      try mnist(
        "experiment", "depth", "--data", try SmallDataset.shared().path, "--log", log
      ).status == 0)
    let rows = try String(contentsOfFile: log, encoding: .utf8).split(separator: "\n")
      .dropFirst().dropLast().map(object)
    for group in stride(from: 0, to: rows.count, by: 4) {
      let counts = rows[group..<group + 4].compactMap { $0["parameters"] as? Int }
      let shallow = Double(counts[0])
      // Half a unit of the first layer, which has nearly all parameters.
      #expect(counts.allSatisfy { abs(Double($0) - shallow) <= 900 })
    }
  }
}
