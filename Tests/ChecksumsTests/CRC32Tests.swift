import Checksums
import Testing

@Suite struct CRC32Tests {
  /// The check value of the CRC catalogue (CRC-32/ISO-HDLC), and Python's `zlib.crc32(b"")`.
  @Test func knownValues() {
    var checksum = CRC32()
    #expect(checksum.value == 0)
    checksum.update(Array("123456789".utf8))
    #expect(checksum.value == 0xCBF4_3926)
    checksum.update([])
    #expect(checksum.value == 0xCBF4_3926)
  }

  @Test(arguments: 0...9)
  func piecesDoNotMatter(cut: Int) {
    let bytes = Array("123456789".utf8)
    var checksum = CRC32()
    checksum.update(Array(bytes[..<cut]))
    checksum.update(Array(bytes[cut...]))
    #expect(checksum.value == 0xCBF4_3926)
  }

  @Test func text() {
    #expect(CRC32.text(of: 0) == "00000000")
    #expect(CRC32.text(of: 0xABC) == "00000abc")
    #expect(CRC32.text(of: .max) == "ffffffff")
  }
}
