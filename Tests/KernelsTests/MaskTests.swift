import Kernels
import Randomness
import Testing

@Suite struct MaskTests {
  @Test(arguments: TableUnderTest.all, Array(1...20) + [63, 64, 65, 127, 128, 784])
  func masksTellWhichPixelsAreNotZero(table: TableUnderTest, count: Int) {
    let kernels = table.kernels
    var random = RandomStream(seed: 1, purpose: .initialization)
    // All values, 0 as often as all others together; and bytes behind the end that must not count.
    let pixels = (0..<count + 64).map { index in
      index >= count || random.uniform() < 0.5 ? UInt8(random.uniform(below: 255) + 1) : 0
    }
    let words = (count + 63) / 64
    let mask = AlignedBuffer<UInt64>(count: words, repeating: .max)
    pixels.withUnsafeBufferPointer { kernels.nonzeroMask(count, $0.baseAddress!, mask.address) }
    for bit in 0..<words * 64 {
      let isSet = mask.address[bit / 64] >> UInt64(bit % 64) & 1 == 1
      #expect(isSet == (bit < count && pixels[bit] != 0))
    }
  }

  @Test(arguments: TableUnderTest.all, [1, 2, 63, 64, 65, 130, 512])
  func transposedMasksHoldTheSameBits(table: TableUnderTest, samples: Int) {
    let kernels = table.kernels
    var random = RandomStream(seed: 2, purpose: .initialization)
    let stride = 3
    let masks = (0..<samples * stride).map { _ in random.next() }
    let words = (samples + 63) / 64
    let transposed = AlignedBuffer<UInt64>(count: 64 * words, repeating: .max)
    masks.withUnsafeBufferPointer {
      kernels.transposeMasks(samples, $0.baseAddress! + 1, stride, transposed.address, words)
    }
    for feature in 0..<64 {
      for sample in 0..<words * 64 {
        let word = transposed.address[feature * words + sample / 64]
        let expected =
          sample < samples ? masks[sample * stride + 1] >> UInt64(feature) & 1 : 0
        #expect(word >> UInt64(sample % 64) & 1 == expected)
      }
    }
  }
}
