// Scaling to a model's input. Whole-number arithmetic throughout: every machine gets the same
// pixels.

extension GrayscaleImage {
  /// The image scaled to `height × width`, each axis on its own: the average over the area that a
  /// pixel comes from where the axis shrinks, linear interpolation between pixel centres (those at
  /// the edge repeated) where it grows. Rounded to nearest, once.
  /// - Precondition: Both sizes are positive.
  /// - Complexity: O(h · w), of the larger of the two heights and the larger of the two widths.
  public func resized(height newHeight: Int, width newWidth: Int) -> GrayscaleImage {
    precondition(newHeight > 0 && newWidth > 0, "an image has at least one row and one column")
    if newHeight == height && newWidth == width { return self }
    let horizontal = ScalingAxis(from: width, to: newWidth)
    let vertical = ScalingAxis(from: height, to: newHeight)
    let divisor = horizontal.weightSum * vertical.weightSum
    var result: [UInt8] = []
    result.reserveCapacity(newHeight * newWidth)
    var sums = [Int](repeating: 0, count: newWidth)
    // A row of the result shares at most two rows of the image with the next one: scaling those
    // again costs less than keeping all.
    for row in 0..<newHeight {
      for column in 0..<newWidth { sums[column] = 0 }
      for (y, rowWeight) in vertical.contributions(to: row) {
        for column in 0..<newWidth {
          var sum = 0
          for (x, weight) in horizontal.contributions(to: column) {
            sum += weight * Int(pixels[y * width + x])
          }
          sums[column] += rowWeight * sum
        }
      }
      for column in 0..<newWidth { result.append(UInt8((sums[column] + divisor / 2) / divisor)) }
    }
    return GrayscaleImage(height: newHeight, width: newWidth, pixels: result)
  }

  /// The image scaled to fit into `height × width` with its proportions kept, centred, the rest
  /// filled with 0: how a drawing of any size becomes a model's input. Invert a dark-on-light
  /// image first, so that the filling is background.
  /// - Precondition: Both sizes are positive.
  public func fitted(height newHeight: Int, width newWidth: Int) -> GrayscaleImage {
    precondition(newHeight > 0 && newWidth > 0, "an image has at least one row and one column")
    let fillsHeight = newHeight * width <= newWidth * height
    let innerHeight = fillsHeight ? newHeight : max(1, (height * newWidth + width / 2) / width)
    let innerWidth = fillsHeight ? max(1, (width * newHeight + height / 2) / height) : newWidth
    let inner = resized(height: innerHeight, width: innerWidth)
    if innerHeight == newHeight && innerWidth == newWidth { return inner }
    var result = GrayscaleImage(
      height: newHeight, width: newWidth,
      pixels: [UInt8](repeating: 0, count: newHeight * newWidth))
    result.place(inner, row: (newHeight - innerHeight) / 2, column: (newWidth - innerWidth) / 2)
    return result
  }

  /// Copies `image` into this one, its top left pixel to the given place.
  /// - Precondition: It fits.
  mutating func place(_ image: GrayscaleImage, row: Int, column: Int) {
    precondition(row >= 0 && row + image.height <= height, "the image sticks out")
    precondition(column >= 0 && column + image.width <= width, "the image sticks out")
    for y in 0..<image.height {
      let start = (row + y) * width + column
      let source = image.pixels[y * image.width..<(y + 1) * image.width]
      pixels.replaceSubrange(start..<start + image.width, with: source)
    }
  }
}

/// Which pixels along one axis make up each pixel of the result, and with which whole weights.
private struct ScalingAxis {
  let oldSize: Int
  let newSize: Int
  /// The sum of the weights of every pixel of the result.
  let weightSum: Int

  init(from oldSize: Int, to newSize: Int) {
    self.oldSize = oldSize
    self.newSize = newSize
    weightSum = oldSize >= newSize ? oldSize : 2 * newSize
  }

  @inline(__always)
  func contributions(to index: Int) -> Contributions {
    if oldSize >= newSize {
      // In units of 1/newSize of an old pixel, the new one covers oldSize units from here on.
      let start = index * oldSize
      return Contributions(
        position: start / newSize, end: (start + oldSize + newSize - 1) / newSize,
        coverage: start..<start + oldSize, unit: newSize)
    }
    // In units of 1/(2 newSize) of an old pixel, from the centre of old pixel 0 to the centre of
    // this one.
    let centre = min(
      max((2 * index + 1) * oldSize - newSize, 0), (oldSize - 1) * 2 * newSize)
    let unit = 2 * newSize
    // A window one old pixel wide covers two neighbours as linear interpolation weighs them.
    return Contributions(
      position: centre / unit, end: (centre + 2 * unit - 1) / unit,
      coverage: centre..<centre + unit, unit: unit)
  }

  /// Old pixels `position ..< end`, each spanning `unit`, weighted by how much `coverage` they
  /// hold.
  struct Contributions: Sequence, IteratorProtocol {
    var position: Int
    let end: Int
    let coverage: Range<Int>
    let unit: Int

    @inline(__always)
    mutating func next() -> (position: Int, weight: Int)? {
      guard position < end else { return nil }
      let weight = coverage.clamped(to: position * unit..<(position + 1) * unit).count
      defer { position += 1 }
      return (position, weight)
    }
  }
}
