import FileSystem
import TestSupport
import Testing

@testable import Datasets

@Suite struct GrayscaleImagePGMTests {
  private func image(_ text: String, _ raster: [UInt8] = []) throws -> GrayscaleImage {
    try GrayscaleImage(pgm: Array(text.utf8) + raster, source: "test")
  }

  private func expect(
    _ error: PGMError, _ text: String, _ raster: [UInt8] = [],
    sourceLocation: SourceLocation = #_sourceLocation
  ) {
    #expect(throws: error, sourceLocation: sourceLocation) { try image(text, raster) }
  }

  // MARK: What must load

  @Test(arguments: [(1, 1), (1, 9), (28, 28), (480, 640)])
  func roundTrip(height: Int, width: Int) throws {
    let original = GrayscaleImage(height: height, width: width, pixels: noise(height * width))
    #expect(try GrayscaleImage(pgm: original.pgmData, source: "test") == original)
  }

  @Test func files() throws {
    let folder = try TemporaryFolder()
    let original = GrayscaleImage(height: 3, width: 2, pixels: [1, 2, 3, 4, 5, 6])
    let path = folder.file("image.pgm")
    try File.writeAtomically(original.pgmData, to: path)
    #expect(try GrayscaleImage(contentsOfPGM: path) == original)
    let absent = folder.file("absent.pgm")
    #expect(throws: PGMError.file(.failed(.open, path: absent, errorNumber: ENOENT))) {
      try GrayscaleImage(contentsOfPGM: absent)
    }
  }

  @Test func text() throws {
    let expected = GrayscaleImage(height: 2, width: 3, pixels: [0, 17, 34, 51, 204, 255])
    #expect(try image("P2 3 2 15 0 1 2 3 12 15") == expected)
    #expect(try image("P2\n3 2\n15\n 0  1\t2\r\n03\n12\u{B}15\u{C}\n\n") == expected)
  }

  @Test func comments() throws {
    let expected = GrayscaleImage(height: 1, width: 2, pixels: [7, 9])
    #expect(try image("P2\n# by a tool\n2 # width\n#\n1\n255 # 1 2 3\n7 # one\n9# two") == expected)
    #expect(try image("P5# 9 9\n#\r\n2 1# height\n255\n", [7, 9]) == expected)
    // The line feed that ends this comment is the one white space before the pixels.
    #expect(try image("P5 2 1 255# maximum\n", [7, 9]) == expected)
  }

  /// Pixels that look like white space or like a comment are pixels.
  @Test func binaryPixelsAreNotText() throws {
    #expect(try image("P5 3 1 255\n", [0x0A, 0x23, 0x20]).pixels == [0x0A, 0x23, 0x20])
  }

  @Test func scalesToBytes() throws {
    #expect(try image("P5 2 1 1 ", [0, 1]).pixels == [0, 255])
    #expect(try image("P5 3 1 100 ", [0, 50, 100]).pixels == [0, 128, 255])
    // Two bytes from a maximum of 256 on, the more significant first.
    #expect(try image("P5 3 1 256 ", [0, 0, 0, 128, 1, 0]).pixels == [0, 128, 255])
    #expect(
      try image("P5 4 1 65535 ", [0, 0, 0, 128, 0, 129, 0xFF, 0xFF]).pixels == [0, 0, 1, 255])
    for value in 0...255 {
      #expect(try image("P2 1 1 65535 \(value * 257)").pixels == [UInt8(value)])
    }
  }

  // MARK: What must not

  @Test func magic() throws {
    expect(.badMagic(source: "test", found: "an empty file"), "")
    expect(.badMagic(source: "test", found: "\"P6\""), "P6 1 1 255 abc")
    expect(.badMagic(source: "test", found: "bytes 89 50"), "", [0x89, 0x50, 0x4E, 0x47])
    expect(.badMagic(source: "test", found: "\"P\""), "P")
    let error = PGMError.badMagic(source: "a.pgm", found: "\"P6\"")
    #expect(
      error.description == "a.pgm: expected a grayscale PGM image (P2 or P5), found \"P6\"")
  }

  @Test func header() throws {
    expect(.missing(source: "test", field: .width), "P5")
    expect(.missing(source: "test", field: .height), "P5 12 # the rest is a comment")
    expect(.missing(source: "test", field: .maximum), "P5 1 1\n")
    expect(.notANumber(source: "test", field: .width, found: "\"-3\""), "P5 -3 1 255 a")
    expect(.notANumber(source: "test", field: .height, found: "\"2x\""), "P5 1 2x 255 a")
    expect(.notANumber(source: "test", field: .maximum, found: "\"0xFF\""), "P2 1 1 0xFF 1")
    expect(
      .outOfRange(source: "test", field: .width, expected: 1...67_108_864, found: 0),
      "P5 0 1 255 a")
    expect(
      .outOfRange(source: "test", field: .maximum, expected: 1...65_535, found: 0), "P5 1 1 0 a")
    expect(
      .outOfRange(source: "test", field: .maximum, expected: 1...65_535, found: 65_536),
      "P5 1 1 65536 ab")
    expect(
      .tooManyPixels(source: "test", limit: 67_108_864, width: 60_000_000, height: 2),
      "P5 60000000 2 255 ")
  }

  /// A number of many digits is out of range and overflows nothing.
  @Test func endlessNumber() throws {
    let error = #expect(throws: PGMError.self) {
      try image("P5 \(String(repeating: "9", count: 1000)) 1 255 ")
    }
    guard case .outOfRange("test", .width, 1...67_108_864, _) = error else {
      Issue.record("\(String(describing: error))")
      return
    }
  }

  @Test func truncatedPixels() throws {
    expect(.truncated(source: "test", expected: 4, found: 3), "P5 2 2 255\n", [1, 2, 3])
    expect(.truncated(source: "test", expected: 4, found: 0), "P5 2 2 255")
    expect(.truncated(source: "test", expected: 8, found: 7), "P5 2 2 999\n", noise(7))
    // Nothing is allocated for pixels that cannot be there.
    expect(.truncated(source: "test", expected: 134_217_727, found: 2), "P2 8192 8192 255 1")
    expect(.missing(source: "test", field: .pixel(3)), "P2 2 2 255 100 100 100")
  }

  @Test func valuesAboveTheMaximum() throws {
    expect(
      .outOfRange(source: "test", field: .pixel(1), expected: 0...100, found: 101),
      "P5 2 1 100\n", [100, 101])
    expect(
      .outOfRange(source: "test", field: .pixel(0), expected: 0...999, found: 1000),
      "P5 1 1 999\n", [3, 232])
    expect(
      .outOfRange(source: "test", field: .pixel(2), expected: 0...15, found: 16),
      "P2 3 1 15 1 2 16")
  }

  @Test func junk() throws {
    expect(.notANumber(source: "test", field: .pixel(1), found: "\"x\""), "P2 3 1 15 1 x 2")
    expect(.trailingData(source: "test", found: 2), "P2 3 1 15 1 2 3 44")
    expect(.trailingData(source: "test", found: 3), "P5 1 1 255\n", [1, 0x0A, 2, 3, 4])
    #expect(try image("P5 1 1 255\n", [1, 0x0A]).pixels == [1])
  }
}
