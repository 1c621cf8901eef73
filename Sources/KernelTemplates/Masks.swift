// Masks of the features that are not zero: adding 0 · w changes no sum, so the products skip what
// is zero for all rows of a tile (as long as w is finite: 0 · ∞ would not be 0). Bit f % 64 of word f / 64 of a sample's mask tells whether its
// feature f is not zero; bits past the last feature are 0.

/// See ``KernelTable/nonzeroMask``.
@_alwaysEmitIntoClient @inline(__always)
public func nonzeroMask<I: InstructionSet>(
  _: I.Type, count: Int, pixels: UnsafePointer<UInt8>, mask: UnsafeMutablePointer<UInt64>
) {
  let words = (count &+ 63) / 64
  var word = 0
  while word < words {
    let end = min(64, count &- word &* 64)
    var bits: UInt64 = 0
    var i = 0
    while i &+ 8 <= end {
      let eight = UInt64(
        littleEndian: UnsafeRawPointer(pixels + (word &* 64 &+ i)).loadUnaligned(as: UInt64.self))
      // The top bit of each byte that is not zero, then these eight bits side by side.
      let low: UInt64 = 0x7F7F_7F7F_7F7F_7F7F
      let tops = (((eight & low) &+ low) | eight) & ~low
      bits |= (((tops &>> 7) &* 0x0102_0408_1020_4080) &>> 56) &<< UInt64(i)
      i &+= 8
    }
    while i < end {
      if pixels[word &* 64 &+ i] != 0 { bits |= 1 &<< UInt64(i) }
      i &+= 1
    }
    mask[word] = bits
    word &+= 1
  }
}

/// See ``KernelTable/transposeMasks``.
///
/// Blocks of 64 × 64 bits are transposed by swapping ever smaller squares.
///
/// Source: H. S. Warren, Hacker's Delight, 2nd edition, section 7-3.
@_alwaysEmitIntoClient @inline(__always)
public func transposeMasks<I: InstructionSet>(
  _: I.Type, samples: Int, masks: UnsafePointer<UInt64>, maskStride: Int,
  transposed: UnsafeMutablePointer<UInt64>, transposedStride: Int
) {
  var block = InlineArray<64, UInt64>(repeating: 0)
  var first = 0
  while first < samples {
    let count = min(64, samples &- first)
    var i = 0
    while i < count {
      block[unchecked: i] = masks[(first &+ i) &* maskStride]
      i &+= 1
    }
    while i < 64 {
      block[unchecked: i] = 0
      i &+= 1
    }
    var size = 32
    var low: UInt64 = 0x0000_0000_FFFF_FFFF
    while size > 0 {
      var base = 0
      while base < 64 {
        i = base
        while i < base &+ size {
          let upper = block[unchecked: i]
          let lower = block[unchecked: i &+ size]
          let swapped = ((upper &>> UInt64(size)) ^ lower) & low
          block[unchecked: i &+ size] = lower ^ swapped
          block[unchecked: i] = upper ^ (swapped &<< UInt64(size))
          i &+= 1
        }
        base &+= 2 &* size
      }
      size &>>= 1
      low ^= low &<< UInt64(size)
    }
    i = 0
    while i < 64 {
      transposed[i &* transposedStride &+ first / 64] = block[unchecked: i]
      i &+= 1
    }
    first &+= 64
  }
}
