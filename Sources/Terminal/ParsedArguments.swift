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
