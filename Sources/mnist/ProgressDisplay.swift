import Terminal
import Training

/// What a person sees of a run: one live line on a terminal, and a line for each epoch.
final class ProgressDisplay {
  private let console: Console
  private let epochs: Int
  private let canStopEarly: Bool
  private var judge: EpochJudge
  private let hasValidation: Bool
  private let isQuiet: Bool
  private let liveLine: LiveLine
  private let liveBar: CharacterBar
  private var hasHeading = false

  /// - Parameter history: The epochs before a checkpoint that the run goes on from.
  init(
    _ console: Console, configuration: TrainingConfiguration, hasValidation: Bool,
    history: [EpochRecord], isQuiet: Bool
  ) {
    self.console = console
    epochs = configuration.epochs
    canStopEarly = configuration.stopping.canStopEarly
    judge = EpochJudge(configuration.stopping)
    judge.observe(history)
    self.hasValidation = hasValidation
    self.isQuiet = isQuiet
    liveLine = LiveLine(
      stream: console.errors, capabilities: console.errorCapabilities,
      longest: Console.longestLine)
    liveBar = CharacterBar(hasUnicode: console.errorCapabilities.hasUnicode)
  }

  func show(_ event: TrainingEvent) {
    guard !isQuiet else { return }
    switch event {
    case .progress(let progress):
      liveLine.update { text(of: progress, width: $0) }
    case .epoch(let record):
      liveLine.clear()
      if !hasHeading { console.print(console.style.dim(heading)) }
      hasHeading = true
      judge.observe(record)
      console.print(line(for: record))
    case .checkpoint: break
    }
  }

  /// Takes the live line away.
  func finish() {
    liveLine.clear()
  }

  /// "epoch 3/10 ━━━━━━──── 60 %  354,120 samples/s  loss 0.0812  2.1 s left"; "at most 2.1 s left"
  /// where a stopping rule can end the run earlier.
  func text(of progress: TrainingProgress, width: Int) -> String {
    let fraction = Double(progress.samplesDone) / Double(max(progress.samplesPerEpoch, 1))
    let start = "epoch \(progress.epoch)/\(progress.epochs) "
    let percent = TextWrapping.rightAligned(NumberText.percent(fraction, decimals: 0), to: 6)
    let rest =
      "\(percent)  \(NumberText.grouped(rounding: progress.samplesPerSecond)) samples/s"
      + "  loss \(NumberText.fixed(progress.loss, decimals: 4))"
      + "  \(canStopEarly ? "at most " : "")"
      + "\(NumberText.duration(progress.secondsLeft, decimals: 1)) left"
    // The bar takes what room there is; a narrow terminal does without it.
    let room = min(24, width - start.count - rest.count)
    return start + (room >= 4 ? liveBar.progress(fraction, width: room) : "") + rest
  }

  private static let columns = [
    (title: "loss", width: 9), (title: "val. loss", width: 11), (title: "val. acc.", width: 11),
    (title: "best", width: 6), (title: "rate", width: 10), (title: "time", width: 10),
    (title: "samples/s", width: 12), (title: "iterations", width: 12),
  ]
  /// Those that there are with validation images only.
  private static let validationColumns = 1...3

  /// The epoch's column is as wide as its last line needs.
  private var firstWidth: Int { "epoch \(epochs)/\(epochs)".count }

  /// The titles of the columns of ``line(for:)``.
  var heading: String {
    row("epoch", Self.columns.map(\.title))
  }

  /// "epoch  3/10   0.0812       0.1021    97.12 %     3     0.048    0.21 s     285,714       1,407":
  /// `best` is the best epoch so far, `rate` the learning rate of the last iteration.
  func line(for record: EpochRecord) -> String {
    let count = "\(record.epoch)"
    let width = "\(epochs)".count
    return row(
      "epoch \(TextWrapping.rightAligned(count, to: width))/\(epochs)",
      [
        NumberText.fixed(record.loss, decimals: 4),
        record.validation.map { NumberText.fixed($0.loss, decimals: 4) } ?? "",
        record.validation?.accuracy.map { NumberText.percent($0) } ?? "",
        judge.bestEpoch.map(String.init) ?? "",
        NumberText.significant(Double(record.learningRate), digits: 3),
        NumberText.duration(record.seconds),
        NumberText.grouped(rounding: record.samplesPerSecond),
        NumberText.grouped(record.iterations),
      ])
  }

  private func row(_ first: String, _ cells: [String]) -> String {
    var line = TextWrapping.padded(first, to: firstWidth)
    for (index, cell) in cells.enumerated()
    where hasValidation || !Self.validationColumns.contains(index) {
      line += TextWrapping.rightAligned(cell, to: Self.columns[index].width)
    }
    return line
  }
}
