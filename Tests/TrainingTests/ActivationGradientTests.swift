import Kernels
import NeuralNetwork
import Randomness
import TestSupport
import Testing

@testable import Training

/// The gradient of the step for every activation, with and without dropout, against central
/// differences in double precision.
@Suite struct ActivationGradientTests {
  struct Case: Sendable, CustomTestStringConvertible {
    let sizes: [Int]
    let hidden: Activation
    var output = Activation.identity
    var dropout: Float = 0
    var inputDropout: Float = 0

    var testDescription: String {
      "\(sizes), \(hidden), \(output), dropout \(inputDropout) and \(dropout)"
    }

    var network: Network {
      get throws {
        try Network(
          inputs: sizes[0],
          layers: sizes.dropFirst().dropLast().map {
            LayerDescription(outputs: $0, activation: hidden, dropout: dropout)
          } + [LayerDescription(outputs: sizes[sizes.count - 1], activation: output)],
          inputDropout: inputDropout)
      }
    }

    static let activations: [Activation] = [
      .identity, .step, .sigmoid, .tanh, .relu, .leakyReLU(slope: 0.1), .elu(), .elu(alpha: 0.7),
      .maxout(), .maxout(pieces: 3), .softmax, .gelu, .silu,
    ]
    static let all =
      activations.map { Case(sizes: [7, 11, 3], hidden: $0) }
      + activations.map {
        // Above a step, nothing would be left of the gradient.
        Case(
          sizes: [5, 17, 6, 4], hidden: $0, output: $0 == .step ? .identity : $0, dropout: 0.3,
          inputDropout: 0.25)
      }
  }

  @Test(arguments: Case.all, KernelVariant.all)
  func theGradientIsThatOfCentralDifferences(_ example: Case, kernels: KernelVariant) throws {
    let network = try example.network
    let dataset = try randomDataset(
      count: 19, features: network.inputCount, classes: network.outputCount)
    var random = RandomStream(seed: 12, purpose: .initialization)
    let parameters = (0..<network.parameterCount).map { _ in random.uniform(-0.9, 0.9) }
    let model = Model(network: network, parameters: Parameters(values: parameters))
    let trainer = try Trainer(
      model: model, configuration: TrainingConfiguration(seed: 8), kernels: kernels)
    // The loss takes activated outputs for logits here: the chain is what is tested.
    let found = try trainer.gradient(onFitting: dataset).values

    let order = EpochOrder(dataset: dataset, seed: 8, epoch: 1).storageIndices
    let samples = dataset.reference(order).map {
      TargetSample($0, classes: network.outputCount)
    }
    let reference = ActivatedNetwork(model, samples: order, seed: 8, epoch: 1)
    let exact = reference.gradient(samples)
    let differences = reference.probes(samples).map { $0.difference() }
    let unlike = zip(exact, differences).count { !(abs($0.value - $1.value) <= $1.error) }
    #expect(unlike == 0)
    let wrong = zip(found, exact).count { !(abs(Double($0) - $1.value) <= $1.error) }
    #expect(wrong == 0)
    // The test says something only if the gradients are far larger than the bounds.
    let bound = exact.reduce(0) { max($0, $1.error) }
    #expect(exact.reduce(0) { max($0, abs($1.value)) } > 100 * bound)
  }
}
