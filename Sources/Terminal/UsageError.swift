/// What can be wrong with the arguments of a program. Each message names the option, the value
/// found and what is allowed.
public enum UsageError: Error, Equatable, Sendable, CustomStringConvertible {
  case unknownCommand(String, allowed: [String])
  case unknownOption(String, allowed: [String])
  case missingValue(option: String, allowed: String)
  case unexpectedValue(option: String, value: String)
  case invalidValue(option: String, value: String, allowed: String)
  case repeatedOption(String)
  case conflictingOptions(String, String)
  case missingOption(String, allowed: String)
  case unexpectedArgument(String, command: String)
  /// A contradiction that only the command itself can see, as a whole sentence.
  case contradiction(String)

  public var description: String {
    switch self {
    case .unknownCommand(let name, let allowed):
      "unknown command \"\(name)\"" + Self.suggestion(for: name, among: allowed)
        + "\nallowed: " + allowed.joined(separator: ", ")
    case .unknownOption(let option, let allowed):
      "unknown option \(option)" + Self.suggestion(for: option, among: allowed)
        + "\nallowed: " + allowed.joined(separator: ", ")
    case .missingValue(let option, let allowed):
      "\(option) needs a value: expected \(allowed)"
    case .unexpectedValue(let option, let value):
      "\(option): expected no value, found \"\(value)\""
    case .invalidValue(let option, let value, let allowed):
      "\(option): expected \(allowed), found \"\(value)\""
    case .repeatedOption(let option):
      "\(option) is given more than once: expected at most one"
    case .conflictingOptions(let option, let other):
      "\(option) and \(other) contradict each other: expected at most one of them"
    case .missingOption(let option, let allowed):
      "\(option) is missing: expected \(allowed)"
    case .unexpectedArgument(let argument, let command):
      "unexpected argument \"\(argument)\": \(command) takes options only"
    case .contradiction(let sentence):
      sentence
    }
  }

  private static func suggestion(for word: String, among known: [String]) -> String {
    Spelling.nearest(to: word, among: known).map { "; did you mean \($0)?" } ?? ""
  }
}
