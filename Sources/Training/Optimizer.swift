/// How parameters w move along the averaged gradient g, with the learning rate η of the iteration.
///
/// All of them but ``sgd`` remember something for each parameter, zero at first: see
/// ``OptimizerState``. The coefficients are double precision, so that 1 − β is rounded once.
public enum Optimizer: Sendable, Hashable {
  /// `w ← w − η g`. With batches of all samples it is gradient descent.
  case sgd

  /// `v ← μ v + g`, `w ← w − η v`: momentum in the form of the common libraries.
  ///
  /// Source: I. Sutskever, J. Martens, G. Dahl, G. Hinton, "On the importance of initialization and
  /// momentum in deep learning", ICML 2013, in the form of PyTorch's `SGD` (η outside v).
  case momentum(Double)

  /// `v ← λ v − (1 − λ) g`, `w ← w + η v`: momentum in the form of the lectures, an average of the
  /// last gradients. With a learning rate of η / (1 − λ) it is ``momentum(_:)``.
  case lectureMomentum(Double)

  /// `v ← μ v + g`, `w ← w − η (g + μ v)`: Nesterov's momentum.
  ///
  /// Source: as of ``momentum(_:)``; PyTorch's `SGD(nesterov=True)`.
  case nesterov(Double)

  /// `s ← α s + (1 − α) g²`, `w ← w − η g / (√s + ε)`.
  ///
  /// Source: T. Tieleman, G. Hinton, "Lecture 6.5: RMSprop", Neural Networks for Machine Learning,
  /// 2012; PyTorch's `RMSprop`, with ε outside the root.
  case rmsprop(decay: Double, epsilon: Double)

  /// `m ← β₁ m + (1 − β₁) g`, `v ← β₂ v + (1 − β₂) g²`, and at iteration t, counted from 1,
  /// `w ← w − η m̂ / (√v̂ + ε)` with `m̂ = m / (1 − β₁ᵗ)` and `v̂ = v / (1 − β₂ᵗ)`.
  ///
  /// Source: D. P. Kingma, J. Ba, "Adam: A Method for Stochastic Optimization", ICLR 2015,
  /// arXiv:1412.6980.
  case adam(beta1: Double, beta2: Double, epsilon: Double)

  /// `w ← w − η λ w`, then the step of ``adam(beta1:beta2:epsilon:)``. All parameters decay, as with
  /// PyTorch's `AdamW`; to spare the biases, use Adam with ``Regularizer/decoupledWeightDecay(_:layers:includingBiases:)``.
  ///
  /// Source: I. Loshchilov, F. Hutter, "Decoupled Weight Decay Regularization", ICLR 2019,
  /// arXiv:1711.05101.
  case adamW(beta1: Double, beta2: Double, epsilon: Double, weightDecay: Double)

  /// RMSprop with α = 0.99 and ε = 10⁻⁸, PyTorch's defaults.
  public static let rmsprop = Optimizer.rmsprop(decay: 0.99, epsilon: 1e-8)
  /// Adam with β₁ = 0.9, β₂ = 0.999 and ε = 10⁻⁸, the paper's and PyTorch's defaults.
  public static let adam = Optimizer.adam(beta1: 0.9, beta2: 0.999, epsilon: 1e-8)
  /// AdamW with these and λ = 0.01, PyTorch's defaults.
  public static let adamW = Optimizer.adamW(
    beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0.01)

  /// The name without the coefficients: "adam".
  public var name: String {
    switch self {
    case .sgd: "sgd"
    case .momentum: "momentum"
    case .lectureMomentum: "lecture-momentum"
    case .nesterov: "nesterov"
    case .rmsprop: "rmsprop"
    case .adam: "adam"
    case .adamW: "adamw"
    }
  }

  /// The coefficients in the order of the cases, by what they are called in error messages.
  var coefficients: [(name: String, value: Double)] {
    switch self {
    case .sgd: []
    case .momentum(let momentum), .lectureMomentum(let momentum), .nesterov(let momentum):
      [("momentum", momentum)]
    case .rmsprop(let decay, let epsilon):
      [("rmsprop's decay", decay), ("rmsprop's epsilon", epsilon)]
    case .adam(let beta1, let beta2, let epsilon):
      [("adam's beta1", beta1), ("adam's beta2", beta2), ("adam's epsilon", epsilon)]
    case .adamW(let beta1, let beta2, let epsilon, let decay):
      [
        ("adamw's beta1", beta1), ("adamw's beta2", beta2), ("adamw's epsilon", epsilon),
        ("adamw's weight decay", decay),
      ]
    }
  }

  /// The share of the last step that goes into the next one, μ or λ; 0 for optimizers without.
  public var momentum: Double {
    switch self {
    case .momentum(let momentum), .lectureMomentum(let momentum), .nesterov(let momentum): momentum
    case .sgd, .rmsprop, .adam, .adamW: 0
    }
  }

  /// The names of what is remembered for each parameter.
  public var momentNames: [String] {
    switch self {
    case .sgd: []
    case .momentum, .lectureMomentum, .nesterov: ["velocity"]
    case .rmsprop: ["second_moment"]
    case .adam, .adamW: ["first_moment", "second_moment"]
    }
  }

  /// Throws unless every coefficient is one that works in the kernels' floats.
  package func validate() throws(TrainingError) {
    for (name, value) in coefficients {
      let (isAllowed, expected) =
        if name.hasSuffix("epsilon") {
          // A place without gradient must not become 0 / 0.
          (Float(value) > 0 && Float(value).isFinite, "a number above 0")
        } else if name.hasSuffix("weight decay") {
          (value >= 0 && Float(value).isFinite, "a finite number, at least 0")
        } else {
          (value >= 0 && Float(value) < 1, "at least 0 and less than 1")
        }
      guard isAllowed else {
        throw .invalidOption(name, found: "\(value)", expected: expected)
      }
    }
  }
}

// MARK: Text

extension Optimizer: LosslessStringConvertible {
  /// The name and the coefficients, which read back exactly: "sgd", "momentum:0.9",
  /// "rmsprop:0.99:1e-08", "adam:0.9:0.999:1e-08", "adamw:0.9:0.999:1e-08:0.01".
  public var description: String {
    ([name] + coefficients.map { "\($0.value)" }).joined(separator: ":")
  }

  /// Reads ``description``; coefficients that are left out are those of ``defaults``. Nil for
  /// anything else.
  public init?(_ text: String) {
    let parts = text.split(separator: ":", omittingEmptySubsequences: false)
    guard let standard = Self.defaults.first(where: { $0.name == parts[0] }) else { return nil }
    var values = standard.coefficients.map(\.value)
    guard parts.count - 1 <= values.count else { return nil }
    for (index, part) in parts.dropFirst().enumerated() {
      guard let value = Double(part), value.isFinite else { return nil }
      values[index] = value
    }
    self =
      switch standard {
      case .sgd: .sgd
      case .momentum: .momentum(values[0])
      case .lectureMomentum: .lectureMomentum(values[0])
      case .nesterov: .nesterov(values[0])
      case .rmsprop: .rmsprop(decay: values[0], epsilon: values[1])
      case .adam: .adam(beta1: values[0], beta2: values[1], epsilon: values[2])
      case .adamW:
        .adamW(beta1: values[0], beta2: values[1], epsilon: values[2], weightDecay: values[3])
      }
  }

  /// One of each kind, with its usual coefficients.
  public static let defaults: [Optimizer] = [
    .sgd, .momentum(0.9), .lectureMomentum(0.9), .nesterov(0.9), .rmsprop, .adam, .adamW,
  ]
}
