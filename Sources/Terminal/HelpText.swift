/// The text of `--help`, generated from the declarations that the parser uses.
public struct HelpText: Sendable {
  /// Lines are at most this long (an example's command line is never broken).
  public let width: Int
  private let program: ProgramDeclaration

  /// - Parameter width: The longest line; between 60 and 100 whatever is asked for.
  public init(_ program: ProgramDeclaration, width: Int = 80) {
    self.program = program
    self.width = min(max(width, 60), 100)
  }

  /// The help of the program: its commands and where to read on.
  public func overview() -> String {
    let commands = program.commands.map { command in
      let isDefault = command.name == program.defaultCommand
      return (command.name, command.summary + (isDefault ? " (the default)" : ""))
    }
    let general = [
      ("--help", "this text; after a command: the options of that command"),
      ("--version", "the version"),
    ]
    return """
      \(program.name) \(program.version) - \(program.summary)

      usage: \(program.name) [command] [options]

      commands:
      \(definitions(commands))

      options:
      \(definitions(general))

      \(program.name) alone, or with options only, is \(program.name) \(program.defaultCommand).
      \(program.name) help COMMAND shows the options of a command.

      """
  }

  /// The help of one command: usage, options with ranges and defaults, examples.
  public func help(of command: CommandDeclaration) -> String {
    let name = isAlone(command) ? program.name : "\(program.name) \(command.name)"
    var text = indented("\(name) - \(command.summary)", by: 0) + "\n\n"
    text += usage(of: command) + "\n"
    if let positional = command.positional {
      text += "\narguments:\n\(definitions([(positional.placeholder, positional.help)]))\n"
    }
    let options = command.options.map { ($0.usage, sentence(for: $0)) }
    text += "\noptions:\n\(definitions(options + [("--help", "this text")]))\n"
    if !command.examples.isEmpty { text += "\nexamples:\n" }
    for example in command.examples {
      text += "  \(example.line)\n"
      text += indented(example.remark, by: 6) + "\n"
    }
    return text
  }

  /// Whether the command is all there is of its program, and need not be named.
  private func isAlone(_ command: CommandDeclaration) -> Bool {
    command.name == program.name && program.commands.count == 1
  }

  private func usage(of command: CommandDeclaration) -> String {
    var words = ["usage:", program.name]
    if !isAlone(command) {
      words.append(
        command.name == program.defaultCommand ? "[\(command.name)]" : command.name)
    }
    words += command.options.filter(\.isRequired).map(\.usage)
    if command.options.contains(where: { !$0.isRequired }) { words.append("[options]") }
    if let positional = command.positional { words.append("[\(positional.placeholder)]") }
    return words.joined(separator: " ")
  }

  /// The help sentence with what the declaration knows in brackets: range, default, conflicts.
  private func sentence(for option: any OptionDeclaration) -> String {
    var notes: [String] = []
    if let range = option.range { notes.append(range) }
    if let text = option.defaultText { notes.append("default: \(text)") }
    if option.isRequired { notes.append("required") }
    if !option.conflicts.isEmpty {
      notes.append("not with " + option.conflicts.map { "--\($0)" }.joined(separator: ", "))
    }
    return notes.isEmpty ? option.help : "\(option.help) (\(notes.joined(separator: "; ")))"
  }

  /// Terms in a left column, their explanations wrapped in a right one.
  private func definitions(_ entries: [(term: String, explanation: String)]) -> String {
    let column = min(entries.map(\.term.count).max() ?? 0, 24) + 4
    return entries.map { term, explanation in
      let text = indented(explanation, by: column)
      return term.count + 4 <= column
        ? "  " + TextWrapping.padded(term, to: column - 2) + text.dropFirst(column)
        : "  \(term)\n\(text)"
    }.joined(separator: "\n")
  }

  private func indented(_ text: String, by indentation: Int) -> String {
    TextWrapping.lines(text, width: width - indentation)
      .map { String(repeating: " ", count: indentation) + $0 }
      .joined(separator: "\n")
  }
}
