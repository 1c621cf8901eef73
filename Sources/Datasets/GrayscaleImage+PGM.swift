import FileSystem

// PGM, the simplest format that every image tool writes: `convert digit.jpg digit.pgm`.
// Source: the Netpbm project, "PGM Format Specification" (netpbm.sourceforge.net/doc/pgm.html).

extension GrayscaleImage {
  /// The most pixels that the PGM reader accepts: 8192 × 8192.
  public static let largestPGMPixelCount = 1 << 26

  /// Reads the PGM image in the file at `path`.
  /// - Throws: ``PGMError``.
  public init(contentsOfPGM path: String) throws(PGMError) {
    let bytes: [UInt8]
    do throws(FileError) { bytes = try File.read(path) } catch { throw .file(error) }
    try self.init(pgm: bytes, source: path)
  }

  /// Reads a PGM image: binary (P5) or text (P2), with comments, of a maximum value of 1 to 65535
  /// that is scaled to 0...255 and rounded to nearest.
  ///
  /// PGM means brightness: a pen on paper is dark on light, see ``isDarkOnLight``. White space
  /// behind the last pixel is ignored; a second image is not.
  /// - Parameters:
  ///   - bytes: The whole file.
  ///   - source: What errors call the image.
  /// - Throws: ``PGMError``.
  public init(pgm bytes: [UInt8], source: String) throws(PGMError) {
    var scanner = PGMScanner(bytes: bytes, source: source)
    let isText = try scanner.readMagic()
    let sides = 1...Self.largestPGMPixelCount
    let width = try scanner.readNumber(.width, in: sides)
    let height = try scanner.readNumber(.height, in: sides)
    guard width * height <= Self.largestPGMPixelCount else {
      throw .tooManyPixels(
        source: source, limit: Self.largestPGMPixelCount, width: width, height: height)
    }
    let maximum = try scanner.readNumber(.maximum, in: 1...65_535)
    let samples =
      isText
      ? try scanner.readText(count: width * height, maximum: maximum)
      : try scanner.readBinary(count: width * height, maximum: maximum)
    if isText { scanner.skipSpaceAndComments() }
    try scanner.expectEnd()
    self.init(height: height, width: width, pixels: samples)
  }

  /// The image as a binary PGM (P5) of maximum value 255.
  public var pgmData: [UInt8] {
    Array("P5\n\(width) \(height)\n255\n".utf8) + pixels
  }
}

/// A position in the bytes of a PGM image.
private struct PGMScanner {
  let bytes: [UInt8]
  let source: String
  private var position = 0

  init(bytes: [UInt8], source: String) {
    self.bytes = bytes
    self.source = source
  }

  /// - Returns: Whether the pixels are text.
  mutating func readMagic() throws(PGMError) -> Bool {
    position = 2
    if bytes.starts(with: Array("P2".utf8)) { return true }
    if bytes.starts(with: Array("P5".utf8)) { return false }
    throw .badMagic(
      source: source, found: bytes.isEmpty ? "an empty file" : Self.quoted(bytes.prefix(2)))
  }

  /// The next number, behind any white space and comments.
  mutating func readNumber(
    _ field: PGMError.Field, in range: ClosedRange<Int>
  ) throws(PGMError) -> Int {
    skipSpaceAndComments()
    guard position < bytes.count else { throw .missing(source: source, field: field) }
    let start = position
    var value = 0
    while position < bytes.count, let digit = Self.digit(bytes[position]) {
      // A number this long is out of every range; let it grow no further.
      if value < 1 << 40 { value = value * 10 + digit }
      position += 1
    }
    let isDelimited =
      position == bytes.count || Self.isSpace(bytes[position]) || bytes[position] == Self.hash
    guard position > start, isDelimited else {
      let token = bytes[start...].prefix { !Self.isSpace($0) }.prefix(16)
      throw .notANumber(source: source, field: field, found: Self.quoted(token))
    }
    guard range.contains(value) else {
      throw .outOfRange(source: source, field: field, expected: range, found: value)
    }
    return value
  }

  /// `count` decimal numbers, scaled to bytes.
  mutating func readText(count: Int, maximum: Int) throws(PGMError) -> [UInt8] {
    // A digit each and a space between them.
    let least = 2 * count - 1
    let rest = bytes.count - position
    guard rest >= least else { throw .truncated(source: source, expected: least, found: rest) }
    var samples: [UInt8] = []
    samples.reserveCapacity(count)
    for index in 0..<count {
      let value = try readNumber(.pixel(index), in: 0...maximum)
      samples.append(Self.scaled(value, maximum: maximum))
    }
    return samples
  }

  /// `count` binary numbers behind a single white space, scaled to bytes: one byte each, or two
  /// with the more significant one first when the maximum value does not fit in one.
  mutating func readBinary(count: Int, maximum: Int) throws(PGMError) -> [UInt8] {
    // A comment here ends with the white space that ends the header.
    if position < bytes.count, bytes[position] == Self.hash { skipComment() }
    position = min(position + 1, bytes.count)
    let size = maximum < 256 ? 1 : 2
    let found = bytes.count - position
    guard found >= count * size else {
      throw .truncated(source: source, expected: count * size, found: found)
    }
    let raster = bytes[position..<position + count * size]
    position += raster.count
    if maximum == 255 { return Array(raster) }
    var samples: [UInt8] = []
    samples.reserveCapacity(count)
    for index in 0..<count {
      let start = raster.startIndex + index * size
      let value =
        size == 1 ? Int(raster[start]) : Int(raster[start]) << 8 | Int(raster[start + 1])
      guard value <= maximum else {
        throw .outOfRange(
          source: source, field: .pixel(index), expected: 0...maximum, found: value)
      }
      samples.append(Self.scaled(value, maximum: maximum))
    }
    return samples
  }

  func expectEnd() throws(PGMError) {
    guard let junk = bytes[position...].firstIndex(where: { !Self.isSpace($0) }) else { return }
    throw .trailingData(source: source, found: bytes.count - junk)
  }

  mutating func skipSpaceAndComments() {
    while position < bytes.count {
      if bytes[position] == Self.hash {
        skipComment()
      } else if Self.isSpace(bytes[position]) {
        position += 1
      } else {
        return
      }
    }
  }

  /// Goes on to the end of the line, which stays unread.
  private mutating func skipComment() {
    while position < bytes.count, bytes[position] != 0x0A, bytes[position] != 0x0D {
      position += 1
    }
  }

  private static let hash = UInt8(ascii: "#")

  private static func digit(_ byte: UInt8) -> Int? {
    (0x30...0x39).contains(byte) ? Int(byte) - 0x30 : nil
  }

  /// Blank, TAB, LF, VT, FF, CR.
  private static func isSpace(_ byte: UInt8) -> Bool {
    byte == 0x20 || (0x09...0x0D).contains(byte)
  }

  private static func scaled(_ value: Int, maximum: Int) -> UInt8 {
    UInt8((value * 255 + maximum / 2) / maximum)
  }

  /// Bytes as a person can read them.
  private static func quoted(_ bytes: ArraySlice<UInt8>) -> String {
    if bytes.allSatisfy({ (0x21...0x7E).contains($0) }) {
      return "\"\(String(decoding: bytes, as: UTF8.self))\""
    }
    return "bytes " + bytes.map { String($0, radix: 16, uppercase: true) }.joined(separator: " ")
  }
}
