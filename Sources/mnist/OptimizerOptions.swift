import Terminal
import Training

/// The options of `mnist train` that say how the weights move, read and checked.
struct OptimizerOptions {
  let optimizer: Optimizer
  let learningRate: Float
  let regularizers: [Regularizer]
  let clipping: Clipping?
  /// By their index, from 0.
  let frozenLayers: Set<Int>

  private static let optimizer = Option<NamedOptimizer?>(
    "optimizer", NamedOptimizer.syntax, default: nil, defaultText: "momentum",
    help: "how weights move: " + Optimizer.defaults.map(\.name).joined(separator: ", ")
      + "; with coefficients other than the usual ones after colons, as adam:0.9:0.999:1e-08")
  private static let learningRate = Option(
    "learning-rate",
    ValueSyntax<Double>.decimal("above 0") { Float($0) > 0 && Float($0).isFinite }.optional,
    default: nil,
    defaultText: "\(TrainDefaults.learningRate); 0.001 with rmsprop, adam, adamw; "
      + "0.6 with lecture-momentum",
    help: "step of an update, before the schedule changes it (one-cycle: the largest)")
  private static let momentum = Option(
    "momentum",
    ValueSyntax<Double>.decimal("from 0 to less than 1") { $0 >= 0 && Float($0) < 1 }.optional,
    default: nil, defaultText: "\(TrainDefaults.momentum)",
    help: "share of the last step that goes into the next one, of optimizers that have one; "
      + "0 is plain sgd")
  private static let weightDecay = regularizer(
    .l2, "weight-decay", "L2: adds X·w to the gradient; with adamw, its own decay")
  private static let decoupledWeightDecay = regularizer(
    .decoupledWeightDecay, "decoupled-weight-decay",
    "takes learning rate · X · w off each weight before a step")
  private static let l1 = regularizer(.l1, "l1", "L1: adds X·sign(w) to the gradient")
  private static let weightElimination = regularizer(
    .weightElimination, "weight-elimination", "adds X·2w/(1 + w²)² to the gradient")
  private static let maximumNorm = regularizer(
    .maximumNorm, "max-norm", "largest norm of the weights into a unit")
  private static let clipNorm = Option(
    "clip-norm", limit, default: nil,
    help: "largest norm of the averaged gradient", conflicts: [clipValueName])
  private static let clipValue = Option(
    clipValueName, limit, default: nil,
    help: "largest size of each element of the averaged gradient")
  private static let freeze = Option(
    "freeze", .list(of: .integer(1...64), atMost: 64, placeholder: "LIST"), default: [],
    defaultText: "none", help: "layers to leave as they are, counted from 1")

  private static let clipValueName = "clip-value"
  private static let limit = ValueSyntax<Double>.decimal("above 0") {
    Float($0) > 0 && Float($0).isFinite
  }.optional
  private static let regularizerOptions = [
    weightDecay, l1, weightElimination, decoupledWeightDecay, maximumNorm,
  ]

  /// In the order of the help.
  static var all: [any OptionDeclaration] {
    [optimizer, learningRate, momentum]
      + regularizerOptions.map { $0 as any OptionDeclaration } + [clipNorm, clipValue, freeze]
  }

  /// - Parameters:
  ///   - run: The configuration that the run goes on with: it remembers what is not given.
  ///   - layerCount: The layers of the network.
  init(
    _ arguments: ParsedArguments, resuming run: TrainingConfiguration?, layerCount: Int
  ) throws(UsageError) {
    var optimizer = try Self.optimizer(arguments, resuming: run)
    regularizers = try Self.regularizers(arguments, resuming: run, &optimizer)
    self.optimizer = optimizer
    learningRate =
      arguments[Self.learningRate].map { Float($0) } ?? run?.learningRate
      ?? TrainDefaults.learningRate(of: optimizer)
    if let limit = arguments[Self.clipNorm] {
      clipping = .norm(Float(limit))
    } else if let limit = arguments[Self.clipValue] {
      clipping = .value(Float(limit))
    } else {
      clipping = run?.clipping
    }
    frozenLayers =
      arguments.isGiven(Self.freeze)
      ? Set(arguments[Self.freeze].map { $0 - 1 }) : run?.frozenLayers ?? []
    try requireLayers(of: layerCount, arguments)
  }

  private static func optimizer(
    _ arguments: ParsedArguments, resuming run: TrainingConfiguration?
  ) throws(UsageError) -> Optimizer {
    let named = arguments[optimizer]
    let base = named?.optimizer ?? run?.optimizer ?? .momentum(TrainDefaults.momentum)
    guard let momentum = arguments[momentum] else {
      return base == .momentum(0) ? .sgd : base
    }
    if let named, named.hasCoefficients {
      throw .contradiction(
        "--momentum and the coefficients of --optimizer \(base) contradict each other: expected "
          + "one of them")
    }
    switch base {
    case .lectureMomentum: return .lectureMomentum(momentum)
    case .nesterov: return .nesterov(momentum)
    case .momentum: return momentum > 0 ? .momentum(momentum) : .sgd
    case .sgd where named == nil: return momentum > 0 ? .momentum(momentum) : .sgd
    case .sgd, .rmsprop, .adam, .adamW:
      throw .contradiction(
        "--momentum has no effect with the optimizer \(base.name): expected momentum, "
          + "lecture-momentum or nesterov")
    }
  }

  // MARK: Regularizers

  /// A regularizer's strength, and what it holds for.
  private static func regularizer(
    _ kind: Regularizer.Kind, _ name: String, _ help: String
  ) -> Option<Regularizer?> {
    let number = kind == .maximumNorm ? "above 0" : "at least 0"
    let syntax = ValueSyntax<Regularizer>(
      placeholder: "X",
      allowed: "a decimal number \(number), and after it :layers=1,2 or :biases if needed",
      range: number
    ) { text in
      Regularizer(kind, value: text).flatMap { (try? $0.validate()) == nil ? nil : $0 }
    }
    return Option(
      name, syntax.optional, default: nil,
      help: help + "; for some layers X:layers=1,2; for biases too X:biases")
  }

  /// Those that are given, and those of the run that goes on.
  private static func regularizers(
    _ arguments: ParsedArguments, resuming run: TrainingConfiguration?,
    _ optimizer: inout Optimizer
  ) throws(UsageError) -> [Regularizer] {
    var regularizers = run?.regularizers ?? []
    for option in regularizerOptions {
      guard let given = arguments[option] else { continue }
      if given.kind == .l2, case .adamW(let beta1, let beta2, let epsilon, _) = optimizer {
        guard given.layers == nil, !given.includesBiases else {
          throw .contradiction(
            "--weight-decay of adamw is one for all parameters: expected a number alone, or "
              + "--optimizer adam with --decoupled-weight-decay \(given.value)")
        }
        // The number that was typed: not the nearest float, in more digits.
        optimizer = .adamW(
          beta1: beta1, beta2: beta2, epsilon: epsilon,
          weightDecay: Double("\(given.strength)") ?? Double(given.strength))
        continue
      }
      regularizers.removeAll { $0.kind == given.kind }
      if given.strength > 0 { regularizers.append(given) }
      let order = Regularizer.Kind.allCases
      regularizers.sort {
        (order.firstIndex(of: $0.kind) ?? 0) < (order.firstIndex(of: $1.kind) ?? 0)
      }
    }
    return regularizers
  }

  // MARK: Layers

  /// Throws unless every layer that is named is one of the network, and at least one is trained.
  private func requireLayers(
    of layerCount: Int, _ arguments: ParsedArguments
  ) throws(UsageError) {
    let layers = 0..<layerCount
    guard frozenLayers.allSatisfy(layers.contains), frozenLayers.count < layerCount else {
      throw .invalidValue(
        option: "--freeze", value: frozenLayers.layersText,
        allowed: "layers from 1 to \(layerCount), with at least one left to train")
    }
    for option in Self.regularizerOptions {
      guard let given = arguments[option], let named = given.layers else { continue }
      guard named.allSatisfy(layers.contains) else {
        throw .invalidValue(
          option: "--\(option.name)", value: given.value,
          allowed: "layers from 1 to \(layerCount)")
      }
      guard named.isDisjoint(with: frozenLayers) else {
        throw .contradiction(
          "--\(option.name) \(given.value) has no effect on the frozen layers "
            + "\(frozenLayers.layersText): expected layers that are trained")
      }
    }
  }

  /// What is special about the run, for its heading; nil for the usual momentum alone.
  var summary: String? {
    var parts = regularizers.map(\.description)
    if let clipping { parts.append("clipping \(clipping)") }
    if !frozenLayers.isEmpty { parts.append("frozen layers \(frozenLayers.layersText)") }
    if parts.isEmpty, optimizer == .momentum(TrainDefaults.momentum) { return nil }
    return (["optimizer \(optimizer)"] + parts).joined(separator: ", ")
  }
}

/// The value of `--optimizer`.
private struct NamedOptimizer: Sendable {
  let optimizer: Optimizer
  /// Whether coefficients were given with it.
  let hasCoefficients: Bool

  static let syntax = ValueSyntax<NamedOptimizer>(
    placeholder: "NAME",
    allowed: Optimizer.defaults.map(\.name).joined(separator: ", ")
      + ", with coefficients in their range after colons if needed"
  ) { text in
    guard let optimizer = Optimizer(text), (try? optimizer.validate()) != nil else { return nil }
    return NamedOptimizer(optimizer: optimizer, hasCoefficients: text.contains(":"))
  }.optional
}

extension TrainDefaults {
  /// The learning rate that goes with an optimizer. That of the lectures' momentum is 1 / (1 − λ)
  /// times larger, because its steps are so much smaller.
  static func learningRate(of optimizer: Optimizer) -> Float {
    switch optimizer {
    case .sgd, .momentum, .nesterov: Float(learningRate)
    case .lectureMomentum: 0.6
    case .rmsprop, .adam, .adamW: 0.001
    }
  }
}
