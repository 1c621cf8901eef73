import Kernels
import NeuralNetwork
import Testing

@testable import Training

/// What is done to gradients and weights besides the optimizer's step, seen from one iteration.
@Suite struct RegularizationTests {
  private let network: Network
  private let model: Model
  private let variant: KernelVariant

  init() throws {
    network = try Network(inputs: 7, hidden: [33, 5], outputs: 3)
    var parameters = Parameters(heInitializing: network, seed: 2)
    // Biases that are not zero, and one weight that is.
    for index in parameters.values.indices where parameters.values[index] == 0 {
      parameters.values[index] = Float(index % 11 - 5) / 8
    }
    parameters.values[3] = 0
    model = Model(network: network, parameters: parameters)
    variant = try KernelVariant.select()
  }

  /// The parameters after iterations of a batch of all samples.
  private func trained(
    epochs: Int = 1, _ change: (inout TrainingConfiguration) -> Void = { _ in }
  ) throws -> [Float] {
    var configuration = TrainingConfiguration(
      epochs: epochs, batchSize: 32, learningRate: 0.5, schedule: .constant, optimizer: .sgd,
      threads: 2)
    change(&configuration)
    let trainer = try Trainer(model: model, configuration: configuration, kernels: variant)
    try trainer.fit(try randomDataset(count: 32, features: 7, classes: 3))
    return trainer.model.parameters.values
  }

  /// The layer of each parameter, and whether it is a bias.
  private var places: [(layer: Int, isBias: Bool)] {
    network.layers.enumerated().flatMap { layer, shape in
      (0..<shape.parameterCount).map { (layer, $0 >= shape.weightCount) }
    }
  }

  /// The step with a regularizer less the step without it is −η times the penalty's derivative, by
  /// central differences, where the regularizer holds; elsewhere the bits are the same.
  @Test(arguments: [Set<Int>?.none, [0, 2]], [false, true])
  func penaltiesFollowCentralDifferences(layers: Set<Int>?, biases: Bool) throws {
    let plain = try trained()
    let penalties: [(Regularizer.Kind, (Double) -> Double)] = [
      (.l2, { $0 * $0 / 2 }), (.l1, { abs($0) }), (.weightElimination, { $0 * $0 / (1 + $0 * $0) }),
      // w ← w − η λ w is, for plain SGD, l2's step.
      (.decoupledWeightDecay, { $0 * $0 / 2 }),
    ]
    let strength: Float = 0.25
    for (kind, penalty) in penalties {
      let found = try trained {
        $0.regularizers = [
          Regularizer(kind, strength: strength, layers: layers, includingBiases: biases)
        ]
      }
      var wrong = 0
      for (index, place) in places.enumerated() {
        let holds = (layers?.contains(place.layer) ?? true) && (biases || !place.isBias)
        guard holds else {
          if found[index].bitPattern != plain[index].bitPattern { wrong += 1 }
          continue
        }
        let w = Double(model.parameters.values[index])
        let h = 1e-5
        let slope = (penalty(w + h) - penalty(w - h)) / (2 * h)
        let expected = Double(plain[index]) - 0.5 * Double(strength) * slope
        // Less than ten roundings of numbers up to 4, and Taylor's remainder: the third
        // derivatives of these penalties are at most 24.
        if !(abs(expected - Double(found[index])) <= 10 * 4 * unitRoundoff + 24 * h * h) {
          wrong += 1
        }
      }
      #expect(wrong == 0, "\(kind)")
    }
  }

  // MARK: Clipping

  @Test(arguments: Averaging.allCases)
  func clippingByNormScalesTheWholeGradient(averaging: Averaging) throws {
    let plain = try trained { $0.averaging = averaging }
    let gradient = zip(model.parameters.values, plain).map { (Double($0) - Double($1)) / 0.5 }
    let norm = gradient.reduce(0) { $0 + $1 * $1 }.squareRoot()
    let above = try trained {
      $0.averaging = averaging
      $0.clipping = .norm(Float(norm * 2))
    }
    // Below the limit, not a bit changes.
    #expect(above == plain)
    let clipped = try trained {
      $0.averaging = averaging
      $0.clipping = .norm(Float(norm / 3))
    }
    let wrong = clipped.indices.count { index in
      let expected = Double(model.parameters.values[index]) - 0.5 * gradient[index] / 3
      // The gradient is known to two roundings of parameters up to 2 by the rate of 0.5; and the
      // 10⁻⁶ that PyTorch adds to the norm.
      return !(abs(expected - Double(clipped[index])) <= 16 * unitRoundoff + 1e-6 / norm)
    }
    #expect(wrong == 0)
  }

  @Test func clippingByValueLimitsEachElement() throws {
    let plain = try trained()
    let limit: Float = 0.01
    let clipped = try trained { $0.clipping = .value(limit) }
    var clippedCount = 0
    let wrong = clipped.indices.count { index in
      let w = Double(model.parameters.values[index])
      let gradient = (w - Double(plain[index])) / 0.5
      let expected = w - 0.5 * min(max(gradient, -Double(limit)), Double(limit))
      if abs(gradient) > Double(limit) { clippedCount += 1 }
      return !(abs(expected - Double(clipped[index])) <= 16 * unitRoundoff)
    }
    #expect(wrong == 0)
    #expect(clippedCount > 10)
  }

  // MARK: Norms

  @Test(arguments: [false, true])
  func normsOfUnitsAreLimited(biases: Bool) throws {
    let limit = 0.7
    let found = try trained(epochs: 4) {
      $0.regularizers = [
        .maximumNorm(Float(limit), layers: [0, 1], includingBiases: biases)
      ]
    }
    var start = 0
    var atLimit = 0
    for (index, layer) in network.layers.enumerated() {
      for unit in 0..<layer.units {
        let weights = start + unit * layer.inputs
        var squares = found[weights..<weights + layer.inputs].reduce(0.0) {
          $0 + Double($1) * Double($1)
        }
        let bias = Double(found[start + layer.weightCount + unit])
        if biases { squares += bias * bias }
        let norm = squares.squareRoot()
        if index < 2 {
          // The factor and the products are rounded once each, and so is the limit.
          #expect(norm <= limit * (1 + 4 * unitRoundoff))
        }
        if abs(norm - limit) < 1e-6 { atLimit += 1 }
      }
      start += layer.parameterCount
    }
    #expect(atLimit > 5)
  }

  // MARK: Frozen layers

  @Test(arguments: [Set([0]), [1], [2], [0, 1], [1, 2], [0, 2]], Averaging.allCases)
  func frozenLayersKeepTheirBits(frozen: Set<Int>, averaging: Averaging) throws {
    let plain = try trained { $0.averaging = averaging }
    let found = try trained {
      $0.frozenLayers = frozen
      $0.averaging = averaging
    }
    // Of one iteration, what is trained moves as if everything was.
    let wrong = found.indices.count { index in
      let expected =
        frozen.contains(places[index].layer) ? model.parameters.values[index] : plain[index]
      return found[index].bitPattern != expected.bitPattern
    }
    #expect(wrong == 0)
    let everything = try trained(epochs: 3) {
      $0.frozenLayers = frozen
      $0.averaging = averaging
      $0.optimizer = .adamW
      $0.regularizers = [.l2(0.1), .decoupledWeightDecay(0.1), .maximumNorm(0.1)]
      $0.clipping = .norm(1)
    }
    for (index, place) in places.enumerated() where frozen.contains(place.layer) {
      #expect(everything[index].bitPattern == model.parameters.values[index].bitPattern)
    }
  }

  @Test(arguments: [Set([3]), [-1], [0, 1, 2]])
  func layersMustBeThere(frozen: Set<Int>) throws {
    #expect(throws: TrainingError.self) { try trained { $0.frozenLayers = frozen } }
    #expect(throws: TrainingError.self) {
      try trained {
        $0.frozenLayers = [0]
        $0.regularizers = [.l1(0.1, layers: frozen.union([0]))]
      }
    }
  }
}
