/// One line of a terminal, rewritten in place at a limited rate.
///
/// It is drawn with carriage returns and spaces alone, no escape codes, so it also works on dumb
/// terminals and where colours are refused. Off a terminal nothing is written.
public final class LiveLine {
  /// The shortest time between two refreshes.
  public static let shortestInterval = Duration.milliseconds(100)

  private let stream: TextOutput
  private let isEnabled: Bool
  private let width: Int
  private var lastRefresh: ContinuousClock.Instant?
  private var shownCount = 0

  /// - Parameters:
  ///   - stream: The terminal's stream.
  ///   - capabilities: What the terminal can do; the line stays one character short of its width.
  ///   - longest: The longest line, whatever the width.
  public init(stream: TextOutput, capabilities: TerminalCapabilities, longest: Int = 100) {
    self.stream = stream
    isEnabled = capabilities.isTerminal
    width = max(0, min(capabilities.width - 1, longest))
  }

  /// Shows the text that `line` makes for the width it is given, unless the last refresh is less
  /// than ``shortestInterval`` ago; then `line` is not called at all.
  public func update(
    now: ContinuousClock.Instant = .now, _ line: (_ width: Int) -> String
  ) {
    guard isEnabled else { return }
    if let lastRefresh, now - lastRefresh < Self.shortestInterval { return }
    lastRefresh = now
    let text = String(line(width).prefix(width))
    stream.write("\r" + TextWrapping.padded(text, to: shownCount))
    shownCount = text.count
  }

  /// Takes the line off the screen, so that something else can be written in its place. The rate
  /// limit goes on.
  public func clear() {
    guard shownCount > 0 else { return }
    stream.write("\r" + String(repeating: " ", count: shownCount) + "\r")
    shownCount = 0
  }
}
