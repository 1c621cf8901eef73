/// One option of a command, declared once: the parser, the help and the error messages are all
/// made from this value.
public struct Option<Value: Sendable>: OptionDeclaration {
  /// What the program gets when the option is not given.
  public enum Absence: Sendable {
    /// This value.
    case value(Value)
    /// A usage error.
    case isAnError
  }

  public let name: String
  public let syntax: ValueSyntax<Value>
  public let absence: Absence
  public let defaultText: String?
  public let help: String
  public let conflicts: [String]

  /// - Parameters:
  ///   - name: The name without its dashes, lowercase with hyphens: `batch-size`.
  ///   - syntax: How the value is read.
  ///   - default: The value when the option is not given.
  ///   - defaultText: How the help shows that default; nil leaves it out.
  ///   - help: A sentence without a full stop, for the help.
  ///   - conflicts: Names of options that must not be given together with this one.
  public init(
    _ name: String, _ syntax: ValueSyntax<Value>, default: Value, defaultText: String? = nil,
    help: String, conflicts: [String] = []
  ) {
    self.name = name
    self.syntax = syntax
    absence = .value(`default`)
    self.defaultText = defaultText
    self.help = help
    self.conflicts = conflicts
  }

  /// An option that must be given.
  public init(required name: String, _ syntax: ValueSyntax<Value>, help: String) {
    self.name = name
    self.syntax = syntax
    absence = .isAnError
    defaultText = nil
    self.help = help
    conflicts = []
  }

  public var placeholder: String? { syntax.placeholder }
  public var allowed: String { syntax.allowed }
  public var range: String? { syntax.range }
  public var isRequired: Bool {
    if case .isAnError = absence { true } else { false }
  }
  public func read(_ text: String) -> (any Sendable)? { syntax.read(text) }
}

extension Option where Value == Bool {
  /// An option without a value: false unless given.
  public init(flag name: String, help: String, conflicts: [String] = []) {
    self.init(name, .flag, default: false, help: help, conflicts: conflicts)
  }
}

/// An option whatever the type of its value: what the parser and the help need to know.
public protocol OptionDeclaration: Sendable {
  /// The name without its dashes.
  var name: String { get }
  /// What stands for the value in the help; nil for a flag.
  var placeholder: String? { get }
  /// What is allowed, as it completes "expected …".
  var allowed: String { get }
  /// The range in a few characters, or nil.
  var range: String? { get }
  /// How the help shows the default, or nil.
  var defaultText: String? { get }
  /// A sentence for the help.
  var help: String { get }
  /// Names of options that must not be given together with this one.
  var conflicts: [String] { get }
  /// Whether leaving the option out is an error.
  var isRequired: Bool { get }
  /// The value that `text` stands for, or nil when it is not allowed.
  func read(_ text: String) -> (any Sendable)?
}

extension OptionDeclaration {
  /// `--epochs N`, or `--quiet` for a flag.
  var usage: String { placeholder.map { "--\(name) \($0)" } ?? "--\(name)" }
}
