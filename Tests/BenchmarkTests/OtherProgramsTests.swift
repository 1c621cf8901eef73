import Testing

@testable import BenchmarkSupport

@Suite struct OtherProgramsTests {
  @Test func theSystemsTimesAreUnderstood() throws {
    let times = try #require(
      OtherPrograms.parse("cpu  100 20 30 1000 50 5 6 39 7 0\ncpu0 1 2 3 4 5 6 7 8 9 0\n"))
    #expect(times.busy == 2)
    #expect(times.all == 12.5)
    for text in ["", "cpu", "cpu 1 2 3", "cpu a b c d e f g h", "x 1 2 3 4 5 6 7 8"] {
      #expect(OtherPrograms.parse(text) == nil)
    }
  }

  @Test func whatThisProcessTookIsNotOthers() {
    let start = OtherPrograms.Times(busy: 10, all: 100, own: 5)
    let end = OtherPrograms.Times(busy: 16, all: 120, own: 9)
    #expect(OtherPrograms.share(from: start, to: end) == 0.1)
    #expect(OtherPrograms.share(from: start, to: start) == nil)
    // Clocks of unequal steps: no share is below zero.
    let odd = OtherPrograms.Times(busy: 12, all: 120, own: 9)
    #expect(OtherPrograms.share(from: start, to: odd) == 0)
  }
}
