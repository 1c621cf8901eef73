// Dropout. Whether an element is dropped is decided by 16 random bits of its own: by the words of
// Philox4x32-10 under the user's seed, at a counter that says which words of which layer, of which
// sample, in which epoch; never by the thread or the place in the batch.
//
// Blocks are drawn in groups of 16, which vectors of every width fill: word w of the group's block
// b decides about its elements 16 w + b, by the low half, and 64 + 16 w + b, by the high half.

/// Whose random bits dropout draws, and how much it drops.
@frozen
public struct DropoutDraw: Sendable {
  /// The user's seed.
  public var seed: UInt64
  /// The epoch, counted from 1.
  public var epoch: UInt32
  /// 0 for the inputs of the network, i for the outputs of its layer number i, counted from 1.
  public var layer: UInt32
  /// What the draw is for: the last word of the counter.
  public var purpose: UInt32
  /// Out of 65,536 elements, how many are dropped on average: at most 65,535.
  public var threshold: UInt32
  /// What the others are multiplied by.
  public var scale: Float

  /// A draw of the given seed, epoch, layer and purpose, and what it drops.
  @inlinable
  public init(
    seed: UInt64, epoch: UInt32, layer: UInt32, purpose: UInt32, threshold: UInt32, scale: Float
  ) {
    self.seed = seed
    self.epoch = epoch
    self.layer = layer
    self.purpose = purpose
    self.threshold = threshold
    self.scale = scale
  }
}

/// A round of Philox4x32.
@_alwaysEmitIntoClient @inline(__always)
func philoxRound(
  _ c: (UInt32, UInt32, UInt32, UInt32), _ k0: UInt32, _ k1: UInt32
) -> (UInt32, UInt32, UInt32, UInt32) {
  let p0 = UInt64(c.0) &* 0xD251_1F53
  let p1 = UInt64(c.2) &* 0xCD9E_8D57
  return (
    UInt32(truncatingIfNeeded: p1 &>> 32) ^ c.1 ^ k0, UInt32(truncatingIfNeeded: p1),
    UInt32(truncatingIfNeeded: p0 &>> 32) ^ c.3 ^ k1, UInt32(truncatingIfNeeded: p0)
  )
}

/// The 64 words of a group of 16 blocks: word w of block b at 16 w + b.
@_alwaysEmitIntoClient @inline(__always)
func drawGroup<I: InstructionSet>(
  _: I.Type, _ words: inout InlineArray<64, UInt32>, _ draw: DropoutDraw, sample: UInt32,
  group: Int
) {
  let k0 = UInt32(truncatingIfNeeded: draw.seed)
  let k1 = UInt32(truncatingIfNeeded: draw.seed &>> 32)
  let first = draw.layer &<< 16 | UInt32(truncatingIfNeeded: group &* 16)
  var b = 0
  while b < 16 {
    var c = (first &+ UInt32(truncatingIfNeeded: b), sample, draw.epoch, draw.purpose)
    // Written out: a loop in here would keep the outer one from becoming vectors.
    c = philoxRound(c, k0, k1)
    c = philoxRound(c, k0 &+ 0x9E37_79B9, k1 &+ 0xBB67_AE85)
    c = philoxRound(c, k0 &+ 0x3C6E_F372, k1 &+ 0x76CF_5D0A)
    c = philoxRound(c, k0 &+ 0xDAA6_6D2B, k1 &+ 0x3237_0B8F)
    c = philoxRound(c, k0 &+ 0x78DD_E6E4, k1 &+ 0xED9E_BA14)
    c = philoxRound(c, k0 &+ 0x1715_609D, k1 &+ 0xA906_6899)
    c = philoxRound(c, k0 &+ 0xB54C_DA56, k1 &+ 0x646E_171E)
    c = philoxRound(c, k0 &+ 0x5384_540F, k1 &+ 0x1FD5_C5A3)
    c = philoxRound(c, k0 &+ 0xF1BB_CDC8, k1 &+ 0xDB3D_7428)
    c = philoxRound(c, k0 &+ 0x8FF3_4781, k1 &+ 0x96A5_22AD)
    words[unchecked: b] = c.0
    words[unchecked: 16 &+ b] = c.1
    words[unchecked: 32 &+ b] = c.2
    words[unchecked: 48 &+ b] = c.3
    b &+= 1
  }
}

/// See ``ActivationKernels/dropout``.
@_alwaysEmitIntoClient @inline(__always)
public func dropout<I: InstructionSet>(
  _: I.Type, rows: Int, units: Int, pieces: Int, samples: UnsafePointer<Int32>,
  draw: DropoutDraw, y: UnsafeMutablePointer<Float>, derivative: UnsafeMutablePointer<Float>?,
  stride: Int
) {
  var words = InlineArray<64, UInt32>(repeating: 0)
  let threshold = Int32(truncatingIfNeeded: draw.threshold)
  let scale = draw.scale
  var row = 0
  while row < rows {
    let sample = UInt32(bitPattern: samples[row])
    var first = 0
    while first < units {
      drawGroup(I.self, &words, draw, sample: sample, group: first / 128)
      var half = 0
      while half < 2 && first < units {
        let shift = UInt32(truncatingIfNeeded: half &* 16)
        let count = min(64, units &- first)
        let z = y + (row &* stride &+ first)
        var i = 0
        while i < count {
          let bits = Int32(bitPattern: (words[unchecked: i] &>> shift) & 0xFFFF)
          z[i] = bits < threshold ? 0 : z[i] * scale
          i &+= 1
        }
        if let derivative {
          var piece = 0
          while piece < pieces {
            let d = derivative + (row &* stride &+ piece &* units &+ first)
            i = 0
            while i < count {
              let bits = Int32(bitPattern: (words[unchecked: i] &>> shift) & 0xFFFF)
              d[i] = bits < threshold ? 0 : d[i] * scale
              i &+= 1
            }
            piece &+= 1
          }
        }
        first &+= 64
        half &+= 1
      }
    }
    row &+= 1
  }
}

/// See ``ActivationKernels/dropPixels``.
@_alwaysEmitIntoClient @inline(__always)
public func dropPixels<I: InstructionSet>(
  _: I.Type, rows: Int, inputs: Int, samples: UnsafePointer<Int32>, draw: DropoutDraw,
  pixels: UnsafeMutablePointer<UInt8>, stride: Int
) {
  var words = InlineArray<64, UInt32>(repeating: 0)
  let threshold = Int32(truncatingIfNeeded: draw.threshold)
  var row = 0
  while row < rows {
    let sample = UInt32(bitPattern: samples[row])
    var first = 0
    while first < inputs {
      drawGroup(I.self, &words, draw, sample: sample, group: first / 128)
      var half = 0
      while half < 2 && first < inputs {
        let shift = UInt32(truncatingIfNeeded: half &* 16)
        let count = min(64, inputs &- first)
        let x = pixels + (row &* stride &+ first)
        var i = 0
        while i < count {
          let bits = Int32(bitPattern: (words[unchecked: i] &>> shift) & 0xFFFF)
          // All ones where bits ≥ threshold. A choice between x[i] and 0 would become a branch,
          // which no processor foresees.
          x[i] &= UInt8(truncatingIfNeeded: (threshold &- 1 &- bits) &>> 31)
          i &+= 1
        }
        first &+= 64
        half &+= 1
      }
    }
    row &+= 1
  }
}
