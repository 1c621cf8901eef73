/// A single unit that says +1 or −1, and learns by Rosenblatt's rule.
///
///     y(x) = sign(w · x),  with sign(0) = +1
///
/// A threshold is the weight of an input that is always 1. On its own for its simplicity: where
/// speed counts, a ``Network`` learns the same and more.
///
/// Source: F. Rosenblatt, "The Perceptron: A Probabilistic Model for Information Storage and
/// Organization in the Brain", Psychological Review 65 (6), 1958, DOI 10.1037/h0042519.
public struct Perceptron: Sendable, Equatable {
  /// w, one weight for each input.
  public var weights: [Double]

  /// A perceptron with the given weights.
  public init(weights: [Double]) { self.weights = weights }

  /// A perceptron of weights 0.
  public init(inputs: Int) { weights = [Double](repeating: 0, count: inputs) }

  /// What the unit says of an example: +1 or −1.
  /// - Parameter x: As many numbers as there are weights.
  public func callAsFunction(_ x: [Double]) -> Int {
    precondition(x.count == weights.count, "an example has a number for each weight")
    return zip(weights, x).reduce(0) { $0 + $1.0 * $1.1 } >= 0 ? 1 : -1
  }

  /// How a mistake changes the weights; y is what the unit says, d what it should have said.
  public enum Rule: Sendable, Equatable {
    /// w ← w + d x.
    case plain
    /// w ← w + η (d − y) x. On a mistake d − y is 2 d, so a rate of ½ gives the plain rule.
    case rate(Double)
  }

  /// Learns one example: after a mistake, the weights move by the rule.
  /// - Parameters:
  ///   - x: As many numbers as there are weights.
  ///   - label: What the unit should say of it, +1 or −1.
  ///   - rule: How a mistake changes the weights.
  /// - Returns: Whether it was a mistake.
  @discardableResult
  public mutating func learn(_ x: [Double], label: Int, rule: Rule = .plain) -> Bool {
    precondition(label == 1 || label == -1, "a perceptron's labels are +1 and −1")
    let said = self(x)
    if said == label { return false }
    let step =
      switch rule {
      case .plain: Double(label)
      case .rate(let rate): rate * Double(label - said)
      }
    for index in weights.indices { weights[index] += step * x[index] }
    return true
  }

  /// Goes through the examples, in their order, until an epoch passes without a mistake or the
  /// epochs are used up.
  ///
  /// If some weights separate the examples by a margin γ (with ‖w‖ = 1, and ‖x‖ ≤ R for all
  /// examples), there are at most (R / γ)² mistakes in all. If no weights do, as for XOR, there is
  /// a mistake in every epoch.
  ///
  /// Source of the bound: A. Novikoff, "On Convergence Proofs on Perceptrons", Symposium on the
  /// Mathematical Theory of Automata, 1962.
  /// - Parameters:
  ///   - examples: Inputs, and what the unit should say of them.
  ///   - rule: How a mistake changes the weights.
  ///   - epochs: At most so many passes.
  public mutating func fit(
    _ examples: [(x: [Double], label: Int)], rule: Rule = .plain, epochs: Int
  ) -> Outcome {
    var mistakes = 0
    for epoch in stride(from: 1, through: epochs, by: 1) {
      let before = mistakes
      for (x, label) in examples where learn(x, label: label, rule: rule) { mistakes += 1 }
      if mistakes == before { return Outcome(converged: true, epochs: epoch, mistakes: mistakes) }
    }
    return Outcome(converged: false, epochs: epochs, mistakes: mistakes)
  }

  /// What learning came to.
  public struct Outcome: Sendable, Equatable {
    /// Whether the last epoch passed without a mistake.
    public let converged: Bool
    /// Passes over the examples, the last one included.
    public let epochs: Int
    /// Mistakes in all of them.
    public let mistakes: Int
  }
}
