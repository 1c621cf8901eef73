/// Horizontal bars made of characters.
public struct CharacterBar: Sendable {
  private let hasUnicode: Bool

  /// - Parameter hasUnicode: Whether block characters can be shown; `#` and `-` otherwise.
  public init(hasUnicode: Bool) {
    self.hasUnicode = hasUnicode
  }

  /// A bar for a chart, without its empty rest: `fraction` of `width` characters, to the nearest
  /// eighth with block characters and to the nearest whole without.
  /// - Parameter fraction: Clamped to 0...1; nothing for a number that is not one.
  public func filled(_ fraction: Double, width: Int) -> String {
    let steps = hasUnicode ? 8 : 1
    let count = Self.steps(fraction, of: width * steps)
    let full = String(repeating: hasUnicode ? "█" : "#", count: count / steps)
    let eighths = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"]
    return full + eighths[count % steps]
  }

  /// A bar for progress, always `width` characters long: what is done, then what is left.
  public func progress(_ fraction: Double, width: Int) -> String {
    let done = Self.steps(fraction, of: width)
    return String(repeating: hasUnicode ? "━" : "#", count: done)
      + String(repeating: hasUnicode ? "─" : "-", count: max(0, width - done))
  }

  private static func steps(_ fraction: Double, of count: Int) -> Int {
    guard fraction > 0, count > 0 else { return 0 }
    return Int(min(fraction, 1) * Double(count) + 0.5)
  }
}
