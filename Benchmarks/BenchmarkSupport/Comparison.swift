import ScalingModel
import Terminal

/// What has changed between an old file and what was just measured.
struct Comparison {
  /// One measurement that both have.
  struct Row {
    let id: String
    let old: Double
    let new: Double
    /// The new median by the old one.
    let ratio: Double
    let interval: Interval
    let isBetterWhenLess: Bool

    /// Nil where the change is within the noise.
    var change: String? {
      if interval.contains(1) { return nil }
      return (ratio > 1) == isBetterWhenLess ? "slower" : "faster"
    }
  }

  let rows: [Row]
  /// What one of both lacks.
  let onlyNew: [String]
  let onlyOld: [String]
  private let old: OldReport

  init(of measurements: [Measured], with old: OldReport, seed: UInt64) {
    self.old = old
    var rows: [Row] = []
    var onlyNew: [String] = []
    for new in measurements {
      guard let entry = old.entries[new.id], entry.figure == new.figure else {
        onlyNew.append(new.id)
        continue
      }
      let median = Spread(entry.values).median
      rows.append(
        Row(
          id: new.id, old: median, new: new.spread.median, ratio: new.spread.median / median,
          interval: RoundBootstrap.interval(
            ofRatio: new.spread.values, to: entry.values, seed: seed),
          isBetterWhenLess: new.isBetterWhenLess))
    }
    self.rows = rows
    self.onlyNew = onlyNew
    let known = Set(measurements.map(\.id))
    onlyOld = old.entries.keys.filter { !known.contains($0) }.sorted()
  }

  var lines: [String] {
    var table = TextTable(columns: [
      ("new against \(old.path)", .left), ("old", .right), ("new", .right), ("ratio", .right),
      ("95 % interval", .right), ("", .left),
    ])
    for row in rows {
      table.addRow([
        row.id, Self.number(row.old), Self.number(row.new),
        NumberText.fixed(row.ratio, decimals: 3),
        "\(NumberText.fixed(row.interval.lower, decimals: 3)) to "
          + NumberText.fixed(row.interval.upper, decimals: 3),
        row.change.map { "* \($0)" } ?? "",
      ])
    }
    var lines = rows.isEmpty ? [] : table.lines()
    let outside = rows.count { $0.change != nil }
    lines += TextWrapping.lines(
      "\(outside) of \(rows.count) are outside the noise (*): their interval does not hold 1. It "
        + "knows the noise within both runs only: a machine that has become slower as a whole since "
        + "then shows as a change. The old file is of: \(old.processor).", width: 98)
    for (name, ids) in [("new", onlyNew), ("old", onlyOld)] where !ids.isEmpty {
      lines += TextWrapping.lines(
        "\(ids.count) only in the \(name) run: \(ids.prefix(5).joined(separator: "; "))"
          + (ids.count > 5 ? "; …" : ""), width: 98)
    }
    return lines
  }

  private static func number(_ value: Double) -> String {
    value >= 1000
      ? NumberText.grouped(rounding: value) : NumberText.significant(value, digits: 4)
  }
}
