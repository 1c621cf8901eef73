import CZlib

/// zlib's CRC-32 of bytes that come in any number of pieces: tells accidents, not attacks.
public struct CRC32: Sendable, Equatable {
  /// The checksum of all bytes so far; 0 of none.
  public private(set) var value: UInt32 = 0

  /// The checksum of no bytes.
  public init() {}

  /// Takes in the next bytes.
  /// - Complexity: O(*n*), about 2 GB/s.
  @unsafe public mutating func update(_ bytes: UnsafeRawBufferPointer) {
    // zlib takes no address for the start of a new checksum.
    guard let start = bytes.baseAddress else { return }
    value = UInt32(
      truncatingIfNeeded: unsafe crc32_z(
        uLong(value), start.assumingMemoryBound(to: UInt8.self), bytes.count))
  }

  /// Takes in the next bytes.
  public mutating func update(_ bytes: [UInt8]) {
    unsafe bytes.withUnsafeBytes { unsafe update($0) }
  }

  /// A checksum as it is written everywhere: 8 lowercase hexadecimal digits.
  public static func text(of value: UInt32) -> String {
    let digits = String(value, radix: 16)
    return String(repeating: "0", count: 8 - digits.count) + digits
  }
}
