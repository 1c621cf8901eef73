import Randomness
import Testing

struct KnownAnswer: Sendable {
  let counter: SIMD4<UInt32>
  let key: SIMD2<UInt32>
  let block: SIMD4<UInt32>

  /// The philox4x32-10 vectors of the authors' Random123 library (kat_vectors).
  static let published = [
    KnownAnswer(
      counter: SIMD4(0, 0, 0, 0), key: SIMD2(0, 0),
      block: SIMD4(0x6627_e8d5, 0xe169_c58d, 0xbc57_ac4c, 0x9b00_dbd8)),
    KnownAnswer(
      counter: SIMD4(repeating: 0xffff_ffff), key: SIMD2(repeating: 0xffff_ffff),
      block: SIMD4(0x408f_276d, 0x41c8_3b0e, 0xa20b_c7c6, 0x6d54_51fd)),
    KnownAnswer(
      counter: SIMD4(0x243f_6a88, 0x85a3_08d3, 0x1319_8a2e, 0x0370_7344),
      key: SIMD2(0xa409_3822, 0x299f_31d0),
      block: SIMD4(0xd16c_fe09, 0x94fd_cceb, 0x5001_e420, 0x2412_6ea1)),
  ]
}

@Test(arguments: KnownAnswer.published)
func philoxMatchesItsPublishedVectors(_ answer: KnownAnswer) {
  #expect(Philox.block(counter: answer.counter, key: answer.key) == answer.block)
}

@Test func streamsOfDifferentPurposesSeedsAndCoordinatesDiffer() {
  var streams = [
    RandomStream(seed: 1, purpose: .shuffle),
    RandomStream(seed: 2, purpose: .shuffle),
    RandomStream(seed: 1 << 32, purpose: .shuffle),
    RandomStream(seed: 1, purpose: .split),
    RandomStream(seed: 1, purpose: .shuffle, coordinate: 1),
    RandomStream(seed: 1, purpose: .shuffle, coordinate: 1 << 32),
  ]
  let firstNumbers = Set(streams.indices.map { streams[$0].next() })
  #expect(firstNumbers.count == streams.count)
}

@Test(arguments: [1, 2, 3, 10, 257, 60_000] as [UInt32])
func uniformIntegersStayBelowTheirBoundAndFillIt(bound: UInt32) {
  var random = RandomStream(seed: 7, purpose: .shuffle)
  var counts = [Int](repeating: 0, count: Int(min(bound, 10)))
  for _ in 0..<10_000 {
    let number = random.uniform(below: bound)
    #expect(number < bound)
    counts[Int(UInt64(number) * UInt64(counts.count) / UInt64(bound))] += 1
  }
  // Ten equal bins of 10,000 draws: mean 1,000, standard deviation 30; 6 σ on either side.
  let expected = 10_000 / counts.count
  #expect(counts.allSatisfy { abs($0 - expected) <= 180 || counts.count < 10 })
}

@Test func shufflesArePermutationsAndDependOnTheSeed() {
  for count in [0, 1, 2, 3, 100] {
    var elements = (0..<Int32(count)).map { $0 }
    var random = RandomStream(seed: 3, purpose: .shuffle)
    random.shuffle(&elements)
    #expect(elements.sorted() == (0..<Int32(count)).map { $0 })
  }
  var first = (0..<Int32(100)).map { $0 }
  var second = first
  var randomOne = RandomStream(seed: 1, purpose: .shuffle)
  var randomTwo = RandomStream(seed: 2, purpose: .shuffle)
  randomOne.shuffle(&first)
  randomTwo.shuffle(&second)
  #expect(first != second)
}
