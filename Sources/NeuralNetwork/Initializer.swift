import Randomness

/// How the weights of a network are drawn before training; biases are 0, except that zeros are all
/// there is of ``zeros``.
///
/// With fan-in n, the inputs of a layer, and fan-out m, its linear units. Large weights saturate
/// sigmoids: these rules keep the scale of what flows forward (n), backward, or both (n + m).
public enum Initializer: Sendable, Hashable {
  /// Uniform in ±√(6 / n), of the variance 2 / n that keeps the activations of ReLU layers at one
  /// scale.
  ///
  /// Source: K. He, X. Zhang, S. Ren, J. Sun, "Delving deep into rectifiers", ICCV 2015,
  /// DOI 10.1109/ICCV.2015.123.
  case he
  /// Normal, of the variance 2 / n.
  case heNormal
  /// Uniform in ±√(6 / (n + m)), of the variance 2 / (n + m); also called Glorot.
  ///
  /// Source: X. Glorot, Y. Bengio, "Understanding the difficulty of training deep feedforward neural
  /// networks", AISTATS 2010.
  case xavier
  /// Normal, of the variance 2 / (n + m).
  case xavierNormal
  /// Uniform in ±√(3 / n), of the variance 1 / n.
  ///
  /// Source: Y. LeCun, L. Bottou, G. B. Orr, K.-R. Müller, "Efficient backprop", in Neural Networks:
  /// Tricks of the Trade, 1998, DOI 10.1007/3-540-49430-8_2.
  case lecun
  /// Normal, of the variance 1 / n.
  case lecunNormal
  /// Uniform in ±limit, which is finite and above 0.
  case uniform(limit: Float)
  /// Normal, of this standard deviation, which is finite and above 0.
  case normal(deviation: Float)
  /// All weights 0. Units of one hidden layer then stay equal for good: only networks without
  /// hidden layers learn from there.
  case zeros

  /// How a layer's weights are distributed.
  enum Distribution: Equatable {
    case uniform(limit: Float)
    case normal(deviation: Float)
    case zeros
  }

  /// The distribution of the weights from n inputs to m units.
  func distribution(inputs n: Int, units m: Int) -> Distribution {
    switch self {
    case .he: .uniform(limit: (6 / Float(n)).squareRoot())
    case .heNormal: .normal(deviation: (2 / Float(n)).squareRoot())
    case .xavier: .uniform(limit: (6 / Float(n + m)).squareRoot())
    case .xavierNormal: .normal(deviation: (2 / Float(n + m)).squareRoot())
    case .lecun: .uniform(limit: (3 / Float(n)).squareRoot())
    case .lecunNormal: .normal(deviation: (1 / Float(n)).squareRoot())
    case .uniform(let limit): .uniform(limit: limit)
    case .normal(let deviation): .normal(deviation: deviation)
    case .zeros: .zeros
    }
  }
}

// MARK: Text

extension Initializer: LosslessStringConvertible {
  /// The text form: "he", "he-normal", "uniform:0.05".
  public var description: String {
    switch self {
    case .he: "he"
    case .heNormal: "he-normal"
    case .xavier: "xavier"
    case .xavierNormal: "xavier-normal"
    case .lecun: "lecun"
    case .lecunNormal: "lecun-normal"
    case .uniform(let limit): "uniform:\(NumberForm.text(limit))"
    case .normal(let deviation): "normal:\(NumberForm.text(deviation))"
    case .zeros: "zeros"
    }
  }

  /// The initializer with the given text form.
  public init?(_ text: String) {
    let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
    let number = parts.count == 2 ? Float(String(parts[1])) : nil
    if parts.count == 2 {
      guard let number, number > 0, number.isFinite else { return nil }
    }
    switch (String(parts[0]), number) {
    case ("he", nil): self = .he
    case ("he-normal", nil): self = .heNormal
    case ("xavier", nil): self = .xavier
    case ("xavier-normal", nil): self = .xavierNormal
    case ("lecun", nil): self = .lecun
    case ("lecun-normal", nil): self = .lecunNormal
    case ("uniform", let limit?): self = .uniform(limit: limit)
    case ("normal", let deviation?): self = .normal(deviation: deviation)
    case ("zeros", nil): self = .zeros
    default: return nil
    }
  }

  /// The text forms, for a person.
  public static let textForms = [
    "he", "he-normal", "xavier", "xavier-normal", "lecun", "lecun-normal", "uniform:LIMIT",
    "normal:DEVIATION", "zeros",
  ]
}

// MARK: Drawing

extension Parameters {
  /// Initial parameters: weights as the initializer says, biases 0.
  ///
  /// Each layer draws its own random stream (seed, purpose, layer), in the canonical order.
  /// - Precondition: the parameter of the initializer is in its range.
  public init(
    initializing network: Network, with initializer: Initializer = .he, seed: UInt64
  ) {
    var values: [Float] = []
    values.reserveCapacity(network.parameterCount)
    for (index, layer) in network.layers.enumerated() {
      var random = RandomStream(
        seed: seed, purpose: .initialization, coordinate: UInt64(index))
      switch initializer.distribution(inputs: layer.inputs, units: layer.units) {
      case .uniform(let limit):
        precondition(limit > 0 && limit.isFinite, "a limit must be finite and above 0")
        for _ in 0..<layer.weightCount { values.append(random.uniform(-limit, limit)) }
      case .normal(let deviation):
        precondition(deviation > 0 && deviation.isFinite, "a deviation must be finite and above 0")
        var normal = NormalPairs()
        for _ in 0..<layer.weightCount {
          values.append(Float(normal.next(using: &random) * Double(deviation)))
        }
      case .zeros:
        for _ in 0..<layer.weightCount { values.append(0) }
      }
      for _ in 0..<layer.units { values.append(0) }
    }
    self.init(values: values)
  }

  /// ``Initializer/he``.
  public init(heInitializing network: Network, seed: UInt64) {
    self.init(initializing: network, with: .he, seed: seed)
  }
}
