/// The arguments of a command that are not options.
public struct PositionalDeclaration: Sendable {
  /// What stands for them in the help: `IMAGE…`.
  public let placeholder: String
  /// A sentence for the help.
  public let help: String

  public init(_ placeholder: String, help: String) {
    self.placeholder = placeholder
    self.help = help
  }
}

/// One command of a program: `mnist train`.
public struct CommandDeclaration: Sendable {
  /// The word that selects the command.
  public let name: String
  /// What it does, in one line without a full stop.
  public let summary: String
  /// Its options, in the order of the help.
  public let options: [any OptionDeclaration]
  /// Its other arguments; nil when it takes none.
  public let positional: PositionalDeclaration?
  /// Command lines worth copying, each with a remark.
  public let examples: [(line: String, remark: String)]

  public init(
    name: String, summary: String, options: [any OptionDeclaration],
    positional: PositionalDeclaration? = nil, examples: [(line: String, remark: String)] = []
  ) {
    self.name = name
    self.summary = summary
    self.options = options
    self.positional = positional
    self.examples = examples
  }
}

/// A program: its commands, one of which is meant when none is named.
public struct ProgramDeclaration: Sendable {
  public let name: String
  public let version: String
  /// What it does, in one line without a full stop.
  public let summary: String
  public let commands: [CommandDeclaration]
  /// The name of the command that is meant when none is named.
  public let defaultCommand: String

  /// - Precondition: `defaultCommand` is the name of one of `commands`.
  public init(
    name: String, version: String, summary: String, commands: [CommandDeclaration],
    defaultCommand: String
  ) {
    precondition(
      commands.contains { $0.name == defaultCommand }, "the default command must be declared")
    self.name = name
    self.version = version
    self.summary = summary
    self.commands = commands
    self.defaultCommand = defaultCommand
  }

  /// The command called `name`, or nil.
  public func command(_ name: String) -> CommandDeclaration? {
    commands.first { $0.name == name }
  }
}
