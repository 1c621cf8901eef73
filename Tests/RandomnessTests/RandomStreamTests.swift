import Randomness
import Testing

/// How seeds, purposes and coordinates become random numbers: part of the contract on numbers, so
/// that nothing here may ever change. The numbers are those of a few lines of Python over the
/// generator of `KnownAnswer`, written from the doc comments of `RandomStream` alone.
@Suite struct RandomStreamTests {
  @Test func purposesKeepTheirNumbers() {
    #expect(RandomPurpose.shuffle.rawValue == 1)
    #expect(RandomPurpose.initialization.rawValue == 2)
    #expect(RandomPurpose.split.rawValue == 3)
    #expect(RandomPurpose.embeddedDigits.rawValue == 4)
    #expect(RandomPurpose.dropout.rawValue == 5)
  }

  /// Key: the seed. Counter: block, coordinate (low, high), purpose. Each block's words in order.
  @Test(
    arguments: [.shuffle, .initialization, .split, .embeddedDigits] as [RandomPurpose],
    [0, 1, 0xFEDC_BA98_7654_3210] as [UInt64])
  func aStreamIsTheBlocksOfItsCounters(purpose: RandomPurpose, number: UInt64) {
    let low = UInt32(truncatingIfNeeded: number)
    let high = UInt32(truncatingIfNeeded: number >> 32)
    var words = RandomStream(seed: number, purpose: purpose, coordinate: number)
    var pairs = words
    for block in 0..<5 as Range<UInt32> {
      let expected = Philox.block(
        counter: SIMD4(block, low, high, purpose.rawValue), key: SIMD2(low, high))
      for index in 0..<4 { #expect(words.nextWord() == expected[index]) }
      for index in [0, 2] {
        #expect(pairs.next() == UInt64(expected[index + 1]) << 32 | UInt64(expected[index]))
      }
    }
  }

  @Test func uniformNumbersAreTheUpper24Bits() {
    var random = RandomStream(seed: 1, purpose: .initialization)
    let found = (0..<6).map { _ in random.uniform() * 0x1p24 }
    #expect(found == [3_138_596, 7_036_009, 4_596_227, 8_195_630, 2_925_817, 4_847_575])
  }

  /// A bound that one word in four would favour: words are thrown away.
  @Test func uniformIntegersThrowAwayWhatWouldFavour() {
    var random = RandomStream(seed: 1, purpose: .shuffle)
    let found = (0..<6).map { _ in random.uniform(below: 0xC000_0000) }
    #expect(
      found == [232_583_856, 128_640_880, 868_549_308, 3_037_108_094, 770_765_158, 1_900_490_685])
  }

  @Test(
    arguments: [
      (1, 1, [8, 2, 0, 10, 4, 11, 3, 7, 5, 1, 6, 9]),
      (1, 2, [0, 2, 3, 5, 9, 6, 7, 8, 11, 10, 4, 1]),
      (.max, 1 << 33 | 5, [10, 7, 3, 5, 2, 11, 1, 6, 0, 4, 9, 8]),
    ] as [(UInt64, UInt64, [Int32])])
  func shuffles(seed: UInt64, coordinate: UInt64, expected: [Int32]) {
    var elements = (0..<12 as Range<Int32>).map { $0 }
    var random = RandomStream(seed: seed, purpose: .shuffle, coordinate: coordinate)
    random.shuffle(&elements)
    #expect(elements == expected)
  }
}
