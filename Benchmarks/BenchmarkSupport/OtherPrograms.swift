import FileSystem
import Terminal

/// What other programs take of the processors meanwhile: why a figure may say more about the machine
/// than about what was measured.
public struct OtherPrograms {
  /// Seconds of all processors together.
  struct Times {
    /// Busy with any program, or taken by the machine's host.
    var busy: Double
    /// Busy or not.
    var all: Double
    /// Of this process.
    var own: Double
  }

  private let start: Times?

  /// Begins to count.
  public init() { start = Self.now() }

  /// The share of all processors that others took since; nil where the system does not tell.
  public var share: Double? {
    guard let start, let end = Self.now() else { return nil }
    return Self.share(from: start, to: end)
  }

  static func share(from start: Times, to end: Times) -> Double? {
    let all = end.all - start.all
    guard all > 0 else { return nil }
    return max(0, (end.busy - start.busy - (end.own - start.own)) / all)
  }

  /// A sentence, where others took more than a little.
  public var warning: String? {
    guard let share, share > 0.03 else { return nil }
    return "Not to be trusted: other programs took "
      + "\(NumberText.percent(share, decimals: 0)) of the processors meanwhile."
  }

  private static func now() -> Times? {
    #if os(Linux)
      guard let bytes = try? File.read("/proc/stat", limit: 1 << 20),
        var times = parse(String(decoding: bytes, as: UTF8.self))
      else { return nil }
      var used = timespec()
      guard unsafe clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used) == 0 else { return nil }
      times.own = Double(used.tv_sec) + Double(used.tv_nsec) / 1e9
      return times
    #else
      return nil
    #endif
  }

  /// The first line of `/proc/stat`: user, nice, system, idle, waiting for devices, interrupts,
  /// software interrupts, stolen by the host; in hundredths of a second.
  static func parse(_ text: String) -> Times? {
    guard let line = text.split(separator: "\n").first, line.hasPrefix("cpu ") else { return nil }
    let ticks = line.split(separator: " ").dropFirst().prefix(8).compactMap { Double($0) }
    guard ticks.count == 8 else { return nil }
    let idle = ticks[3] + ticks[4]
    let all = ticks.reduce(0, +)
    return Times(busy: (all - idle) / 100, all: all / 100, own: 0)
  }
}
