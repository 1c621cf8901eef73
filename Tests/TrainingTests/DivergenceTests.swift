import Datasets
import Kernels
import NeuralNetwork
import TestSupport
import Testing

@testable import Training

@Suite struct DivergenceTests {
  let network: Network
  let dataset: Dataset

  init() throws {
    network = try Network(inputs: 6, hidden: [9, 5], outputs: 4)
    dataset = try randomDataset(count: 40, features: 6, classes: 4)
  }

  private func trainer(
    _ model: Model, rate: Float = 0.01, stopping: StoppingRules = StoppingRules()
  ) throws -> Trainer {
    try Trainer(
      model: model,
      configuration: TrainingConfiguration(
        epochs: 50, batchSize: 8, learningRate: rate, schedule: .constant, optimizer: .sgd,
        stopping: stopping), kernels: KernelVariant.select())
  }

  /// A model whose parameters of one layer are all `value`; the others are as they were drawn.
  private func model(layer: Int, value: Float) -> Model {
    var parameters = Parameters(heInitializing: network, seed: 1)
    let first = network.layers[..<layer].reduce(0) { $0 + $1.parameterCount }
    for index in first..<first + network.layers[layer].parameterCount {
      parameters.values[index] = value
    }
    return Model(network: network, parameters: parameters)
  }

  @Test(arguments: 0..<3, [Float.nan, .infinity])
  func theLayerWithSpoiledParametersIsNamed(layer: Int, value: Float) throws {
    let trainer = try trainer(model(layer: layer, value: value))
    let result = try trainer.fit(dataset)
    #expect(result.stopped == .diverged && result.iterations == 0)
    #expect(
      result.divergence
        == Divergence(
          iteration: 1, epoch: 1, layer: layer, place: .parameters, hasSpoiledParameters: true))
    #expect(
      result.divergence?.description
        == "iteration 1, in epoch 1: the parameters of layer \(layer + 1) are not finite")
  }

  /// 3 · 10³⁸ six times over is beyond single precision.
  @Test(arguments: 0..<3)
  func theLayerWithTheFirstInfiniteOutputsIsNamed(layer: Int) throws {
    let model = model(layer: layer, value: 3e38)
    let trainer = try trainer(model)
    let result = try trainer.fit(dataset)
    let divergence = try #require(result.divergence)
    #expect((divergence.layer, divergence.place) == (layer, .outputs))
    #expect(!divergence.hasSpoiledParameters)
    #expect(trainer.model == model)
  }

  /// An update that is too large spoils parameters, and is found out by the next batch: the last
  /// good ones are those of the epoch before.
  @Test func theLastGoodParametersAreKept() throws {
    let wild = try trainer(
      Model(network: network, parameters: Parameters(heInitializing: network, seed: 1)),
      rate: .greatestFiniteMagnitude)
    let before = wild.model
    let result = try wild.fit(dataset)
    let divergence = try #require(result.divergence)
    #expect(result.stopped == .diverged && divergence.iteration == result.iterations + 1)
    #expect(wild.model.parameters.values.allSatisfy { $0.isFinite })
    if divergence.hasSpoiledParameters { #expect(wild.model == before) }
  }

  /// Whether the parameters went at once or some epochs later, the best epoch's are there.
  @Test func theBestEpochIsRestored() throws {
    let validation = try randomDataset(count: 30, features: 6, classes: 4, seed: 6)
    let trainer = try Trainer(
      network: network,
      configuration: TrainingConfiguration(
        epochs: 200, batchSize: 8, learningRate: 0.01, schedule: .exponential(factor: 10),
        optimizer: .sgd, stopping: StoppingRules(restoresBest: true)),
      kernels: KernelVariant.select())
    let result = try trainer.fit(dataset, validation: validation)
    #expect(result.stopped == .diverged)
    let best = try #require(result.restoredEpoch)
    #expect(best == result.bestEpoch)
    #expect(try trainer.evaluate(validation).asRecorded == result.epochs[best - 1].validation)
    let divergence = try #require(result.divergence)
    #expect(divergence.epoch == result.epochs.count + 1)
    #expect(divergence.iteration == result.iterations + 1)
  }
}
