import Terminal

/// The two streams that a person reads: results on one, notices and errors on the other.
struct Console {
  /// The widest line that is ever written.
  static let longestLine = 100

  let output: TextOutput
  let errors: TextOutput
  let outputCapabilities: TerminalCapabilities
  let errorCapabilities: TerminalCapabilities
  let environment: @Sendable (String) -> String?

  /// The process's own streams.
  static var standard: Console {
    let environment = ProcessEnvironment.value(of:)
    return Console(
      output: TextOutput(descriptor: 1), errors: TextOutput(descriptor: 2),
      outputCapabilities: TerminalCapabilities(descriptor: 1, environment: environment),
      errorCapabilities: TerminalCapabilities(descriptor: 2, environment: environment),
      environment: environment)
  }

  /// How results are emphasized.
  var style: Style { Style(isEnabled: outputCapabilities.hasColors) }

  /// Bars for results.
  var bar: CharacterBar { CharacterBar(hasUnicode: outputCapabilities.hasUnicode) }

  /// A line of results.
  func print(_ line: String = "") {
    output.writeLine(line)
  }

  /// A line that is no result: what was assumed, what was decided.
  func notice(_ text: String) {
    write("mnist: " + text)
  }

  /// What went wrong.
  func report(_ error: any Error) {
    write("mnist: error: \(error)")
  }

  /// Text on the error stream, wrapped, with the word "error:" at its start in red.
  private func write(_ text: String) {
    let label = "mnist: error:"
    for line in TextWrapping.lines(text, width: Self.longestLine) {
      guard line.hasPrefix(label) else {
        errors.writeLine(line)
        continue
      }
      let style = Style(isEnabled: errorCapabilities.hasColors)
      errors.writeLine("mnist: " + style.red("error:") + line.dropFirst(label.count))
    }
  }
}
