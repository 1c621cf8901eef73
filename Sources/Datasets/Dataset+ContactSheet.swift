extension Dataset {
  /// A picture of many samples: a grid with a gap of one pixel between them and around them.
  ///
  /// Row `r` shows samples of class `r`, the first ones in the dataset's order; where there are
  /// more rows than classes, row `r + classCount` goes on where row `r` stopped. A class with too
  /// few samples leaves the rest of its row black.
  /// - Parameters:
  ///   - columns: Samples in a row.
  ///   - rows: Rows of samples; one per class when nil.
  ///   - gap: The gray of the gap.
  ///   - image: What to show of the sample at a position; as it is when nil.
  /// - Returns: An image of `rows × (height + 1) + 1` by `columns × (width + 1) + 1` pixels.
  /// - Precondition: `columns` and `rows` are positive; the samples are images, each of a class.
  /// - Complexity: O(samples) to find them, at most.
  public func contactSheet(
    columns: Int = 20, rows: Int? = nil, gap: UInt8 = 96,
    showing image: ((_ position: Int) -> GrayscaleImage)? = nil
  ) -> GrayscaleImage {
    let rows = rows ?? classCount
    precondition(columns > 0 && rows > 0, "a contact sheet has at least one row and one column")
    let sheetHeight = rows * (height + 1) + 1
    let sheetWidth = columns * (width + 1) + 1
    var sheet = GrayscaleImage(
      height: sheetHeight, width: sheetWidth,
      pixels: [UInt8](repeating: gap, count: sheetHeight * sheetWidth))
    let chosen = firstPositions(ofEachClass: (rows + classCount - 1) / classCount * columns)
    let blank = GrayscaleImage(
      height: height, width: width, pixels: [UInt8](repeating: 0, count: featureCount))
    for row in 0..<rows {
      let samples = chosen[row % classCount].dropFirst(row / classCount * columns)
      for column in 0..<columns {
        let position = samples.dropFirst(column).first
        sheet.place(
          position.map(image ?? self.image(at:)) ?? blank, row: row * (height + 1) + 1,
          column: column * (width + 1) + 1)
      }
    }
    return sheet
  }

  /// The positions of the first samples of each class, at most `limit` of each.
  private func firstPositions(ofEachClass limit: Int) -> [[Int]] {
    var positions = [[Int]](repeating: [], count: classCount)
    var open = classCount
    for position in 0..<count where open > 0 {
      let label = label(at: position)
      guard positions[label].count < limit else { continue }
      positions[label].append(position)
      if positions[label].count == limit { open -= 1 }
    }
    return positions
  }
}
