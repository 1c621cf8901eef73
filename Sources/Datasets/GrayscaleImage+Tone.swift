extension GrayscaleImage {
  /// The negative: 255 less each pixel.
  public var inverted: GrayscaleImage {
    GrayscaleImage(height: height, width: width, pixels: pixels.map { 255 - $0 })
  }

  /// Whether the image seems to be drawn dark on light, as people draw, and not light on dark, as
  /// MNIST's digits are stored: whether the median of the outermost rows and columns is above 127.
  ///
  /// A guess: it takes the border to be background, which a drawing that fills the image defeats.
  public var isDarkOnLight: Bool {
    var histogram = [Int](repeating: 0, count: 256)
    for row in 0..<height {
      let isOuterRow = row == 0 || row == height - 1
      for column in 0..<width where isOuterRow || column == 0 || column == width - 1 {
        histogram[Int(self[row, column])] += 1
      }
    }
    let light = histogram[128...].reduce(0, +)
    return 2 * light > histogram.reduce(0, +)
  }
}
