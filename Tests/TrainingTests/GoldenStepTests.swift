import Kernels
import NeuralNetwork
import Testing
import Training

/// One and ten training steps against PyTorch in double precision: for every activation with every
/// loss, optimizer and regularizer, and for a list of larger networks, other activations of the
/// outputs, ways of clipping and mixtures. `tools/golden` makes the numbers and, by running error
/// analysis, the bounds; none of them is chosen.
@Suite struct GoldenStepTests {
  private static let file = GoldenFile.shared

  /// How far the parameters are from PyTorch's, as a multiple of the bounds: at most 1 where all is
  /// well, infinite for what is not a number.
  private func worst(
    _ golden: GoldenCase, _ samples: GoldenFile.Samples, _ kernels: KernelVariant
  ) throws -> (afterOne: Double, afterTen: Double) {
    let initial = try #require(Self.file).parameters[golden.initial]
    let network = try golden.network()
    let dataset = try samples.dataset(for: golden)
    let worst = try golden.expectations(count: network.parameterCount).map { expected in
      let trainer = try Trainer(
        model: Model(network: network, parameters: Parameters(values: initial)),
        configuration: golden.configuration(
          steps: expected.steps, batchSize: dataset.count, threads: 2),
        kernels: kernels)
      try #require(trainer.fit(dataset).stopped == .completed)
      return zip(trainer.model.parameters.values, zip(expected.values, expected.bounds))
        .map { abs(Double($0) - $1.0) / $1.1 }
        .reduce(0) { $1.isNaN ? .infinity : max($0, $1) }
    }
    return (worst[0], worst[1])
  }

  @Test func theFileIsThere() throws {
    let file = try #require(Self.file, "tools/golden-steps.json cannot be read")
    #expect(file.cases.count == 107)
    #expect(file.product.cases.count == 11 * 6 * 7 * 6)
  }

  /// Nothing that the package has is missing from the product.
  @Test func theProductIsWhole() throws {
    let product = try #require(Self.file).product
    func names(_ texts: [String]) -> Set<Substring> {
      Set(texts.map { $0.prefix { !":[".contains($0) } })
    }
    #expect(names(product.activations) == names(Activation.textForms))
    #expect(names(product.losses) == names(Loss.kinds.map(\.name)))
    #expect(Loss.all.map(\.description).allSatisfy(product.losses.contains))
    #expect(names(product.optimizers) == names(Optimizer.defaults.map(\.name)))
    #expect(names(product.regularizers) == names(["none"] + Regularizer.Kind.allCases.map(\.name)))
  }

  @Test(arguments: file?.cases ?? [], KernelVariant.all)
  func stepsAgreeWithPyTorch(golden: GoldenCase, kernels: KernelVariant) throws {
    let worst = try worst(golden, #require(Self.file).samples, kernels)
    #expect(worst.afterOne <= 1, "after one step, as a multiple of the bound")
    #expect(worst.afterTen <= 1, "after ten steps, as a multiple of the bound")
  }

  /// All cases of an optimizer in one test: thousands of them would drown the rest of the report.
  @Test(arguments: file?.product.optimizers ?? [], KernelVariant.all)
  func theProductAgreesWithPyTorch(optimizer: String, kernels: KernelVariant) throws {
    let product = try #require(Self.file).product
    let cases = product.cases.filter { $0.optimizer == optimizer }
    #expect(cases.count == 11 * 6 * 6)
    var failed: [String] = []
    for golden in cases {
      let worst = try worst(golden, product.samples, kernels)
      if !(worst.afterOne <= 1 && worst.afterTen <= 1) {
        failed.append(
          "\(golden.testDescription): \(worst.afterOne) and \(worst.afterTen) of the bounds")
      }
    }
    #expect(
      failed.count == 0, "after one and ten steps: \(failed.prefix(3).joined(separator: "; "))")
  }
}
