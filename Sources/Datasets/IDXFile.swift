import FileSystem

/// The content of an IDX file of unsigned bytes, raw or gzip: the format of MNIST and its kin.
///
///     byte 0, 1   zero
///     byte 2      element type; 0x08 is unsigned bytes, the only one read here
///     byte 3      rank: 3 for images, 1 for labels
///     4 × rank    dimensions, 32 bits each, most significant byte first
///     the rest    the elements, last dimension fastest
///
/// Source: Y. LeCun, C. Cortes, C. J. C. Burges, "The MNIST database of handwritten digits",
/// section "File formats for the MNIST database".
public struct IDXFile: Sendable {
  /// Where it was read from.
  public let path: String
  /// The sizes along each dimension: `[count, height, width]` for images, `[count]` for labels.
  public let dimensions: [Int]
  /// The elements: as many as the product of the dimensions.
  public let bytes: PixelStorage

  /// Reads the file at `path`, inflating it if its content is gzip, whatever its name.
  ///
  /// The elements are written once, where they stay; beyond them the reader needs 128 KiB and
  /// zlib's state. Nothing is allocated for a header that promises more than the file can hold.
  /// - Parameters:
  ///   - path: The file.
  ///   - rank: The number of dimensions that the file must have: 3 for images, 1 for labels.
  /// - Throws: ``IDXError``.
  /// - Complexity: One pass over the file.
  public init(contentsOf path: String, rank: Int) throws(IDXError) {
    precondition((1...255).contains(rank), "an IDX file has 1 to 255 dimensions")
    let headerSize = 4 + 4 * rank
    let source = IDXSource(
      path: path,
      reader: try Self.reading(path, expected: headerSize, found: 0) {
        () throws(FileReader.Failure) in try FileReader(path)
      })
    dimensions = try source.readHeader(rank: rank, size: headerSize)
    self.path = path
    let count = try source.plausibleCount(of: dimensions, headerSize: headerSize)
    bytes = try unsafe PixelStorage(count: count) {
      (buffer: UnsafeMutableRawBufferPointer) throws(IDXError) in
      let found = try unsafe source.read(into: buffer, expected: headerSize + count)
      guard found == count else {
        throw .truncated(path: path, expected: count, found: found)
      }
    }
    // Reading on proves that this is the end and, for gzip, that the checksum is right.
    let behind = try source.readBlock(maximum: 65_536, expected: headerSize + count)
    guard behind.isEmpty else {
      throw .trailingData(path: path, expected: count, found: count + behind.count)
    }
  }

  /// Runs `body`, with the reader's failures told as those of this file.
  fileprivate static func reading<Value>(
    _ path: String, expected: Int, found: @autoclosure () -> Int,
    _ body: () throws(FileReader.Failure) -> Value
  ) throws(IDXError) -> Value {
    do throws(FileReader.Failure) {
      return try body()
    } catch {
      switch error {
      case .file(let error): throw .file(error)
      case .truncatedGzip: throw .truncatedGzip(path: path, expected: expected, found: found())
      case .corruptGzip(let reason):
        throw .corruptGzip(path: path, found: found(), reason: reason)
      }
    }
  }
}

/// An IDX file while it is being read.
private struct IDXSource {
  /// Deflate's best: a block of 258 equal bytes in 2 bits (zlib's technical notes, "Maximum
  /// Compression Factor").
  static let largestRatio = 1032
  /// The most that is taken from a pipe, whose length nobody knows.
  static let largestStream = 1 << 28

  let path: String
  let reader: FileReader

  /// Reads and checks everything up to the first element.
  /// - Returns: The dimensions, as they stand in the header.
  func readHeader(rank: Int, size: Int) throws(IDXError) -> [Int] {
    let header = try readBlock(maximum: size, expected: size)
    if header.isEmpty && !reader.isGzip { throw .emptyFile(path: path) }
    let magic = Self.number(in: header, at: 0)
    let expected = 0x0800 | UInt32(rank)
    if magic != expected {
      let start = try header + readBlock(maximum: 512, expected: size)
      if Self.looksLikeAWebPage(start) { throw .webPage(path: path) }
      if let magic { throw .badMagic(path: path, expected: expected, found: magic) }
    }
    guard header.count == size else {
      throw .truncatedHeader(path: path, expected: size, found: header.count)
    }
    return (1...rank).compactMap { Self.number(in: header, at: 4 * $0).map(Int.init) }
  }

  /// The product of the dimensions, which this file can hold.
  func plausibleCount(of dimensions: [Int], headerSize: Int) throws(IDXError) -> Int {
    var count = 1
    for dimension in dimensions {
      let (product, overflow) = count.multipliedReportingOverflow(by: dimension)
      guard dimension > 0, !overflow, product < Int.max / 2 else {
        throw .badDimensions(path: path, dimensions: dimensions)
      }
      count = product
    }
    guard let stored = reader.storedSize else {
      guard count <= Self.largestStream else {
        throw .moreThanTheFileCanHold(
          path: path, expected: count, possible: Self.largestStream)
      }
      return count
    }
    guard reader.isGzip else {
      let found = stored - headerSize
      if count > found { throw .truncated(path: path, expected: count, found: found) }
      if count < found { throw .trailingData(path: path, expected: count, found: found) }
      return count
    }
    let possible = stored.multipliedReportingOverflow(by: Self.largestRatio)
    guard possible.overflow || count <= possible.partialValue else {
      throw .moreThanTheFileCanHold(
        path: path, expected: count, possible: possible.partialValue)
    }
    return count
  }

  func read(
    into buffer: UnsafeMutableRawBufferPointer, expected: Int
  ) throws(IDXError) -> Int {
    try IDXFile.reading(path, expected: expected, found: reader.bytesRead) {
      () throws(FileReader.Failure) in try unsafe reader.read(into: buffer)
    }
  }

  /// The next bytes, at most `maximum`; less at the end of the file.
  func readBlock(maximum: Int, expected: Int) throws(IDXError) -> [UInt8] {
    let block = UnsafeMutableRawBufferPointer.allocate(byteCount: maximum, alignment: 1)
    defer { unsafe block.deallocate() }
    let count = try unsafe read(into: block, expected: expected)
    return unsafe Array(block[..<count])
  }

  /// Four bytes as a number, most significant byte first.
  private static func number(in bytes: [UInt8], at offset: Int) -> UInt32? {
    guard offset + 4 <= bytes.count else { return nil }
    return bytes[offset..<offset + 4].reduce(0) { $0 << 8 | UInt32($1) }
  }

  private static func looksLikeAWebPage(_ bytes: [UInt8]) -> Bool {
    let text = String(decoding: bytes, as: UTF8.self).drop { $0.isWhitespace || $0 == "\u{FEFF}" }
    let start = text.prefix(9).lowercased()
    return ["<!doctype", "<html", "<head", "<?xml", "<!--"].contains { start.hasPrefix($0) }
  }
}
