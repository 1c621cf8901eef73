import BenchmarkSupport
import ScalingModel
import Terminal

// What a group came to, in characters: nothing wider than 100 columns.

extension ScalingGroup {
  /// Throughput, speed-up, phases, a chart, the laws and what they predict.
  func lines(_ study: ScalingStudy, predictions: [Int], bar: CharacterBar) -> [String] {
    [title, ""] + throughputTable(study) + [""] + workTable + [""] + chart(study, bar) + [""]
      + yardstick
      + laws(study) + predictionTable(study, predictions)
      + study.caveats.flatMap { TextWrapping.lines($0, width: 98) }
  }

  private func throughputTable(_ study: ScalingStudy) -> [String] {
    var table = TextTable(columns: [
      ("thr", .right), ("batch", .right), ("samples/s", .right), ("95 % interval", .right),
      ("quartiles", .right), ("least", .right), ("most", .right), ("speed-up", .right),
      ("95 %", .right), ("effic.", .right),
    ])
    for (point, entry) in zip(study.points, cases) {
      let spread = point.throughput
      table.addRow([
        "\(point.threads)", "\(entry.batchSize)", Self.short(spread.median),
        Self.range(point.interval.lower, point.interval.upper),
        Self.range(spread.lowerQuartile, spread.upperQuartile), Self.short(spread.minimum),
        Self.short(spread.maximum), NumberText.fixed(point.speedUp, decimals: 2),
        NumberText.fixed(point.speedUpInterval.lower, decimals: 2) + "–"
          + NumberText.fixed(point.speedUpInterval.upper, decimals: 2),
        NumberText.percent(point.efficiency, decimals: 0),
      ])
    }
    return table.lines()
  }

  private var workTable: [String] {
    var table = TextTable(columns: [
      ("threads", .right), ("GFLOP/s", .right), ("of peak", .right), ("MB/iter.", .right),
      ("GB/s", .right), ("gather", .right), ("forward", .right), ("loss", .right),
      ("backward", .right), ("update", .right), ("waiting", .right),
    ])
    for entry in cases {
      table.addRow(
        [
          "\(entry.threads)", NumberText.fixed(entry.speed, decimals: 1),
          NumberText.percent(entry.shareOfPeak, decimals: 0),
          NumberText.fixed(entry.work.bytes / 1e6, decimals: 2),
          NumberText.fixed(entry.traffic, decimals: 1),
        ] + entry.shares.map { NumberText.percent($0.share, decimals: 1) })
    }
    return table.lines()
  }

  /// What more threads come to in a loop of nothing but multiply-adds in registers: where that is
  /// less than the threads, the machine and not the program is what does not scale.
  private var yardstick: [String] {
    guard let one = cases.first(where: { $0.threads == 1 }) else { return [] }
    let peak = Spread(one.peaks).median
    let ratios = cases.filter { $0.threads > 1 }.map { entry in
      "\(entry.threads) threads \(NumberText.fixed(Spread(entry.peaks).median / peak, decimals: 2)) ×"
    }
    return TextWrapping.lines(
      "Multiply-adds in registers, all that scales perfectly: one thread "
        + "\(NumberText.fixed(peak, decimals: 1)) GFLOP/s, \(ratios.joined(separator: ", ")).",
      width: 98)
  }

  /// A bar for each number of threads, as long as its speed-up.
  private func chart(_ study: ScalingStudy, _ bar: CharacterBar) -> [String] {
    let largest = study.points.map(\.speedUp).max() ?? 1
    let label = study.points.map { "\($0.threads)".count }.max() ?? 1
    return study.points.map { point in
      let threads = TextWrapping.rightAligned("\(point.threads)", to: label)
      return "  \(threads) " + bar.filled(point.speedUp / largest, width: 72) + " "
        + NumberText.fixed(point.speedUp, decimals: 2) + " ×"
    }
  }

  // MARK: Laws

  private func laws(_ study: ScalingStudy) -> [String] {
    study.fits.map { fit in
      var text = "\(fit.form.text): one thread \(Self.short(fit.law.rate)) samples/s"
      if fit.form != .coherenceOnly { text += ", σ = " + Self.parameter(fit.contention) }
      if fit.form != .amdahl { text += ", κ = " + Self.parameter(fit.coherence) }
      if fit.form == .amdahl, let limit = fit.law.limitOfSpeedUp {
        text += "; at most \(NumberText.significant(limit, digits: 3)) ×"
      }
      if let best = fit.law.bestThreads {
        text += "; most at \(NumberText.significant(best, digits: 3)) threads"
      }
      if fit.form.leastPoints < study.fittedThreads.count {
        text += "; off by \(NumberText.percent(fit.largestError, decimals: 1)) at most"
      }
      return text
    }.flatMap { TextWrapping.lines($0, width: 98) }
  }

  private func predictionTable(_ study: ScalingStudy, _ counts: [Int]) -> [String] {
    guard !study.fits.isEmpty else { return [] }
    var table = TextTable(
      columns: [("threads", .right), ("", .left), ("samples/s measured", .right)]
        + study.fits.map { (TextTable.heading($0.form), .right) })
    let shown = Set(counts + study.fittedThreads).sorted()
    for threads in shown {
      let point = study.points.first { $0.threads == threads }
      let isFitted = study.fittedThreads.contains(threads)
      table.addRow(
        [
          "\(threads)", isFitted ? "fitted" : "extrapolated",
          point.map { Self.short($0.throughput.median) + (isFitted ? "" : " *") } ?? "–",
        ]
          + study.fits.map { fit in
            let estimate = fit.prediction(threads: threads)
            return Self.short(estimate.value) + " ("
              + Self.range(estimate.interval.lower, estimate.interval.upper) + ")"
          })
    }
    let note =
      shown.contains { count in
        !study.fittedThreads.contains(count) && study.points.contains { $0.threads == count }
      } ? ["* more threads than cores: the laws are about as many cores"] : []
    return [""] + table.lines() + note
  }

  // MARK: Numbers

  private static func parameter(_ estimate: ScalingStudy.Estimate) -> String {
    func text(_ value: Double) -> String { NumberText.significant(value, digits: 3) }
    return "\(text(estimate.value)) (\(text(estimate.interval.lower)) to "
      + "\(text(estimate.interval.upper)))"
  }

  /// 355,120 is 355.1k, 1,234,567 is 1.23M.
  static func short(_ value: Double) -> String {
    if value >= 1e6 { return NumberText.fixed(value / 1e6, decimals: 2) + "M" }
    if value >= 1e4 { return NumberText.fixed(value / 1e3, decimals: 1) + "k" }
    return NumberText.grouped(rounding: value)
  }

  private static func range(_ lower: Double, _ upper: Double) -> String {
    "\(short(lower))–\(short(upper))"
  }
}

extension ScalingLaw.Form {
  var text: String {
    switch self {
    case .amdahl: "Amdahl's law"
    case .coherenceOnly: "coherence alone"
    case .universal: "Universal Scalability Law"
    }
  }
}

extension TextTable {
  fileprivate static func heading(_ form: ScalingLaw.Form) -> String {
    switch form {
    case .amdahl: "Amdahl (95 %)"
    case .coherenceOnly: "coherence alone (95 %)"
    case .universal: "USL (95 %)"
    }
  }
}
