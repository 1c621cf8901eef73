import Foundation
import TestSupport
import Testing

/// How a run of the built program ended.
struct Outcome: Sendable {
  let status: Int32
  let output: String
  let errors: String

  var lines: [Substring] { output.split(separator: "\n") }
  /// Standard error without the line breaks that keep it within the width.
  var message: String { errors.split(separator: "\n").joined(separator: " ") }
}

/// The program that the package built, run as a process of its own.
enum MNISTProgram {
  static let path = BuiltProgram.path("mnist")

  /// A process that has not been started, in an environment that knows no data and no colours.
  static func process(
    _ arguments: [String], environment: [String: String] = [:], folder: String? = nil
  ) throws -> Process {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: try #require(path, "mnist is not built"))
    process.arguments = arguments
    process.environment = [
      "HOME": "/nonexistent", "LANG": "C.UTF-8", "TERM": "xterm",
    ].merging(environment) { $1 }
    if let folder { process.currentDirectoryURL = URL(fileURLWithPath: folder) }
    process.standardInput = FileHandle.nullDevice
    return process
  }

  /// Runs the program to its end.
  static func run(
    _ arguments: [String], environment: [String: String] = [:], folder: String? = nil
  ) throws -> Outcome {
    let process = try process(arguments, environment: environment, folder: folder)
    // Files, not pipes: nothing has to be read while the program runs.
    let files = try TemporaryFolder()
    let output = try FileHandle(forWritingTo: URL(fileURLWithPath: files.write([], as: "out")))
    let errors = try FileHandle(forWritingTo: URL(fileURLWithPath: files.write([], as: "err")))
    process.standardOutput = output
    process.standardError = errors
    try process.run()
    process.waitUntilExit()
    return Outcome(
      status: process.status,
      output: try String(contentsOfFile: files.file("out"), encoding: .utf8),
      errors: try String(contentsOfFile: files.file("err"), encoding: .utf8))
  }
}

extension Process {
  /// The exit status as a shell shows it: 128 more than a signal's number.
  var status: Int32 {
    terminationReason == .exit ? terminationStatus : 128 + terminationStatus
  }
}

func mnist(_ arguments: String..., environment: [String: String] = [:]) throws -> Outcome {
  try MNISTProgram.run(arguments, environment: environment)
}

/// Every test here starts processes that use all cores, so they run one after the other.
@Suite(.serialized) enum CommandLineTests {}
