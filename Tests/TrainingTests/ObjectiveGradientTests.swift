import Datasets
import Kernels
import NeuralNetwork
import Randomness
import TestSupport
import Testing

@testable import Training

/// The gradient of the whole objective, a loss and a penalty, for every activation with every loss
/// and regularizer, against central differences in double precision. The optimizer does not enter
/// into it: what that makes of a gradient, `GoldenStepTests` compares.
///
/// Penalties are added where the parameters are updated, so the gradient is read off a step: plain
/// SGD at rate 1 moves the parameters by it, with the roundings of the step.
///
/// Two regularizers have no gradient: decoupled weight decay multiplies the weights by 1 − λ before
/// the step, a maximum norm scales them down after it. Nothing is added to the gradient by them, and
/// that is what is tested: the objective is the loss alone, and the step goes from weights that
/// have decayed, or to where its scaled weights are.
@Suite struct ObjectiveGradientTests {
  static let regularizers: [Regularizer?] =
    [
      nil, .l2(0.25), .l1(0.25), .weightElimination(0.25), .decoupledWeightDecay(0.25),
      .maximumNorm(0.75),
    ]

  /// What one activation and loss have in common for all regularizers and kernels.
  private struct Example {
    let dataset: Dataset
    let model: Model
    /// The gradient of the loss in exact numbers, with bounds on that in floats.
    let exact: [Estimate]
    let probes: [ActivatedNetwork.Probe]

    init(_ hidden: Activation, _ loss: Loss) throws {
      // The hidden layer is wider than any vector of a kernel.
      let network = try Network(
        inputs: 4,
        layers: [
          LayerDescription(outputs: 17, activation: hidden),
          LayerDescription(outputs: 3, activation: .identity),
        ])
      dataset = try randomFloats(count: 9, features: 4, targets: 3, for: loss)
      var random = RandomStream(seed: 12, purpose: .initialization)
      model = Model(
        network: network,
        parameters: Parameters(
          values: (0..<network.parameterCount).map { _ in random.uniform(-0.9, 0.9) }))
      let samples = (0..<dataset.count).map { [dataset] in TargetSample(floats: dataset, at: $0) }
      let reference = ActivatedNetwork(
        model, loss: loss, samples: dataset.storageIndices, seed: 1, epoch: 1)
      exact = reference.gradient(samples)
      probes = reference.probes(samples)
    }

    /// Whether each parameter is a weight.
    var areWeights: [Bool] {
      model.network.layers.flatMap { layer in
        (0..<layer.parameterCount).map { $0 < layer.weightCount }
      }
    }
  }

  @Test(arguments: ActivationGradientTests.Case.activations, Loss.all)
  func theStepFollowsCentralDifferences(hidden: Activation, loss: Loss) throws {
    let example = try Example(hidden, loss)
    let largest = example.exact.reduce(0) { max($0, abs($1.value)) }
    for regularizer in Self.regularizers {
      let name = regularizer?.description ?? "none"
      let objective = zip(example.probes, example.areWeights).map { probe, isWeight in
        probe.difference { isWeight ? regularizer?.penalty($0) ?? 0 : 0 }
      }
      let gradient = zip(zip(example.exact, example.probes), example.areWeights)
        .map { pair, isWeight in
          isWeight ? regularizer?.added(to: pair.0, weight: pair.1.value) ?? pair.0 : pair.0
        }
      let unlike = zip(gradient, objective).count { !(abs($0.value - $1.value) <= $1.error) }
      #expect(unlike == 0, "the reference, \(name)")
      let steps = stepped(example, gradient, regularizer)
      // The test says something only if the gradients are far larger than the bounds.
      let errors = zip(steps, objective).map { $0.error + $1.error }
      #expect(largest > 100 * (errors.max() ?? .infinity), "\(name)")

      for kernels in KernelVariant.all {
        let trainer = try Trainer(
          model: example.model,
          configuration: TrainingConfiguration(
            epochs: 1, batchSize: example.dataset.count, learningRate: 1, schedule: .constant,
            optimizer: .sgd, regularizers: regularizer.map { [$0] } ?? [], threads: 2, loss: loss),
          kernels: kernels)
        if regularizer == nil {
          let found = try trainer.gradient(on: example.dataset).values
          let wrong = zip(found, example.exact).count { !(abs(Double($0) - $1.value) <= $1.error) }
          #expect(wrong == 0, "the gradient itself, \(kernels.name)")
        }
        try trainer.fit(example.dataset)
        let after = trainer.model.parameters.values
        let far = zip(after, steps).count { !(abs(Double($0) - $1.value) <= $1.error) }
        #expect(far == 0, "the step, \(name), \(kernels.name)")
        // A maximum norm leaves nothing of a step that the gradient alone could be read off.
        guard regularizer?.kind != .maximumNorm else { continue }
        let kept = regularizer?.kind == .decoupledWeightDecay ? 0.75 : 1
        let wrong = after.indices.count { index in
          let from = (example.areWeights[index] ? kept : 1) * example.probes[index].value
          let bound = steps[index].error + objective[index].error
          return !(abs(from - Double(after[index]) - objective[index].value) <= bound)
        }
        #expect(wrong == 0, "the gradient of the step, \(name), \(kernels.name)")
      }
    }
  }

  /// The parameters after the step, with bounds on what they are in floats.
  private func stepped(
    _ example: Example, _ gradient: [Estimate], _ regularizer: Regularizer?
  ) -> [Estimate] {
    var after = gradient.indices.map { index in
      var w = Estimate(example.probes[index].value)
      if regularizer?.kind == .decoupledWeightDecay, example.areWeights[index] {
        // 1 − λ = 0.75 is a float.
        w = w.times(Estimate(0.75))
      }
      return w.addingProduct(gradient[index], Estimate(-1))
    }
    guard let regularizer, regularizer.kind == .maximumNorm else { return after }
    let limit = Double(regularizer.strength)
    var place = 0
    for layer in example.model.network.layers {
      for unit in 0..<layer.units {
        let row = place + unit * layer.inputs..<place + (unit + 1) * layer.inputs
        // The package adds the squares in double precision. Norms of vectors that differ by e differ
        // by at most the norm of e.
        let norm = after[row].reduce(0) { $0 + $1.value * $1.value }.squareRoot()
        let off = after[row].reduce(0) { $0 + $1.error * $1.error }.squareRoot()
        guard norm + off > limit else { continue }
        #expect(norm - off > limit, "a norm that may be above its limit or not")
        let factor = Estimate(
          limit / norm, error: limit / (norm - off) * (1 + unitRoundoff) - limit / norm)
        for index in row { after[index] = after[index].times(factor) }
      }
      place += layer.parameterCount
    }
    return after
  }
}

extension Regularizer {
  /// What is added to the loss for a weight, by definition.
  fileprivate func penalty(_ w: Double) -> Double {
    switch kind {
    case .l2: Double(strength) * w * w / 2
    case .l1: Double(strength) * abs(w)
    case .weightElimination: Double(strength) * w * w / (1 + w * w)
    case .decoupledWeightDecay, .maximumNorm: 0
    }
  }

  /// A gradient and what is added to it for a weight that is not 0, with the roundings of floats.
  fileprivate func added(to gradient: Estimate, weight w: Double) -> Estimate {
    let strength = Double(strength)
    switch kind {
    case .l2: return gradient.addingProduct(Estimate(strength), Estimate(w))
    case .l1: return gradient.addingProduct(Estimate(strength), Estimate(w > 0 ? 1 : -1))
    case .weightElimination:
      // 1 + w² has two roundings, its square twice these and one more; 2 λ w has one, and so has
      // their quotient.
      let slope = strength * 2 * w / ((1 + w * w) * (1 + w * w))
      return gradient.addingProduct(Estimate(slope, error: gamma(7) * abs(slope)), Estimate(1))
    case .decoupledWeightDecay, .maximumNorm: return gradient
    }
  }
}
