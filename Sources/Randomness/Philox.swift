/// The counter-based generator Philox4x32-10: a keyed bijection of 128-bit counters, so that any
/// random number is reached directly from its coordinates and no state is shared between threads.
///
/// Every random decision of the package is `Philox.block(counter:key:)` of a documented key (the
/// user's seed) and counter (what the number is for and where it is used): see ``RandomStream``.
///
/// Source: J. K. Salmon, M. A. Moraes, R. O. Dror, D. E. Shaw, "Parallel random numbers: as easy
/// as 1, 2, 3", SC'11, DOI 10.1145/2063384.2063405.
public enum Philox {
  /// The four 32-bit words of the block at `counter` under `key`, after ten rounds.
  /// - Complexity: O(1), 20 multiplications.
  @inlinable
  public static func block(counter: SIMD4<UInt32>, key: SIMD2<UInt32>) -> SIMD4<UInt32> {
    var c0 = counter[0]
    var c1 = counter[1]
    var c2 = counter[2]
    var c3 = counter[3]
    var k0 = key[0]
    var k1 = key[1]
    var round = 0
    while round < 10 {
      let p0 = UInt64(c0) &* 0xD251_1F53
      let p1 = UInt64(c2) &* 0xCD9E_8D57
      (c0, c1, c2, c3) = (
        UInt32(truncatingIfNeeded: p1 &>> 32) ^ c1 ^ k0, UInt32(truncatingIfNeeded: p1),
        UInt32(truncatingIfNeeded: p0 &>> 32) ^ c3 ^ k1, UInt32(truncatingIfNeeded: p0)
      )
      k0 = k0 &+ 0x9E37_79B9
      k1 = k1 &+ 0xBB67_AE85
      round &+= 1
    }
    return SIMD4(c0, c1, c2, c3)
  }
}
