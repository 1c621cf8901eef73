/// A share of elements that are dropped while training: each one is set to 0 with this
/// probability, and otherwise divided by the probability to stay (inverted dropout), so that its
/// expected value is what it is without dropout; evaluation has nothing to do.
///
/// Each element is decided upon by 16 random bits. The share is therefore a whole number of
/// 65,536ths: the one nearest to what is asked for.
///
/// Source: N. Srivastava, G. Hinton, A. Krizhevsky, I. Sutskever, R. Salakhutdinov, "Dropout: a
/// simple way to prevent neural networks from overfitting", JMLR 15 (2014).
public struct Dropout: Sendable, Hashable {
  /// How many of 65,536 elements are dropped on average: 1 to 65,535.
  public let threshold: UInt32

  /// The share that is really dropped.
  public var share: Double { Double(threshold) / 65_536 }
  /// What the other elements are multiplied by: 1 / (1 − share), rounded once.
  public var scale: Float { Float(65_536 / Double(65_536 - threshold)) }

  /// The share nearest to `share`; nil for 0, where nothing is dropped.
  /// - Precondition: `share` is ``isAllowed(_:)``.
  public init?(_ share: Float) {
    precondition(Self.isAllowed(share), "a share of dropout must be at least 0 and less than 1")
    guard share > 0 else { return nil }
    threshold = UInt32((Double(share) * 65_536).rounded())
  }

  /// Whether a share can be dropped: 0, or one that is nearest to 1 to 65,535 of 65,536.
  public static func isAllowed(_ share: Float) -> Bool {
    share == 0 || (share >= 0x1p-17 && share < 1 - 0x1p-17)
  }
}
