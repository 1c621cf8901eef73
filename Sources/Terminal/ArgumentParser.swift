/// Reads a program's arguments according to its declaration.
///
/// - `--name value` and `--name=value` are the same; a flag takes no value.
/// - A value may start with a dash when it is a number (`--learning-rate -1`) or follows `=`.
/// - `-h` and `--help` anywhere before `--` ask for the command's help.
/// - After `--` nothing is an option.
public struct ArgumentParser: Sendable {
  /// What the arguments ask for.
  public enum Request: Sendable {
    /// The help of a command, or of the program.
    case help(CommandDeclaration?)
    case version
    case run(ParsedArguments)
  }

  /// An error, and the command whose help would have avoided it (nil: the program's).
  public struct Failure: Error, Sendable {
    public let error: UsageError
    public let command: String?
  }

  public let program: ProgramDeclaration

  public init(_ program: ProgramDeclaration) {
    self.program = program
  }

  /// - Parameter arguments: The arguments without the program's own name.
  public func parse(_ arguments: [String]) throws(Failure) -> Request {
    guard let first = arguments.first else { return .run(try parse([], of: program.default)) }
    switch first {
    case "-h", "--help":
      return .help(nil)
    case "--version":
      return .version
    case "help":
      return try parseHelp(arguments.dropFirst())
    case _ where first.hasPrefix("-") && first != "-":
      return try request(arguments[...], of: program.default)
    default:
      guard let command = program.command(first) else {
        throw unknownCommand(first)
      }
      return try request(arguments.dropFirst(), of: command)
    }
  }

  private func unknownCommand(_ name: String) -> Failure {
    Failure(
      error: .unknownCommand(name, allowed: program.commands.map(\.name) + ["help"]), command: nil)
  }

  private func parseHelp(_ arguments: ArraySlice<String>) throws(Failure) -> Request {
    guard let name = arguments.first else { return .help(nil) }
    guard let command = program.command(name) else { throw unknownCommand(name) }
    if let extra = arguments.dropFirst().first {
      throw Failure(error: .unexpectedArgument(extra, command: "help \(name)"), command: nil)
    }
    return .help(command)
  }

  private func request(
    _ arguments: ArraySlice<String>, of command: CommandDeclaration
  ) throws(Failure) -> Request {
    let options = arguments.prefix { $0 != "--" }
    if options.contains("--help") || options.contains("-h") { return .help(command) }
    if options.first == "--version" { return .version }
    return .run(try parse(arguments, of: command))
  }

  private func parse(
    _ arguments: ArraySlice<String>, of command: CommandDeclaration
  ) throws(Failure) -> ParsedArguments {
    do throws(UsageError) {
      var scanner = ArgumentScanner(arguments: arguments, result: .init(command: command))
      return try scanner.scan()
    } catch {
      throw Failure(error: error, command: command.name)
    }
  }
}

extension ProgramDeclaration {
  /// The command that is meant when none is named.
  var `default`: CommandDeclaration {
    guard let command = command(defaultCommand) else {
      preconditionFailure("the initializer has checked that the default command is declared")
    }
    return command
  }
}

/// One pass over the arguments of one command.
private struct ArgumentScanner {
  var arguments: ArraySlice<String>
  var result: ParsedArguments

  mutating func scan() throws(UsageError) -> ParsedArguments {
    while let argument = arguments.popFirst() {
      if argument == "--" {
        for rest in arguments { try takePositional(rest) }
        break
      }
      if argument.hasPrefix("-"), argument != "-" {
        try takeOption(argument)
      } else {
        try takePositional(argument)
      }
    }
    try checkConflicts()
    for option in result.command.options where option.isRequired {
      guard result.values[option.name] != nil else {
        throw .missingOption(option.usage, allowed: option.allowed)
      }
    }
    return result
  }

  private mutating func takePositional(_ argument: String) throws(UsageError) {
    guard result.command.positional != nil else {
      throw .unexpectedArgument(argument, command: result.command.name)
    }
    result.positional.append(argument)
  }

  private mutating func takeOption(_ argument: String) throws(UsageError) {
    let parts = argument.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
    let spelled = String(parts[0])
    let options = result.command.options
    guard let option = options.first(where: { "--\($0.name)" == spelled }) else {
      throw .unknownOption(spelled, allowed: options.map { "--\($0.name)" } + ["--help"])
    }
    guard result.values[option.name] == nil else { throw .repeatedOption(spelled) }
    let attached = parts.count == 2 ? String(parts[1]) : nil
    guard option.placeholder != nil else {
      if let attached { throw .unexpectedValue(option: spelled, value: attached) }
      result.values[option.name] = true
      return
    }
    guard let text = attached ?? takeValue() else {
      throw .missingValue(option: spelled, allowed: option.allowed)
    }
    guard let value = option.read(text) else {
      throw .invalidValue(option: spelled, value: text, allowed: option.allowed)
    }
    result.values[option.name] = value
  }

  /// The next argument if it can be a value: not an option, unless it is a negative number.
  private mutating func takeValue() -> String? {
    guard let next = arguments.first else { return nil }
    let isNumber = next.dropFirst().first.map { $0.isNumber || $0 == "." } ?? true
    guard !next.hasPrefix("-") || isNumber else { return nil }
    return arguments.popFirst()
  }

  private func checkConflicts() throws(UsageError) {
    for option in result.command.options where result.values[option.name] != nil {
      for other in option.conflicts where result.values[other] != nil {
        throw .conflictingOptions("--\(option.name)", "--\(other)")
      }
    }
  }
}
