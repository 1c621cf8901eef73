import Foundation
import TestSupport
import Testing

/// The step allocates nothing: a run of 1,000 iterations makes no more allocations than one of 100.
@Suite struct AllocationTests {
  @Test func theStepAllocatesNothing() throws {
    let probe = try #require(BuiltProgram.path("AllocationProbe"), "AllocationProbe is not built")
    let process = Process()
    process.executableURL = URL(fileURLWithPath: probe)
    let output = Pipe()
    process.standardOutput = output
    try process.run()
    let text = String(
      decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    #expect(process.terminationStatus == 0)
    let lines = text.split(separator: "\n").map { $0.split(separator: " ") }
    #expect(lines.count == 8)
    for (short, long) in zip(lines, lines.dropFirst()).enumerated().filter({ $0.offset % 2 == 0 })
      .map(\.element)
    {
      #expect((short[2], long[2]) == ("100", "1000"))
      // Equal but for what Dispatch allocates when it happens to start a thread, and for a few
      // objects each tenth of a second; one for each of the 900 more steps would be 900.
      let difference = try #require(Int(long[3])) - #require(Int(short[3]))
      #expect(abs(difference) < 30, "threads and averaging: \(short[0]), \(short[1])")
    }
  }
}
