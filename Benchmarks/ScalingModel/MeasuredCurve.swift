/// A quantity known at some points, and between them by straight lines.
public struct MeasuredCurve: Sendable, Equatable {
  public struct Point: Sendable, Equatable {
    public let x: Double
    public let y: Double

    public init(_ x: Double, _ y: Double) {
      self.x = x
      self.y = y
    }
  }

  /// What happens beyond the last point.
  public enum Ending: Sendable, Equatable {
    /// The last value.
    case constant
    /// The last line goes on.
    case linear
  }

  /// By ascending x.
  public let points: [Point]
  private let ending: Ending

  /// - Precondition: there is a point, and no x is there twice.
  public init(_ points: [Point], ending: Ending) {
    precondition(!points.isEmpty, "a curve has a point")
    self.points = points.sorted { $0.x < $1.x }
    self.ending = ending
    precondition(
      zip(self.points, self.points.dropFirst()).allSatisfy { $0.x < $1.x }, "a curve is a function")
  }

  /// The value at `x`; before the first point, the first value.
  public func value(at x: Double) -> Double {
    guard let after = points.firstIndex(where: { $0.x >= x }) else {
      let last = points[points.count - 1]
      guard ending == .linear, points.count > 1 else { return last.y }
      return Self.line(points[points.count - 2], last, x)
    }
    return after == 0 ? points[0].y : Self.line(points[after - 1], points[after], x)
  }

  private static func line(_ a: Point, _ b: Point, _ x: Double) -> Double {
    a.y + (b.y - a.y) * (x - a.x) / (b.x - a.x)
  }
}
