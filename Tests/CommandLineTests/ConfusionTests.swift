import Foundation
import TestSupport
import Testing

extension CommandLineTests {
  @Test static func theConfusionMatrixAddsUpToTheAccuracy() throws {
    let data = try SmallDataset.shared()
    let folder = try TemporaryFolder()
    let file = folder.file("confusion.json")
    let outcome = try mnist(
      "evaluate", "--model", data.model, "--data", data.path, "--confusion", file)
    #expect(outcome.status == 0)
    #expect(outcome.lines.last == "confusion matrix saved to \(file)")
    let matrix = try #require(
      JSONSerialization.jsonObject(with: Data(contentsOf: URL(fileURLWithPath: file)))
        as? [String: Any])
    #expect(matrix["event"] as? String == "confusion")
    let counts = try #require(matrix["counts"] as? [[Int]])
    #expect(counts.count == 10 && counts.allSatisfy { $0.count == 10 })
    #expect(counts.joined().reduce(0, +) == SmallDataset.testCount)
    let right = counts.indices.reduce(0) { $0 + counts[$1][$1] }
    let result = try #require(outcome.lines.first { $0.hasPrefix("test accuracy") })
    #expect(result.contains("(\(right) of "))
  }

  @Test static func aConfusionMatrixThatCannotBeWrittenIsAnErrorAtOnce() throws {
    let data = try SmallDataset.shared()
    let outcome = try mnist(
      "evaluate", "--model", data.model, "--data", data.path, "--confusion", "/nonexistent/file")
    #expect(outcome.status == 1)
    #expect(outcome.errors.contains("/nonexistent"))
    #expect(outcome.output.isEmpty)
  }
}
