import Foundation
import TestSupport
import Testing

@testable import FileSystem
@testable import Terminal

/// What reaches the other end of a pipe while `body` writes into it.
func captured(_ body: (TextOutput) -> Void) throws -> String {
  let pipe = Pipe()
  body(TextOutput(descriptor: pipe.fileHandleForWriting.fileDescriptor))
  try pipe.fileHandleForWriting.close()
  return String(decoding: try pipe.fileHandleForReading.readToEnd() ?? Data(), as: UTF8.self)
}

let terminal = TerminalCapabilities(
  isTerminal: true, width: 20, hasColors: false, hasUnicode: true)

@Test func streamsWriteEverythingAtOnce() throws {
  let text = try captured { stream in
    stream.write("one ")
    stream.writeLine("zwei ü")
    stream.writeLine()
    #expect(stream.failure == nil)
  }
  #expect(text == "one zwei ü\n\n")
}

@Test func aReaderThatLeftIsRememberedAndNotFatal() throws {
  TextOutput.prepareStandardStreams()
  let pipe = Pipe()
  try pipe.fileHandleForReading.close()
  let stream = TextOutput(descriptor: pipe.fileHandleForWriting.fileDescriptor)
  stream.writeLine("lost")
  #expect(stream.isBrokenPipe)
  stream.writeLine("also lost")
  #expect(stream.failure == EPIPE)
  let closed = TextOutput(descriptor: -1)
  closed.write("x")
  #expect(closed.failure == EBADF)
  #expect(!closed.isBrokenPipe)
}

@Test func theLiveLineRefreshesTenTimesASecondAtMost() throws {
  let text = try captured { stream in
    let line = LiveLine(stream: stream, capabilities: terminal)
    let start = ContinuousClock.now
    var calls = 0
    for milliseconds in 0..<1000 {
      line.update(now: start + .milliseconds(milliseconds)) { width in
        #expect(width == 19)
        calls += 1
        return "\(calls)"
      }
    }
    #expect(calls == 10)
  }
  #expect(text.filter { $0 == "\r" }.count == 10)
}

@Test func theLiveLineCoversWhatItShowedAndStaysInItsWidth() throws {
  let text = try captured { stream in
    let line = LiveLine(stream: stream, capabilities: terminal)
    let start = ContinuousClock.now
    line.clear()
    line.update(now: start) { _ in String(repeating: "x", count: 50) }
    line.update(now: start + .seconds(1)) { _ in "short" }
    line.clear()
    line.clear()
  }
  #expect(
    text == "\r" + String(repeating: "x", count: 19)
      + "\rshort" + String(repeating: " ", count: 14) + "\r     \r")
  #expect(!text.contains("\u{1B}"))
}

@Test func offATerminalThereIsNoLiveLine() throws {
  let text = try captured { stream in
    let line = LiveLine(
      stream: stream,
      capabilities: .init(isTerminal: false, width: 80, hasColors: false, hasUnicode: true))
    line.update { _ in
      Issue.record("the line must not be made")
      return "x"
    }
    line.clear()
  }
  #expect(text == "")
}

@Test func coloursObeyTheEnvironment() {
  func wantsColors(_ variables: [String: String]) -> Bool {
    TerminalCapabilities.wantsColors { variables[$0] }
  }
  #expect(wantsColors(["TERM": "xterm"]))
  #expect(!wantsColors(["TERM": "xterm", "NO_COLOR": "1"]))
  #expect(wantsColors(["TERM": "xterm", "NO_COLOR": ""]))
  #expect(!wantsColors(["TERM": "dumb"]))
  #expect(!wantsColors([:]))
  #expect(TerminalCapabilities.usesUTF8 { ["LANG": "de_DE.UTF-8"][$0] })
  #expect(TerminalCapabilities.usesUTF8 { ["LC_ALL": "C.utf8", "LANG": "C"][$0] })
  #expect(!TerminalCapabilities.usesUTF8 { ["LC_ALL": "C", "LANG": "C.utf8"][$0] })
  #expect(!TerminalCapabilities.usesUTF8 { _ in nil })
}

@Test func aPipeIsNoTerminal() throws {
  let pipe = Pipe()
  let capabilities = TerminalCapabilities(
    descriptor: pipe.fileHandleForWriting.fileDescriptor
  ) { ["TERM": "xterm", "LANG": "en_US.UTF-8"][$0] }
  #expect(
    capabilities
      == .init(isTerminal: false, width: 80, hasColors: false, hasUnicode: true))
}

@Test func jsonLinesAreInTheFileAtOnceAndReplaceItOnlyWhenWritten() throws {
  let folder = try TemporaryFolder()
  let path = try folder.write("old contents, longer than the new\n".utf8, as: "log.jsonl")
  let writer = try JSONLinesWriter(path: path)
  #expect(try String(contentsOfFile: path, encoding: .utf8).hasPrefix("old"))
  try writer.write([("event", .string("start"))])
  #expect(try String(contentsOfFile: path, encoding: .utf8) == "{\"event\":\"start\"}\n")
  try writer.write([("event", .string("end"))])
  #expect(
    try String(contentsOfFile: path, encoding: .utf8)
      == "{\"event\":\"start\"}\n{\"event\":\"end\"}\n")
}

@Test func aLogThatCannotBeOpenedIsReported() throws {
  let folder = try TemporaryFolder()
  #expect(throws: FileError.isDirectory(path: folder.path)) {
    try JSONLinesWriter(path: folder.path)
  }
  let missing = folder.file("missing/log.jsonl")
  #expect(throws: FileError.failed(.open, path: missing, errorNumber: ENOENT)) {
    try JSONLinesWriter(path: missing)
  }
  if File.exists("/dev/full") {
    let full = try JSONLinesWriter(path: "/dev/full")
    #expect(throws: FileError.failed(.write, path: "/dev/full", errorNumber: ENOSPC)) {
      try full.write([("event", .string("start"))])
    }
  }
}
