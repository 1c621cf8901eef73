/// Something that keeps weights small, besides the loss: added to the gradient that the optimizer
/// follows, or done to the weights themselves. The reported loss is without it.
///
/// It holds for all layers or for some, and spares the biases unless asked not to. Several of one
/// kind add up in a layer; of several maximum norms the smallest holds. A frozen layer is left alone.
public struct Regularizer: Sendable, Hashable {
  /// What it does to weights.
  public enum Kind: Sendable, Hashable {
    /// Adds λ w to the gradient, that of ½ λ Σ w²: what libraries call weight decay. The lectures'
    /// penalty λ Σ w² has twice the gradient: it is l2 with 2λ.
    case l2
    /// Adds λ sign(w) to the gradient, that of λ Σ |w|; 0 where w is 0.
    case l1
    /// Adds λ 2w / (1 + w²)² to the gradient, that of λ Σ w² / (1 + w²).
    ///
    /// Source: A. Weigend, D. Rumelhart, B. Huberman, "Generalization by Weight-Elimination with
    /// Application to Forecasting", NIPS 1990, with the scale w₀ = 1.
    case weightElimination
    /// `w ← w − η λ w` before the step of the optimizer, with the learning rate η.
    ///
    /// Source: I. Loshchilov, F. Hutter, "Decoupled Weight Decay Regularization", ICLR 2019,
    /// arXiv:1711.05101.
    case decoupledWeightDecay
    /// After each step, the weights into a unit are scaled down where their norm √Σ w² is above
    /// the limit.
    ///
    /// Source: N. Srivastava, G. Hinton, A. Krizhevsky, I. Sutskever, R. Salakhutdinov, "Dropout",
    /// JMLR 15 (2014).
    case maximumNorm
  }

  /// What it does to weights.
  public let kind: Kind
  /// λ, or the limit of the norm.
  public let strength: Float
  /// Layers by their index in the network, from 0; nil for all.
  public let layers: Set<Int>?
  /// Whether biases are treated as weights; those of a unit then belong to its norm.
  public let includesBiases: Bool

  /// A regularizer of the given kind.
  /// - Parameters:
  ///   - kind: What it does to weights.
  ///   - strength: λ, or the limit of the norm; a finite number above 0.
  ///   - layers: Layers by their index in the network, from 0; nil for all.
  ///   - includingBiases: Whether biases are treated as weights.
  public init(
    _ kind: Kind, strength: Float, layers: Set<Int>? = nil, includingBiases: Bool = false
  ) {
    self.kind = kind
    self.strength = strength
    self.layers = layers
    includesBiases = includingBiases
  }

  /// See ``Kind/l2``.
  public static func l2(
    _ strength: Float, layers: Set<Int>? = nil, includingBiases: Bool = false
  ) -> Regularizer {
    Regularizer(.l2, strength: strength, layers: layers, includingBiases: includingBiases)
  }

  /// See ``Kind/l1``.
  public static func l1(
    _ strength: Float, layers: Set<Int>? = nil, includingBiases: Bool = false
  ) -> Regularizer {
    Regularizer(.l1, strength: strength, layers: layers, includingBiases: includingBiases)
  }

  /// See ``Kind/weightElimination``.
  public static func weightElimination(
    _ strength: Float, layers: Set<Int>? = nil, includingBiases: Bool = false
  ) -> Regularizer {
    Regularizer(
      .weightElimination, strength: strength, layers: layers, includingBiases: includingBiases)
  }

  /// See ``Kind/decoupledWeightDecay``.
  public static func decoupledWeightDecay(
    _ strength: Float, layers: Set<Int>? = nil, includingBiases: Bool = false
  ) -> Regularizer {
    Regularizer(
      .decoupledWeightDecay, strength: strength, layers: layers, includingBiases: includingBiases)
  }

  /// See ``Kind/maximumNorm``.
  public static func maximumNorm(
    _ limit: Float, layers: Set<Int>? = nil, includingBiases: Bool = false
  ) -> Regularizer {
    Regularizer(.maximumNorm, strength: limit, layers: layers, includingBiases: includingBiases)
  }

  func holds(forLayer layer: Int) -> Bool { layers?.contains(layer) ?? true }

  /// Throws unless the strength can work.
  package func validate() throws(TrainingError) {
    let isAllowed = strength.isFinite && (kind == .maximumNorm ? strength > 0 : strength >= 0)
    guard isAllowed else {
      throw .invalidOption(
        kind.name, found: "\(strength)",
        expected: kind == .maximumNorm ? "a finite number above 0" : "a finite number, at least 0")
    }
  }
}

// MARK: Text

extension Regularizer.Kind: CaseIterable {
  /// "l2", "l1", "weight-elimination", "decoupled-weight-decay", "max-norm".
  public var name: String {
    switch self {
    case .l2: "l2"
    case .l1: "l1"
    case .weightElimination: "weight-elimination"
    case .decoupledWeightDecay: "decoupled-weight-decay"
    case .maximumNorm: "max-norm"
    }
  }
}

extension Regularizer: LosslessStringConvertible {
  /// "l2:0.0001" for the weights of all layers, "max-norm:3.0:layers=1,2:biases" for all parameters
  /// of the first two. In texts layers are counted from 1, as in the network's summary.
  public var description: String {
    kind.name + ":" + value
  }

  /// ``description`` without the kind: "0.0001:layers=1,2".
  public var value: String {
    var text = "\(strength)"
    if let layers {
      text += ":layers=" + layers.layersText
    }
    return includesBiases ? text + ":biases" : text
  }

  /// Reads ``description``; nil for anything else.
  public init?(_ text: String) {
    let parts = text.split(separator: ":", maxSplits: 1)
    guard parts.count == 2, let kind = Kind.allCases.first(where: { $0.name == parts[0] }) else {
      return nil
    }
    self.init(kind, value: String(parts[1]))
  }

  /// Reads ``value``; nil for anything else.
  public init?(_ kind: Kind, value: String) {
    var parts = value.split(separator: ":", omittingEmptySubsequences: false)[...]
    guard let first = parts.popFirst(), let strength = Float(first), strength.isFinite else {
      return nil
    }
    var layers: Set<Int>?
    if let part = parts.first, part.hasPrefix("layers=") {
      guard let list = Set(layersText: part.dropFirst("layers=".count)) else { return nil }
      layers = list
      parts.removeFirst()
    }
    let includesBiases = parts.first == "biases"
    if includesBiases { parts.removeFirst() }
    guard parts.isEmpty else { return nil }
    self.init(kind, strength: strength, layers: layers, includingBiases: includesBiases)
  }
}

extension Set<Int> {
  /// Layers from a text like "1,2", in which they are counted from 1; nil for anything else.
  public init?(layersText text: some StringProtocol) {
    let numbers = text.split(separator: ",", omittingEmptySubsequences: false).map { Int($0) }
    self.init()
    for number in numbers {
      guard let number, number >= 1, insert(number - 1).inserted else { return nil }
    }
  }

  /// The text that `init(layersText:)` reads; empty for no layer.
  public var layersText: String { sorted().map { "\($0 + 1)" }.joined(separator: ",") }
}
