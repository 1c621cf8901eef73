import Foundation
import ScalingModel
import Terminal
import TestSupport
import Testing

@testable import BenchmarkSupport

@Suite struct ReportTests {
  private func measured(_ id: String, _ values: [Double]) -> Measured {
    Measured(
      id: id, figure: "samples_per_second", spread: Spread(values),
      members: [("model", .string("A")), ("threads", .integer(2))])
  }

  /// What a report with some measurements is in the file.
  private func file(_ measurements: [Measured]) -> [UInt8] {
    let machine = Machine(kernels: [])
    let report = JSONValue.object([
      ("machine", machine.json),
      (
        "measurements",
        .array(
          measurements.map {
            $0.json(benchmark: "test", machine: machine, kernel: "avx2", seed: 1)
          })
      ),
    ])
    return Array(report.text.utf8)
  }

  @Test func aMeasurementSaysWhatAndOnWhat() throws {
    let bytes = file([measured("A, 2 threads", [3, 1, 2])])
    let report = try #require(
      JSONSerialization.jsonObject(with: Data(bytes)) as? [String: Any])
    let entry = try #require((report["measurements"] as? [[String: Any]])?.first)
    #expect(
      Set(entry.keys) == [
        "id", "benchmark", "kernel", "figure", "samples_per_second", "model", "threads", "machine",
        "versions",
      ])
    let figure = try #require(entry["samples_per_second"] as? [String: Any])
    #expect(figure["median"] as? Double == 2)
    #expect(figure["min"] as? Double == 1)
    #expect(figure["max"] as? Double == 3)
    #expect(figure["values"] as? [Double] == [3, 1, 2])
    #expect((figure["interval"] as? [Double])?.count == 2)
    let machine = try #require(entry["machine"] as? [String: Any])
    for field in ["processor", "cores_seen", "cores_usable", "kernel", "system"] {
      #expect(machine[field] != nil, "\(field)")
    }
    #expect((entry["versions"] as? [String: Any])?["swift"] is String)
  }

  @Test func changesOutsideTheNoiseAreMarked() throws {
    let noise = (0..<15).map { 100 + Double($0 % 5) }
    let old = try OldReport(
      file([
        measured("same", noise), measured("faster", noise), measured("slower", noise),
        measured("gone", noise),
      ]), path: "old.json")
    let comparison = Comparison(
      of: [
        measured("same", noise), measured("faster", noise.map { 1.2 * $0 }),
        measured("slower", noise.map { 0.8 * $0 }), measured("new", noise),
      ], with: old, seed: 1)
    #expect(comparison.rows.map(\.change) == [nil, "faster", "slower"])
    #expect(comparison.onlyNew == ["new"])
    #expect(comparison.onlyOld == ["gone"])
    let text = comparison.lines.joined(separator: "\n")
    #expect(text.contains("* faster") && text.contains("2 of 3 are outside the noise"))
    #expect(comparison.lines.allSatisfy { $0.count <= 100 })
  }

  @Test func withTimesLessIsFaster() throws {
    func time(_ values: [Double]) -> Measured {
      Measured(
        id: "x", figure: "milliseconds", isBetterWhenLess: true, spread: Spread(values),
        members: [])
    }
    let old = try OldReport(file([time([5, 5, 5])]), path: "old.json")
    #expect(Comparison(of: [time([4, 4, 4])], with: old, seed: 1).rows[0].change == "faster")
  }

  @Test(arguments: [
    ("", "expected JSON"), ("[1]", "an object"), ("{}", "measurements with an \"id\""),
    (#"{"measurements":[{"id":"x"}]}"#, "a figure and its values"),
    (#"{"measurements":[{"id":"x","figure":"f","f":{"values":[null]}}]}"#, "are numbers"),
    (#"{"measurements":[{"id":"x","figure":"f","f":{"values":[]}}]}"#, "are numbers"),
  ])
  func whatIsNoReportIsRefused(text: String, message: String) {
    let error = #expect(throws: OldReport.Failure.self) {
      try OldReport(Array(text.utf8), path: "file")
    }
    #expect(error.map { "\($0)".contains(message) } ?? false)
  }
}
