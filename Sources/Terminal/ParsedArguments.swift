/// The arguments of one command, read and checked.
public struct ParsedArguments: Sendable {
  /// The command they belong to.
  public let command: CommandDeclaration
  /// The arguments that are no options, in order.
  public internal(set) var positional: [String] = []
  var values: [String: any Sendable] = [:]

  init(command: CommandDeclaration) {
    self.command = command
  }

  /// Whether the option was given.
  public func isGiven(_ option: some OptionDeclaration) -> Bool {
    values[option.name] != nil
  }

  /// These arguments, and options that were not given as if they had been.
  /// - Precondition: each of the settings names an option of the command and a text it allows.
  public func filled(with settings: [(option: String, text: String)]) -> ParsedArguments {
    var filled = self
    for (name, text) in settings where values[name] == nil {
      guard let value = command.options.first(where: { $0.name == name })?.read(text) else {
        preconditionFailure("--\(name) \(text) is nothing that \(command.name) allows")
      }
      filled.values[name] = value
    }
    return filled
  }

  /// The option's value, or its default.
  /// - Precondition: The option is one of the command's; a required one has then been given.
  public subscript<Value>(option: Option<Value>) -> Value {
    if let value = values[option.name] as? Value { return value }
    guard case .value(let value) = option.absence else {
      preconditionFailure("--\(option.name) is not an option of \(command.name)")
    }
    return value
  }
}
