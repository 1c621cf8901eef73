/// Emphasis by ANSI escape codes, or none at all.
public struct Style: Sendable {
  /// Whether codes are written.
  public let isEnabled: Bool

  public init(isEnabled: Bool) {
    self.isEnabled = isEnabled
  }

  public func bold(_ text: String) -> String { wrapped(text, code: 1) }
  public func dim(_ text: String) -> String { wrapped(text, code: 2) }
  public func red(_ text: String) -> String { wrapped(text, code: 31) }
  public func green(_ text: String) -> String { wrapped(text, code: 32) }
  public func yellow(_ text: String) -> String { wrapped(text, code: 33) }

  private func wrapped(_ text: String, code: Int) -> String {
    isEnabled ? "\u{1B}[\(code)m\(text)\u{1B}[0m" : text
  }
}
