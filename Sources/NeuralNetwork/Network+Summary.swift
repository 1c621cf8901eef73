import PlainText

extension Network {
  /// The network as a table: layer, activation, dropout where there is any, output shape,
  /// parameters; and their total.
  public var summary: String {
    let hasDropout = dropouts.contains { $0 != 0 }
    var table = TextTable(
      columns: [("layer", .left), ("activation", .left)]
        + (hasDropout ? [("dropout", .left)] : [])
        + [("output shape", .left), ("parameters", .right)])
    func add(_ name: String, _ activation: String, _ dropout: Float, _ shape: String, _ count: Int)
    {
      table.addRow(
        [name, activation] + (hasDropout ? [dropout == 0 ? "" : NumberForm.text(dropout)] : [])
          + [shape, NumberText.grouped(count)])
    }
    add("input", "", inputDropout, "[\(inputCount)]", 0)
    for (index, layer) in layers.enumerated() {
      add(
        "dense \(index + 1)", layer.activation.description, layer.dropout, "[\(layer.outputs)]",
        layer.parameterCount)
    }
    add("total", "", 0, "", parameterCount)
    return table.lines().joined(separator: "\n")
  }
}
