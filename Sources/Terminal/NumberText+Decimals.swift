import FileSystem

@_exported import PlainText

extension NumberText {
  /// `value` with exactly `decimals` digits after the point, correctly rounded.
  public static func fixed(_ value: Double, decimals: Int) -> String {
    // The sign of "not a number" means nothing.
    guard value.isFinite else { return value.isNaN ? "nan" : "\(value)" }
    // The longest double has 309 digits before the point.
    return unsafe withUnsafeTemporaryAllocation(of: CChar.self, capacity: 330 + decimals) {
      buffer in
      let length = unsafe withVaList([Int32(decimals), value]) { arguments in
        unsafe vsnprintf(buffer.baseAddress, buffer.count, "%.*f", arguments)
      }
      guard let start = buffer.baseAddress, length > 0 else { return "\(value)" }
      return unsafe String(cString: start)
    }
  }

  /// `value` to `digits` digits that mean something, without zeros at the end: 0.0525, 4e-05.
  public static func significant(_ value: Double, digits: Int) -> String {
    guard value.isFinite else { return fixed(value, decimals: 0) }
    return unsafe withUnsafeTemporaryAllocation(of: CChar.self, capacity: 32 + digits) { buffer in
      let length = unsafe withVaList([Int32(digits), value]) { arguments in
        unsafe vsnprintf(buffer.baseAddress, buffer.count, "%.*g", arguments)
      }
      guard let start = buffer.baseAddress, length > 0 else { return "\(value)" }
      return unsafe String(cString: start)
    }
  }

  /// The nearest whole number, grouped: 355,120.
  public static func grouped(rounding value: Double) -> String {
    guard let whole = Int(exactly: value.rounded(.toNearestOrAwayFromZero)) else {
      return "\(value)"
    }
    return grouped(whole)
  }

  /// A fraction in percent: 0.9812 is `98.12 %`.
  public static func percent(_ fraction: Double, decimals: Int = 2) -> String {
    fixed(fraction * 100, decimals: decimals) + " %"
  }

  /// Seconds in at most two units: `1.23 s`, `1 m 05 s`, `2 h 03 m`.
  public static func duration(_ seconds: Double, decimals: Int = 2) -> String {
    guard seconds.isFinite, abs(seconds) < 1e15, seconds >= 59.995 else {
      return fixed(seconds, decimals: decimals) + " s"
    }
    let whole = Int(seconds + 0.5)
    return whole < 3600
      ? "\(whole / 60) m \(twoDigits(whole % 60)) s"
      : "\(grouped(whole / 3600)) h \(twoDigits(whole / 60 % 60)) m"
  }

  private static func twoDigits(_ value: Int) -> String {
    value < 10 ? "0\(value)" : "\(value)"
  }
}
