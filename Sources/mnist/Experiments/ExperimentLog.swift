import FileSystem
import Terminal

/// The table of an experiment as JSON Lines: what `mnist experiment NAME --log FILE` writes and
/// `tools/plot.py` draws.
///
/// | Line | Fields |
/// |---|---|
/// | first | `event` "experiment", `version`, `experiment` (its name), `kernel`, `threads`, `seed`, `dataset` |
/// | one for each row of the table | `event` "row", then the columns; accuracies are fractions, times seconds |
/// | last | `event` "end" |
final class ExperimentLog {
  /// What is known before the experiment.
  struct Start {
    var version: String
    var experiment: String
    var kernel: String
    var threads: Int
    var seed: UInt64
    var dataset: String
  }

  private let writer: JSONLinesWriter

  init(path: String) throws(FileError) {
    writer = try JSONLinesWriter(path: path)
  }

  func start(_ start: Start) throws(FileError) {
    try writer.write([
      ("event", .string("experiment")),
      ("version", .string(start.version)),
      ("experiment", .string(start.experiment)),
      ("kernel", .string(start.kernel)),
      ("threads", .integer(start.threads)),
      ("seed", .unsigned(start.seed)),
      ("dataset", .string(start.dataset)),
    ])
  }

  func row(_ cells: [ExperimentCell]) throws(FileError) {
    try writer.write([("event", .string("row"))] + cells.map { ($0.field, $0.value) })
  }

  func end() throws(FileError) {
    try writer.write([("event", .string("end"))])
  }
}
