import NeuralNetwork

/// What the configuration asks of each layer's update besides the optimizer's step.
struct UpdateRules {
  /// What is done to some parameters and their gradient; nothing where everything is 0.
  struct Penalties: Equatable {
    var l2: Float = 0
    var l1: Float = 0
    var weightElimination: Float = 0
    var decay: Float = 0

    fileprivate mutating func add(_ regularizer: Regularizer) {
      switch regularizer.kind {
      case .l2: l2 += regularizer.strength
      case .l1: l1 += regularizer.strength
      case .weightElimination: weightElimination += regularizer.strength
      case .decoupledWeightDecay: decay += regularizer.strength
      case .maximumNorm: break
      }
    }
  }

  struct Layer {
    var weights = Penalties()
    var biases = Penalties()
    /// Whether the optimizer takes the sum of the gradient as it is.
    var isPlain = true
  }

  /// A panel of a layer whose units' norms are limited: a unit of work.
  struct LimitedPanel {
    let layer: Int
    let panel: Int
  }

  let layers: [Layer]
  /// The limit of each element of the averaged gradient; infinity for none.
  let largestElement: Float
  /// The limit of the norm of the averaged gradient.
  let largestNorm: Float?
  /// For each layer, the limits of its units' norms.
  let normLimits: [[Regularizer]]
  let limitedPanels: [LimitedPanel]

  init(_ configuration: TrainingConfiguration, network: Network, layout: PanelLayout) {
    largestElement =
      if case .value(let limit) = configuration.clipping { limit } else { .infinity }
    largestNorm = if case .norm(let limit) = configuration.clipping { limit } else { nil }
    let clipsElements = largestElement < .infinity
    let regularizers = network.layers.indices.map { index in
      configuration.frozenLayers.contains(index)
        ? [] : configuration.regularizers.filter { $0.holds(forLayer: index) }
    }
    layers = regularizers.map { regularizers in
      var layer = Layer()
      for regularizer in regularizers {
        layer.weights.add(regularizer)
        if regularizer.includesBiases { layer.biases.add(regularizer) }
      }
      layer.isPlain =
        !clipsElements && layer.weights == Penalties() && layer.biases == Penalties()
      return layer
    }
    let limits = regularizers.map { $0.filter { $0.kind == .maximumNorm } }
    normLimits = limits
    limitedPanels = limits.indices.flatMap { layer in
      (limits[layer].isEmpty ? 0..<0 : 0..<layout.panelCount(layer: layer))
        .map { LimitedPanel(layer: layer, panel: $0) }
    }
  }
}

extension TrainingConfiguration {
  /// Throws unless the layers that the configuration names are those of a network, with at least
  /// one of them to train.
  func validate(for network: Network) throws(TrainingError) {
    let count = network.layers.count
    let expected = "layers from 1 to \(count)"
    func requireLayers(_ layers: Set<Int>, _ option: String) throws(TrainingError) {
      guard layers.allSatisfy((0..<count).contains) else {
        throw .invalidOption(option, found: "layers \(layers.layersText)", expected: expected)
      }
    }
    try requireLayers(frozenLayers, "frozen layers")
    guard frozenLayers.count < count else {
      throw .invalidOption(
        "frozen layers", found: "all \(count)", expected: "at least one layer that is trained")
    }
    for regularizer in regularizers {
      guard let layers = regularizer.layers else { continue }
      try requireLayers(layers, regularizer.kind.name)
      guard layers.isDisjoint(with: frozenLayers) else {
        throw .invalidOption(
          regularizer.kind.name,
          found: "frozen layers \(layers.intersection(frozenLayers).layersText)",
          expected: "layers that are trained")
      }
    }
  }
}
