import Kernels
import NeuralNetwork
import Testing

@testable import Training

/// `Averaging.perWorker`: the same weights for the same number of workers, and those of
/// `Averaging.slabs` but for rounding.
@Suite struct AveragingTests {
  @Test(arguments: Run.all, KernelVariant.all)
  func averagingPerWorkerRepeats(run: Run, kernels: KernelVariant) throws {
    for threads in [2, 3, 7] {
      let expected = try run.weights(threads: threads, kernels: kernels, averaging: .perWorker)
      for poison in [0, Float.nan] {
        let again = try run.weights(
          threads: threads, kernels: kernels, averaging: .perWorker, poison: poison)
        #expect(again == expected)
      }
      let unskipped = try run.weights(
        threads: threads, kernels: kernels, averaging: .perWorker, skipsZeros: false)
      #expect(unskipped == expected)
    }
  }

  /// One worker has one shard: then both are the same sum.
  @Test(arguments: Run.all, KernelVariant.all)
  func averagingPerWorkerOfOneWorkerIsTheOther(run: Run, kernels: KernelVariant) throws {
    let alone = try run.weights(threads: 1, kernels: kernels, averaging: .perWorker)
    #expect(try alone == run.weights(threads: 1, kernels: kernels))
  }

  /// One iteration from the same parameters. Both ways have the very same features x and deltas δ
  /// and add up the same products, each sample's x δ, in another order:
  ///
  /// * `slabs`, a batch of B: a chain of B products, where a product goes through B roundings at
  ///   most (fused, one for each link; otherwise one for the product and B − 1 for the sums,
  ///   the first being exact).
  /// * `perWorker`, P shards of at most b: chains of b products, then P − 1 sums: b + P − 1.
  ///
  /// The sum is scaled, multiplied by the rate and added to the weight: 3 roundings at most, 1 of
  /// which the weight goes through as well. (In the first step the velocity is the gradient,
  /// exactly.) So from w − η s Σ x δ each way is off by at most
  /// γ₁ |w| + γₙ₊₃ η s Σ |x δ|, with n as above, and they differ by at most
  ///
  ///     2 γ₁ |w| + (γ_{B+3} + γ_{b+P+2}) η s Σ |x δ|
  ///
  /// where s = 1 / B and η, rounded to floats, are at most 1 + u times themselves, and |x δ| at most
  /// what the error analysis of the network says it can be in floats.
  @Test(arguments: Run.dense + Run.sparse, [2, 3, 7])
  func averagingPerWorkerDiffersFromTheOtherByRounding(run: Run, workers: Int) throws {
    let kernels = try KernelVariant.select()
    let model = try run.model()
    let count = min(run.batchSize, run.samples)
    let dataset = try run.dataset.subset(at: 0..<count)
    func weights(_ averaging: Averaging) throws -> [Float] {
      let trainer = try Trainer(
        model: model,
        configuration: run.configuration(threads: workers, averaging: averaging, epochs: 1),
        kernels: kernels)
      #expect(try trainer.fit(dataset).iterations == 1)
      return trainer.model.parameters.values
    }
    let slabs = try weights(.slabs)
    let perWorker = try weights(.perWorker)
    let sums = AnalyzedNetwork(model).gradientSums(dataset.reference(dataset.storageIndices))
    let shards = EvenSplit(count: count, parts: workers)
    let roundings = gamma(count + 3) + gamma(shards[0].count + shards.parts + 2)
    let step = 0.1 / Double(count) * (1 + unitRoundoff) * (1 + unitRoundoff)
    var wrong = 0
    for (index, weight) in model.parameters.values.enumerated() {
      let bound =
        2 * gamma(1) * Double(abs(weight)) + roundings * step * sums[index].magnitude
      let difference = abs(Double(slabs[index]) - Double(perWorker[index]))
      if !(difference <= bound) { wrong += 1 }
    }
    #expect(wrong == 0)
  }
}
