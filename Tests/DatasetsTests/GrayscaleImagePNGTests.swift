import CZlib
import Testing

@testable import Datasets

@Suite struct GrayscaleImagePNGTests {
  private struct Chunk {
    let type: String
    let data: [UInt8]
  }

  private func number(_ bytes: ArraySlice<UInt8>) -> Int {
    bytes.prefix(4).reduce(0) { $0 << 8 | Int($1) }
  }

  /// Bit by bit from the PNG specification's definition, independent of zlib.
  private func crc(_ bytes: ArraySlice<UInt8>) -> Int {
    var crc: UInt32 = 0xFFFF_FFFF
    for byte in bytes {
      crc ^= UInt32(byte)
      for _ in 0..<8 { crc = crc & 1 == 1 ? crc >> 1 ^ 0xEDB8_8320 : crc >> 1 }
    }
    return Int(~crc)
  }

  /// Takes a PNG apart, checking its signature and every chunk's CRC.
  private func chunks(of png: [UInt8]) throws -> [Chunk] {
    try #require(png.starts(with: [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]))
    var chunks: [Chunk] = []
    var rest = png[8...]
    while !rest.isEmpty {
      let size = number(rest)
      try #require(rest.count >= 12 + size)
      let checked = rest.dropFirst(4).prefix(4 + size)
      #expect(number(rest.dropFirst(8 + size)) == crc(checked))
      chunks.append(
        Chunk(
          type: String(decoding: checked.prefix(4), as: UTF8.self),
          data: Array(checked.dropFirst(4))))
      rest = rest.dropFirst(12 + size)
    }
    return chunks
  }

  private func inflated(_ bytes: [UInt8], count: Int) -> [UInt8] {
    var size = uLong(count)
    return [UInt8](unsafeUninitializedCapacity: count) { buffer, initialized in
      #expect(uncompress(buffer.baseAddress, &size, bytes, uLong(bytes.count)) == Z_OK)
      initialized = Int(size)
    }
  }

  @Test(arguments: [(1, 1), (1, 300), (300, 1), (28, 28), (200, 333)])
  func decodes(height: Int, width: Int) throws {
    let image = GrayscaleImage(height: height, width: width, pixels: noise(height * width))
    let chunks = try chunks(of: image.pngData())
    #expect(chunks.map(\.type) == ["IHDR", "IDAT", "IEND"])
    let header = chunks[0].data
    #expect(header.count == 13 && number(header[...]) == width)
    #expect(number(header[4...]) == height && header[8...] == [8, 0, 0, 0, 0])
    let rows = inflated(chunks[1].data, count: height * (width + 1))
    #expect(rows.count == height * (width + 1))
    for row in 0..<height {
      let bytes = rows[row * (width + 1)..<(row + 1) * (width + 1)]
      #expect(bytes.first == 0)
      #expect(bytes.dropFirst() == image.pixels[row * width..<(row + 1) * width])
    }
    #expect(chunks[2].data.isEmpty)
  }

  // MARK: Contact sheets

  /// Sample `i` of class `i % 3` is a 1 × 2 image of the value `i + 1`.
  private func dataset() throws -> Dataset {
    let pixels = (0..<14).flatMap { [UInt8($0 + 1), UInt8($0 + 1)] }
    return try Dataset(
      name: "test",
      pixels: PixelStorage(count: 28) { $0.copyBytes(from: pixels) },
      labels: (0..<14).map { UInt8($0 % 3) }, height: 1, width: 2, classCount: 3)
  }

  /// The values of the samples of a sheet of 1 × 2 images, after a check of its gaps.
  private func values(_ sheet: GrayscaleImage, rows: Int, columns: Int, gap: UInt8) -> [[UInt8]] {
    #expect(sheet.height == rows * 2 + 1 && sheet.width == columns * 3 + 1)
    for row in 0..<sheet.height {
      for column in 0..<sheet.width where row % 2 == 0 || column % 3 == 0 {
        #expect(sheet[row, column] == gap)
      }
    }
    return (0..<rows).map { row in
      (0..<columns).map { column in
        #expect(sheet[row * 2 + 1, column * 3 + 1] == sheet[row * 2 + 1, column * 3 + 2])
        return sheet[row * 2 + 1, column * 3 + 1]
      }
    }
  }

  @Test func rowsAreClasses() throws {
    let sheet = try dataset().contactSheet(columns: 2)
    #expect(
      values(sheet, rows: 3, columns: 2, gap: 96) == [[1, 4], [2, 5], [3, 6]])
    let fewer = try dataset().contactSheet(columns: 1, rows: 2, gap: 50)
    #expect(values(fewer, rows: 2, columns: 1, gap: 50) == [[1], [2]])
  }

  @Test func moreRowsThanClassesGoOn() throws {
    let sheet = try dataset().contactSheet(columns: 2, rows: 7)
    #expect(
      values(sheet, rows: 7, columns: 2, gap: 96)
        == [[1, 4], [2, 5], [3, 6], [7, 10], [8, 11], [9, 12], [13, 0]])
  }

  @Test func classesThatRunOutLeaveBlanks() throws {
    let sheet = try dataset().subset(at: [13, 1, 0]).contactSheet(columns: 2)
    #expect(values(sheet, rows: 3, columns: 2, gap: 96) == [[1, 0], [14, 2], [0, 0]])
  }
}
