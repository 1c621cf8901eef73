import CZlib
import Checksums

extension GrayscaleImage {
  /// The image as an 8-bit grayscale PNG, for a browser or an image viewer.
  ///
  /// Source: RFC 2083, "PNG (Portable Network Graphics) Specification, Version 1.0". Rows are not
  /// filtered (type 0): on thin strokes before a flat background the other filters only add noise.
  /// - Precondition: Each side is below 2³¹, PNG's limit.
  public func pngData() -> [UInt8] {
    precondition(height <= Int(Int32.max) && width <= Int(Int32.max), "too large for a PNG")
    var rows: [UInt8] = []
    rows.reserveCapacity(height * (width + 1))
    for row in 0..<height {
      rows.append(0)
      rows += pixels[row * width..<(row + 1) * width]
    }
    var png: [UInt8] = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]
    // Bit depth 8, color type 0 (grayscale); compression, filter and interlace method 0.
    Self.append(
      "IHDR", Self.bigEndian(width) + Self.bigEndian(height) + [8, 0, 0, 0, 0], to: &png)
    let compressed = Self.deflated(rows)
    // A chunk's length has 31 bits.
    for start in stride(from: 0, to: compressed.count, by: 1 << 30) {
      Self.append("IDAT", compressed[start...].prefix(1 << 30), to: &png)
    }
    Self.append("IEND", [], to: &png)
    return png
  }

  /// Appends a chunk: length of the data, type, data, CRC of type and data.
  private static func append(
    _ type: String, _ data: some Collection<UInt8>, to png: inout [UInt8]
  ) {
    png += bigEndian(data.count)
    let start = png.count
    png += type.utf8
    png += data
    var check = CRC32()
    unsafe png[start...].withUnsafeBytes { unsafe check.update($0) }
    png += bigEndian(Int(check.value))
  }

  private static func bigEndian(_ value: Int) -> [UInt8] {
    [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: value >> $0) }
  }

  private static func deflated(_ bytes: [UInt8]) -> [UInt8] {
    var size = compressBound(uLong(bytes.count))
    var status = Z_OK
    let compressed = unsafe [UInt8](unsafeUninitializedCapacity: Int(size)) { buffer, count in
      status = unsafe bytes.withUnsafeBufferPointer { source in
        unsafe compress2(
          buffer.baseAddress, &size, source.baseAddress, uLong(source.count),
          Z_DEFAULT_COMPRESSION)
      }
      count = Int(size)
    }
    precondition(status == Z_OK, "zlib has no memory for its window")
    return compressed
  }
}
