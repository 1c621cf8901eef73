extension Network {
  /// The network as a table: layer, activation, dropout where there is any, output shape,
  /// parameters; and their total.
  public var summary: String {
    var rows = [["layer", "activation", "dropout", "output shape", "parameters"]]
    rows.append(["input", "", Self.text(inputDropout), "[\(inputCount)]", "0"])
    for (index, layer) in layers.enumerated() {
      rows.append([
        "dense \(index + 1)", layer.activation.description, Self.text(layer.dropout),
        "[\(layer.outputs)]", Self.grouped(layer.parameterCount),
      ])
    }
    rows.append(["total", "", "", "", Self.grouped(parameterCount)])
    if dropouts.allSatisfy({ $0 == 0 }) {
      for row in rows.indices { rows[row].remove(at: 2) }
    }
    let widths = rows[0].indices.map { column in
      rows.reduce(0) { max($0, $1[column].count) }
    }
    let lines = rows.map { row in
      zip(row, widths).enumerated().map { column, cell in
        let padding = String(repeating: " ", count: cell.1 - cell.0.count)
        return column == row.count - 1 ? padding + cell.0 : cell.0 + padding
      }
      .joined(separator: "  ")
    }
    return lines.joined(separator: "\n")
  }

  /// "0.5"; nothing for 0.
  private static func text(_ dropout: Float) -> String {
    dropout == 0 ? "" : NumberForm.text(dropout)
  }

  /// "101,770".
  private static func grouped(_ number: Int) -> String {
    let digits = Array(String(number))
    var text = ""
    for (index, digit) in digits.enumerated() {
      if index > 0 && (digits.count - index) % 3 == 0 { text += "," }
      text.append(digit)
    }
    return text
  }
}
