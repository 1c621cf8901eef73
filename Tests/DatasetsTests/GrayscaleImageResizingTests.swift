import Testing

@testable import Datasets

@Suite struct GrayscaleImageResizingTests {
  private static let sizes = [(1, 1), (1, 7), (5, 3), (28, 28), (31, 64)]

  private func mean(_ image: GrayscaleImage) -> Double {
    Double(image.pixels.reduce(0) { $0 + Int($1) }) / Double(image.pixels.count)
  }

  @Test(arguments: sizes, sizes)
  func constantStaysConstant(old: (Int, Int), new: (Int, Int)) {
    for value: UInt8 in [0, 1, 127, 254, 255] {
      let image = GrayscaleImage(
        height: old.0, width: old.1, pixels: [UInt8](repeating: value, count: old.0 * old.1))
      let resized = image.resized(height: new.0, width: new.1)
      #expect(resized.height == new.0 && resized.width == new.1)
      #expect(resized.pixels.allSatisfy { $0 == value })
    }
  }

  @Test(arguments: sizes)
  func sameSizeIsIdentity(size: (Int, Int)) {
    let image = GrayscaleImage(height: size.0, width: size.1, pixels: noise(size.0 * size.1))
    #expect(image.resized(height: size.0, width: size.1) == image)
    #expect(image.fitted(height: size.0, width: size.1) == image)
  }

  /// Every pixel is the exact average of its block, rounded: off by at most 1/2, and so is the
  /// mean of all.
  @Test(arguments: 1...7, 1...7)
  func shrinkingAverages(rows: Int, columns: Int) {
    let (height, width) = (4, 6)
    let image = GrayscaleImage(
      height: height * rows, width: width * columns,
      pixels: noise(height * rows * width * columns, seed: rows * 8 + columns))
    let small = image.resized(height: height, width: width)
    for row in 0..<height {
      for column in 0..<width {
        var sum = 0
        for y in 0..<rows {
          for x in 0..<columns { sum += Int(image[row * rows + y, column * columns + x]) }
        }
        let area = rows * columns
        #expect(Int(small[row, column]) == (2 * sum + area) / (2 * area))
      }
    }
    #expect(abs(mean(small) - mean(image)) <= 0.5)
  }

  /// Three pixels to two: each new one covers an old one and half of the next.
  @Test func shrinkingSharesPixels() {
    let image = GrayscaleImage(height: 1, width: 3, pixels: [0, 90, 240])
    #expect(image.resized(height: 1, width: 2).pixels == [30, 190])
  }

  /// Centres of the new pixels, in old ones: -1/4, 1/4, 3/4, 5/4.
  @Test func growingInterpolates() {
    let image = GrayscaleImage(height: 1, width: 2, pixels: [40, 80])
    #expect(image.resized(height: 1, width: 4).pixels == [40, 50, 70, 80])
    let column = GrayscaleImage(height: 2, width: 1, pixels: [40, 80])
    #expect(column.resized(height: 4, width: 1).pixels == [40, 50, 70, 80])
  }

  @Test(arguments: sizes, sizes)
  func mirrorImagesStayMirrored(old: (Int, Int), new: (Int, Int)) {
    let image = GrayscaleImage(height: old.0, width: old.1, pixels: noise(old.0 * old.1))
    let rotated = GrayscaleImage(
      height: old.0, width: old.1, pixels: Array(image.pixels.reversed()))
    #expect(
      rotated.resized(height: new.0, width: new.1).pixels
        == Array(image.resized(height: new.0, width: new.1).pixels.reversed()))
  }

  @Test func fittingKeepsProportions() {
    let wide = GrayscaleImage(height: 2, width: 4, pixels: [UInt8](repeating: 9, count: 8))
    #expect(
      wide.fitted(height: 4, width: 4).pixels
        == [0, 0, 0, 0, 9, 9, 9, 9, 9, 9, 9, 9, 0, 0, 0, 0])
    let tall = GrayscaleImage(height: 100, width: 50, pixels: [UInt8](repeating: 9, count: 5000))
    #expect(
      tall.fitted(height: 4, width: 4).pixels
        == [0, 9, 9, 0, 0, 9, 9, 0, 0, 9, 9, 0, 0, 9, 9, 0])
    // However thin, something of it stays.
    let line = GrayscaleImage(height: 1, width: 500, pixels: [UInt8](repeating: 9, count: 500))
    #expect(line.fitted(height: 3, width: 3).pixels == [0, 0, 0, 9, 9, 9, 0, 0, 0])
  }

  @Test func inverted() {
    let image = GrayscaleImage(height: 1, width: 3, pixels: [0, 100, 255])
    #expect(image.inverted.pixels == [255, 155, 0])
    #expect(image.inverted.inverted == image)
  }

  @Test func darkOnLight() {
    var paper = GrayscaleImage(height: 8, width: 8, pixels: [UInt8](repeating: 230, count: 64))
    for row in 2..<7 { paper[row, 4] = 10 }
    #expect(paper.isDarkOnLight && !paper.inverted.isDarkOnLight)
    // A stroke that leaves the image changes nothing, nor does a dark middle.
    for row in 0..<8 { paper[row, 4] = 10 }
    for row in 1..<7 { for column in 1..<7 { paper[row, column] = 0 } }
    #expect(paper.isDarkOnLight && !paper.inverted.isDarkOnLight)
    #expect(GrayscaleImage(height: 1, width: 1, pixels: [128]).isDarkOnLight)
    #expect(!GrayscaleImage(height: 1, width: 1, pixels: [127]).isDarkOnLight)
  }
}
