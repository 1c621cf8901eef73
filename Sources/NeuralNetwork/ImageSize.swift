/// The size of the images whose pixels, row by row, are the features of samples.
public struct ImageSize: Sendable, Hashable {
  /// Rows, at least 1.
  public let height: Int
  /// Pixels in a row, at least 1.
  public let width: Int

  /// A size; nil unless both numbers are at least 1 and their product is at most
  /// ``Network/maximumUnits``.
  public init?(height: Int, width: Int) {
    guard (1...Network.maximumUnits).contains(height), (1...Network.maximumUnits).contains(width),
      height * width <= Network.maximumUnits
    else { return nil }
    self.height = height
    self.width = width
  }

  /// Pixels of an image: `height × width`.
  public var pixelCount: Int { height * width }
}

extension ImageSize: LosslessStringConvertible {
  /// The text form, height first: "28x28".
  public var description: String { "\(height)x\(width)" }

  /// The size that a text form stands for; nil for any other text.
  public init?(_ text: String) {
    let parts = text.split(separator: "x", omittingEmptySubsequences: false).map { Int($0) }
    guard parts.count == 2, let height = parts[0], let width = parts[1],
      let size = ImageSize(height: height, width: width), size.description == text
    else { return nil }
    self = size
  }
}
