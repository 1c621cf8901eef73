/// An 8-bit grayscale image: `height × width` pixels, row by row, 0 for background and 255 for
/// full ink.
public struct GrayscaleImage: Sendable, Equatable {
  /// Rows.
  public let height: Int
  /// Pixels in a row.
  public let width: Int
  /// `height × width` bytes, row by row.
  public var pixels: [UInt8]

  /// - Precondition: `pixels.count == height × width`, both positive.
  public init(height: Int, width: Int, pixels: [UInt8]) {
    precondition(height > 0 && width > 0, "an image has at least one row and one column")
    precondition(pixels.count == height * width, "an image has height × width pixels")
    self.height = height
    self.width = width
    self.pixels = pixels
  }

  /// The pixel in a row, counted from the top, and a column, counted from the left, both from 0.
  /// - Precondition: both lie in the image.
  public subscript(row: Int, column: Int) -> UInt8 {
    get { pixels[row * width + column] }
    set { pixels[row * width + column] = newValue }
  }
}
