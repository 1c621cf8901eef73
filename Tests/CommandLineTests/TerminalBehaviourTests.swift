import Foundation
import TestSupport
import Testing

/// A pseudo-terminal: what a program writes into it can be read from this side.
private final class PseudoTerminal {
  let controller: Int32
  let terminal: Int32

  init(columns: UInt16) throws {
    controller = open("/dev/ptmx", O_RDWR | O_NOCTTY)
    try #require(controller >= 0)
    #if os(Linux)
      // What unlockpt and ptsname do, which Swift does not see on Linux: TIOCSPTLCK, TIOCGPTN.
      var number: Int32 = 0
      try #require(ioctl(controller, 0x4004_5431, &number) == 0)
      try #require(ioctl(controller, 0x8004_5430, &number) == 0)
      let name = "/dev/pts/\(number)"
    #else
      try #require(grantpt(controller) == 0 && unlockpt(controller) == 0)
      let name = String(cString: try #require(ptsname(controller)))
    #endif
    terminal = open(name, O_RDWR | O_NOCTTY)
    try #require(terminal >= 0)
    var size = winsize(ws_row: 24, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0)
    try #require(ioctl(terminal, UInt(TIOCSWINSZ), &size) == 0)
  }

  deinit { close(controller) }

  /// Everything the process writes until it ends.
  func transcript(of process: Process) throws -> String {
    let handle = FileHandle(fileDescriptor: terminal, closeOnDealloc: false)
    process.standardOutput = handle
    process.standardError = handle
    try process.run()
    // With this side's copy closed, reading ends when the process does.
    close(terminal)
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 4096)
    while true {
      let count = read(controller, &buffer, buffer.count)
      if count <= 0 { break }
      bytes += buffer[..<count]
    }
    process.waitUntilExit()
    return String(decoding: bytes, as: UTF8.self)
  }
}

extension CommandLineTests {
  /// Long enough epochs for the live line to be refreshed.
  private static func slowRun(_ data: SmallDataset, epochs: Int) -> [String] {
    [
      "--data", data.path, "--hidden", "1024,1024", "--epochs", "\(epochs)", "--seed", "1",
      "--batch-size", "16", "--learning-rate", "0.001",
    ]
  }

  @Test static func aTerminalGetsOneLiveLineAtALimitedRate() throws {
    let data = try SmallDataset.shared()
    let start = ContinuousClock.now
    let text = try PseudoTerminal(columns: 72).transcript(
      of: MNISTProgram.process(slowRun(data, epochs: 2)))
    let seconds = Double((ContinuousClock.now - start) / .milliseconds(1)) / 1000
    let live = text.split(separator: "\r").filter { $0.contains(" left") }
    #expect(!live.isEmpty)
    #expect(Double(live.count) <= 10 * seconds + 1)
    for line in live {
      #expect(line.count <= 71)
      #expect(line.contains(/epoch [12]\/2 [━─]* +\d+ %  [\d,]+ samples\/s  loss \d/), "\(line)")
    }
    // Dim heading, bold accuracy: this terminal has colours.
    #expect(text.contains("\u{1B}[2m"))
    #expect(text.contains("\u{1B}[1m"))
    #expect(text.contains("\r\nepoch 2/2") || text.contains("\repoch 2/2"))
  }

  @Test static func coloursAreRefusedByTheEnvironment() throws {
    let data = try SmallDataset.shared()
    let arguments = ["--data", data.path, "--hidden", "8", "--epochs", "1", "--seed", "1"]
    for environment in [["NO_COLOR": "1"], ["TERM": "dumb"]] {
      let text = try PseudoTerminal(columns: 80).transcript(
        of: MNISTProgram.process(arguments, environment: environment))
      #expect(text.contains("test accuracy"))
      #expect(!text.contains("\u{1B}"))
    }
  }

  @Test static func controlCStopsSavesAndSaysSo() throws {
    let data = try SmallDataset.shared()
    let folder = try TemporaryFolder()
    let model = folder.file("model")
    let log = folder.file("log")
    let process = try MNISTProgram.process(
      slowRun(data, epochs: 10_000) + ["--save", model, "--log", log])
    let output = Pipe()
    let errors = Pipe()
    process.standardOutput = output
    process.standardError = errors
    try process.run()
    var text = ""
    while !text.contains("epoch     1/10000") {
      let part = output.fileHandleForReading.availableData
      if part.isEmpty { break }
      text += String(decoding: part, as: UTF8.self)
    }
    process.interrupt()
    text += String(
      decoding: try output.fileHandleForReading.readToEnd() ?? Data(), as: UTF8.self)
    process.waitUntilExit()
    #expect(process.status == 130)
    let result = try #require(text.split(separator: "\n").first { $0.hasPrefix("test accuracy") })
    #expect(text.hasSuffix("model saved to \(model)\n"))
    let notice = try errors.fileHandleForReading.readToEnd() ?? Data()
    #expect(String(decoding: notice, as: UTF8.self).contains("stopped after"))
    let end = try #require(
      try String(contentsOfFile: log, encoding: .utf8).split(separator: "\n").last)
    #expect(try object(end)["stopped"] as? String == "interrupted")
    let evaluation = try mnist("evaluate", "--model", model, "--data", data.path)
    #expect(evaluation.lines.last == result)
  }

  @Test static func aReaderThatLeavesEndsTheRunQuietly() throws {
    let data = try SmallDataset.shared()
    let process = try MNISTProgram.process(slowRun(data, epochs: 10_000))
    let output = Pipe()
    let errors = Pipe()
    process.standardOutput = output
    process.standardError = errors
    try process.run()
    _ = output.fileHandleForReading.availableData
    try output.fileHandleForReading.close()
    process.waitUntilExit()
    #expect(process.status == 141)
    #expect(try errors.fileHandleForReading.readToEnd() ?? Data() == Data())
  }

  @Test static func aClosedStandardOutputDoesNotEndUpInTheLog() throws {
    let data = try SmallDataset.shared()
    let folder = try TemporaryFolder()
    let process = try MNISTProgram.process([])
    let program = try #require(MNISTProgram.path)
    process.executableURL = URL(fileURLWithPath: "/bin/sh")
    process.arguments = [
      "-c", "exec \"$0\" \"$@\" >&- 2>&-", program, "--data", data.path, "--hidden", "none",
      "--epochs", "1", "--log", folder.file("log"),
    ]
    try process.run()
    process.waitUntilExit()
    #expect(process.status == 0)
    let lines = try String(contentsOfFile: folder.file("log"), encoding: .utf8)
      .split(separator: "\n")
    #expect(lines.count == 3)
    #expect(lines.allSatisfy { (try? object($0)) != nil })
  }
}
