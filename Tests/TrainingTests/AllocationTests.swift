import Foundation
import TestSupport
import Testing

/// The step allocates nothing: a run of 1,000 iterations makes as many allocations as one of 100,
/// on one thread and on several.
///
/// Two runs of the very same work differ by one or two, which are not the step's: a list of the
/// setup that grows takes all of the block that malloc gave it, so that it grows once more or less
/// often; and of Dispatch's 64-byte records for a `concurrentPerform`, each thread keeps the old
/// ones for the next. So both runs are repeated in turn, and the ranges of their counts must meet.
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
    try #require(lines.count == 24)
    for pair in stride(from: 0, to: lines.count, by: 2) {
      let (short, long) = (lines[pair], lines[pair + 1])
      let name = "threads and averaging: \(short[0]), \(short[1])"
      #expect((short[2], long[2]) == ("100", "1000"))
      let mostOfShort = try #require(Int(short[4]))
      let fewestOfLong = try #require(Int(long[3]))
      #expect(mostOfShort > 0, "\(name): nothing was counted")
      #expect(fewestOfLong <= mostOfShort, "\(name)")
    }
  }
}
