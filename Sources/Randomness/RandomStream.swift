/// What random numbers are for. Streams of different purposes never share a number, whatever
/// their seeds and coordinates. The raw values are part of the contract on numbers: they never
/// change.
public enum RandomPurpose: UInt32, Sendable {
  /// The order of the samples in an epoch; coordinate: the epoch.
  case shuffle = 1
  /// Initial weights; coordinate: the layer.
  case initialization = 2
  /// The split into training and validation samples.
  case split = 3
  /// The embedded digits; coordinate: the sample.
  case embeddedDigits = 4
  /// Dropout, whose kernel draws blocks by itself (see `DropoutDraw`): the counter holds, from word
  /// 0 on, the layer and the block, the sample, the epoch, and this.
  case dropout = 5
  /// The distortion of a training image; coordinate: epoch · 2³² + the sample's place in the
  /// dataset's storage.
  case distortion = 6
  /// Which measurements a bootstrap draws again.
  case resampling = 7
}

/// One sequence of random numbers, determined by (seed, purpose, coordinate) alone.
///
/// The Philox key is the seed; the counter holds the position of the block in the sequence
/// (word 0), the coordinate (words 1 and 2) and the purpose (word 3). A stream yields up to 2³²
/// blocks of four 32-bit words and takes each block's words in order.
public struct RandomStream: RandomNumberGenerator, Sendable {
  @usableFromInline let key: SIMD2<UInt32>
  @usableFromInline var counter: SIMD4<UInt32>
  @usableFromInline var words: SIMD4<UInt32> = .zero
  @usableFromInline var used = 4

  /// - Parameters:
  ///   - seed: The user's seed.
  ///   - purpose: What the numbers are for.
  ///   - coordinate: Which sequence of that purpose: an epoch, a sample, a layer.
  @inlinable
  public init(seed: UInt64, purpose: RandomPurpose, coordinate: UInt64 = 0) {
    key = SIMD2(UInt32(truncatingIfNeeded: seed), UInt32(truncatingIfNeeded: seed >> 32))
    counter = SIMD4(
      0, UInt32(truncatingIfNeeded: coordinate), UInt32(truncatingIfNeeded: coordinate >> 32),
      purpose.rawValue)
  }

  /// The next 32 random bits.
  @inlinable
  public mutating func nextWord() -> UInt32 {
    if used == 4 {
      words = Philox.block(counter: counter, key: key)
      counter[0] &+= 1
      used = 0
    }
    defer { used &+= 1 }
    return words[used]
  }

  /// The next 64 random bits: two words, the first one the low half.
  @inlinable
  public mutating func next() -> UInt64 {
    let low = nextWord()
    let high = nextWord()
    return UInt64(high) << 32 | UInt64(low)
  }

  /// A uniform number in [0, 1), a multiple of 2⁻²⁴, from one word.
  @inlinable
  public mutating func uniform() -> Float {
    Float(nextWord() &>> 8) * 0x1p-24
  }

  /// A uniform number from lower to upper: `lower + (upper − lower) · uniform()`, which rounding
  /// can make equal to upper.
  @inlinable
  public mutating func uniform(_ lower: Float, _ upper: Float) -> Float {
    lower + (upper - lower) * uniform()
  }

  /// A uniform integer in 0 ..< bound, from one word, without bias.
  ///
  /// Source: D. Lemire, "Fast random integer generation in an interval", ACM TOMACS 29 (2019),
  /// DOI 10.1145/3230636.
  /// - Precondition: `bound > 0`.
  @inlinable
  public mutating func uniform(below bound: UInt32) -> UInt32 {
    precondition(bound > 0, "the bound of a random integer must be positive")
    var product = UInt64(nextWord()) &* UInt64(bound)
    if UInt32(truncatingIfNeeded: product) < bound {
      let threshold = (0 &- bound) % bound
      while UInt32(truncatingIfNeeded: product) < threshold {
        product = UInt64(nextWord()) &* UInt64(bound)
      }
    }
    return UInt32(truncatingIfNeeded: product &>> 32)
  }

  /// Shuffles `elements` uniformly (Fisher–Yates, from the last element down).
  /// - Complexity: O(*n*).
  @inlinable
  public mutating func shuffle(_ elements: inout [Int32]) {
    precondition(elements.count <= Int(Int32.max), "at most 2³¹ − 1 elements can be shuffled")
    var last = elements.count - 1
    while last > 0 {
      let other = Int(uniform(below: UInt32(last + 1)))
      elements.swapAt(last, other)
      last -= 1
    }
  }
}
