/// A table in characters: a heading, aligned columns, two spaces between them.
public struct TextTable: Sendable {
  /// To which side a column's cells are aligned.
  public enum Alignment: Sendable {
    /// For text.
    case left
    /// For numbers.
    case right
  }

  private let columns: [(title: String, alignment: Alignment)]
  private var rows: [[String]] = []

  /// A table without rows.
  /// - Parameter columns: What stands above each column, and the side of its cells.
  public init(columns: [(title: String, alignment: Alignment)]) {
    self.columns = columns
  }

  /// Adds a row.
  /// - Precondition: There is one cell for each column.
  public mutating func addRow(_ cells: [String]) {
    precondition(cells.count == columns.count, "a row has one cell for each column")
    rows.append(cells)
  }

  /// The lines of the table, the heading first, without spaces at their ends.
  public func lines() -> [String] {
    let all = [columns.map(\.title)] + rows
    let widths = columns.indices.map { column in all.map { $0[column].count }.max() ?? 0 }
    return all.map { cells in
      let line = columns.indices.map { column in
        columns[column].alignment == .left
          ? TextWrapping.padded(cells[column], to: widths[column])
          : TextWrapping.rightAligned(cells[column], to: widths[column])
      }.joined(separator: "  ")
      return String(line.reversed().drop { $0 == " " }.reversed())
    }
  }
}
