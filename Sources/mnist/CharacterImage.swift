import Datasets

/// An image in characters, for a look at it in a terminal.
struct CharacterImage {
  private let ramp: [Character]

  /// - Parameter hasUnicode: Whether shaded blocks can be shown; punctuation otherwise.
  init(hasUnicode: Bool) {
    ramp = Array(hasUnicode ? " ░▒▓█" : " .:-=+*#%@")
  }

  /// The lines of the picture: two characters a pixel, which makes it nearly square. An image too
  /// wide for `columns` characters is scaled down.
  func lines(of image: GrayscaleImage, columns: Int = 80) -> [String] {
    let width = min(image.width, columns / 2)
    let height = max(1, image.height * width / image.width)
    let shown =
      width == image.width ? image : image.resized(height: height, width: width)
    return (0..<shown.height).map { row in
      var line = ""
      for column in 0..<shown.width {
        let level = (Int(shown[row, column]) * (ramp.count - 1) + 127) / 255
        line += String(repeating: ramp[level], count: 2)
      }
      while line.last == " " { line.removeLast() }
      return line
    }
  }
}
