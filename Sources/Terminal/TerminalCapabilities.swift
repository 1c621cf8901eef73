import FileSystem

/// What can be shown where a descriptor leads.
public struct TerminalCapabilities: Sendable, Equatable {
  /// Whether a person is looking: a line may be rewritten in place.
  public let isTerminal: Bool
  /// Characters in a line: the terminal's, or 80 where that is not known.
  public let width: Int
  /// Whether colours are welcome: a terminal, not a dumb one, and `NO_COLOR` is not set.
  public let hasColors: Bool
  /// Whether the locale says that block characters can be shown.
  public let hasUnicode: Bool

  public init(isTerminal: Bool, width: Int, hasColors: Bool, hasUnicode: Bool) {
    self.isTerminal = isTerminal
    self.width = width
    self.hasColors = hasColors
    self.hasUnicode = hasUnicode
  }

  /// Looks at an open descriptor.
  /// - Parameter environment: The value of an environment variable, nil where it is not set.
  public init(descriptor: Int32, environment: (String) -> String?) {
    let isTerminal = isatty(descriptor) == 1
    self.init(
      isTerminal: isTerminal,
      width: isTerminal ? Self.width(of: descriptor) ?? 80 : 80,
      hasColors: isTerminal && Self.wantsColors(environment),
      hasUnicode: Self.usesUTF8(environment))
  }

  /// The rule of <https://no-color.org>: `NO_COLOR` counts when it is set and not empty.
  static func wantsColors(_ environment: (String) -> String?) -> Bool {
    let refused = environment("NO_COLOR").map { !$0.isEmpty } ?? false
    let terminal = environment("TERM") ?? ""
    return !refused && !terminal.isEmpty && terminal != "dumb"
  }

  /// The first of `LC_ALL`, `LC_CTYPE` and `LANG` that is set decides, as in POSIX.
  static func usesUTF8(_ environment: (String) -> String?) -> Bool {
    for variable in ["LC_ALL", "LC_CTYPE", "LANG"] {
      guard let locale = environment(variable), !locale.isEmpty else { continue }
      let name = locale.lowercased()
      return name.contains("utf-8") || name.contains("utf8")
    }
    return false
  }

  private static func width(of descriptor: Int32) -> Int? {
    var size = winsize()
    guard unsafe ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else {
      return nil
    }
    return Int(size.ws_col)
  }
}

/// The process's environment.
public enum ProcessEnvironment {
  /// The value of a variable, nil where it is not set.
  public static func value(of name: String) -> String? {
    guard let text = unsafe getenv(name) else { return nil }
    return unsafe String(cString: text)
  }
}
