import Datasets
import Kernels
import NeuralNetwork
import Randomness
import TestSupport
import Testing

@testable import Training

/// Every loss in the step, on float features and target values.
@Suite struct LossTrainingTests {
  // MARK: Against the definition

  /// One step of plain SGD at rate 1 on a network without hidden layers, against central differences
  /// of the loss in double precision.
  ///
  /// Of the differences: along one parameter the outputs are linear, one of them with slope x; the
  /// third derivative of the loss is at most 0.1 |x|³ for the cross-entropies and 0 for the errors
  /// (away from the kink). The rounding of a loss in double precision is 2⁻²⁹ of the floats'.
  @Test(arguments: Loss.all, [1, 3, 10])
  func theStepFollowsCentralDifferences(loss: Loss, outputs: Int) throws {
    let samples = 23
    let dataset = try randomFloats(count: samples, features: 5, targets: outputs, for: loss)
    let network = try Network(inputs: 5, hidden: [], outputs: outputs)
    var random = RandomStream(seed: 2, purpose: .initialization)
    let before = (0..<network.parameterCount).map { _ in random.uniform(-0.9, 0.9) }
    for variant in KernelVariant.all {
      let trainer = try Trainer(
        model: Model(network: network, parameters: Parameters(values: before)),
        configuration: TrainingConfiguration(
          epochs: 1, batchSize: samples, learningRate: 1, schedule: .constant, optimizer: .sgd,
          threads: 3, loss: loss),
        kernels: variant)
      let result = try trainer.fit(dataset)
      let found = trainer.model.parameters.values

      let x = (0..<samples).map { dataset.features(at: $0).map(Double.init) }
      let t = (0..<samples).map { dataset.target(at: $0).map(Double.init) }
      func estimates(_ parameters: [Double], _ x: [Double]) -> [Estimate] {
        (0..<outputs).map { n in
          var sum = SumOfProducts(from: Estimate(parameters[5 * outputs + n]))
          for k in 0..<5 { sum.add(Estimate(x[k]), Estimate(parameters[5 * n + k])) }
          return sum.estimate
        }
      }
      func mean(_ parameters: [Double]) -> Double {
        zip(x, t).reduce(0) {
          $0 + loss.reference(outputs: estimates(parameters, $1.0).map(\.value), targets: $1.1)
        } / Double(samples)
      }
      let exact = before.map(Double.init)
      var lossError = 0.0
      for (x, t) in zip(x, t) {
        let y = estimates(exact, x)
        lossError += loss.lossError(
          of: loss.reference(outputs: y.map(\.value), targets: t), outputs: outputs,
          error: y.reduce(0) { max($0, $1.error) },
          magnitude: y.reduce(1) { $0 + abs($1.value) } + t.reduce(0) { $0 + abs($1) })
      }
      #expect(abs(result.epochs[0].loss - mean(exact)) <= lossError / Double(samples))

      let h = 1e-5
      var wrong = 0
      var largest = 0.0
      for index in before.indices {
        let n = index < 5 * outputs ? index / 5 : index - 5 * outputs
        let input = index < 5 * outputs ? index % 5 : nil
        var probe = exact
        probe[index] += h
        let above = mean(probe)
        probe[index] -= 2 * h
        let slope = (above - mean(probe)) / (2 * h)
        largest = max(largest, abs(slope))
        // The sum over samples of input and delta, its average, the step.
        var sum = SumOfProducts()
        var remainder = 0.0
        for (x, t) in zip(x, t) {
          let y = estimates(exact, x)
          let factor = input.map { x[$0] } ?? 1
          let delta = delta(of: loss, y.map(\.value), t, output: n)
          sum.add(
            Estimate(factor),
            Estimate(
              delta,
              error: loss.gradientError(
                of: delta, outputs: outputs, error: y.reduce(0) { max($0, $1.error) })))
          remainder += 0.1 * abs(factor * factor * factor)
          if loss == .meanAbsoluteError {
            // No kink on the way, neither of the differences nor of the floats.
            #expect(abs(y[n].value - t[n]) > abs(factor) * h + y[n].error)
          }
        }
        let scale = Estimate(1 / Double(samples), error: unitRoundoff / Double(samples))
        let step = Estimate(exact[index]).addingProduct(
          Estimate(0).addingProduct(sum.estimate, scale), Estimate(-1))
        let bound =
          step.error + h * h / 6 * remainder / Double(samples) + 0x1p-29 * lossError / h + 1e-10
        if !(abs(exact[index] - slope - Double(found[index])) <= bound) { wrong += 1 }
        #expect(largest == 0 || bound < 0.01)
      }
      #expect(wrong == 0)
      // The test says something only if there is a gradient; one class leaves nothing to learn.
      #expect(largest > 0.01 || (outputs == 1 && loss.name == "cross-entropy"))
    }
  }

  /// The derivative of a sample's loss with respect to an output.
  private func delta(of loss: Loss, _ y: [Double], _ t: [Double], output n: Int) -> Double {
    let h = 1e-6
    var probe = y
    probe[n] = y[n] + h
    let above = loss.reference(outputs: probe, targets: t)
    probe[n] = y[n] - h
    return (above - loss.reference(outputs: probe, targets: t)) / (2 * h)
  }

  // MARK: What the weights do not depend on

  private func weights(
    _ dataset: Dataset, _ sizes: [Int], loss: Loss, threads: Int, table: KernelTable,
    averaging: Averaging = .slabs, poison: Float = 0, skipsZeros: Bool = true,
    inputDropout: Float = 0
  ) throws -> UInt32 {
    let network = try Network(
      inputs: sizes[0],
      layers: sizes.dropFirst().dropLast().map { LayerDescription(outputs: $0, activation: .relu) }
        + [LayerDescription(outputs: sizes[sizes.count - 1], activation: .identity)],
      inputDropout: inputDropout)
    let coordinator = Coordinator(
      model: Model(network: network, parameters: Parameters(heInitializing: network, seed: 3)),
      dataset: dataset,
      configuration: TrainingConfiguration(
        epochs: 2, batchSize: 32, learningRate: 0.05, threads: threads, averaging: averaging,
        seed: 3, loss: loss),
      kernels: table, stop: StopRequest(), workerLimit: threads,
      skipsZeros: skipsZeros, poison: poison)
    for epoch in 1...2 {
      coordinator.begin(EpochOrder(dataset: dataset, seed: 3, epoch: epoch))
      while coordinator.run(until: .distantFuture) != .epochEnd {}
    }
    return coordinator.parameters.export().crc32
  }

  /// Threads, poison, the width of vectors.
  @Test(arguments: Loss.all, [[7, 13, 5], [33, 3], [70, 20, 9, 70]])
  func weightsDependOnTheRunAlone(loss: Loss, sizes: [Int]) throws {
    let dataset = try randomFloats(
      count: 100, features: sizes[0], targets: sizes[sizes.count - 1], for: loss)
    for variant in KernelVariant.all {
      let table = variant.kernels
      let expected = try weights(dataset, sizes, loss: loss, threads: 1, table: table)
      for threads in [2, 3, 8] {
        #expect(
          try weights(dataset, sizes, loss: loss, threads: threads, table: table) == expected)
      }
      for poison in [Float.nan, -1e30] {
        #expect(
          try weights(dataset, sizes, loss: loss, threads: 3, table: table, poison: poison)
            == expected)
      }
      for averaging in Averaging.allCases {
        let poisoned = try weights(
          dataset, sizes, loss: loss, threads: 2, table: table, averaging: averaging,
          poison: .nan)
        #expect(
          try poisoned
            == weights(
              dataset, sizes, loss: loss, threads: 2, table: table, averaging: averaging))
      }
    }
    let fused = KernelVariant.all.map(\.kernels).filter(\.isFused) + emulatedKernels
    let all = try fused.map {
      try weights(dataset, sizes, loss: loss, threads: 2, table: $0)
    }
    #expect(Set(all).count == 1)
  }

  /// Pixels and the floats that they stand for give the same weights, bit for bit; and so do classes
  /// and their one-hot rows, and skipping zeros or not.
  @Test(arguments: Loss.all, KernelVariant.all)
  func kindsOfDataAgree(loss: Loss, variant: KernelVariant) throws {
    let pixels = try randomDataset(count: 90, features: 40, classes: 4, zeros: 0.75)
    let features = (0..<pixels.count).map(pixels.features)
    let labels = (0..<pixels.count).map(pixels.label)
    let rows = (0..<pixels.count).map(pixels.target)
    let datasets = [
      pixels,
      try Dataset(name: "d", pixels: pixels.pixels, targets: rows, height: 1, width: 40),
      try Dataset(name: "d", features: features, labels: labels, classCount: 4),
      try Dataset(name: "d", features: features, targets: rows),
    ]
    let results = try datasets.map {
      try weights($0, [40, 11, 4], loss: loss, threads: 2, table: variant.kernels)
    }
    #expect(Set(results).count == 1)
    #expect(
      try weights(
        pixels, [40, 11, 4], loss: loss, threads: 3, table: variant.kernels, skipsZeros: false)
        == results[0])
    // The same features are dropped.
    let dropped = try datasets.map {
      try weights(
        $0, [40, 11, 4], loss: loss, threads: 2, table: variant.kernels, poison: .nan,
        inputDropout: 0.25)
    }
    #expect(Set(dropped).count == 1)
    #expect(dropped[0] != results[0])
    // A subset out of order finds the targets that belong to it.
    let order = (0..<90).map { $0 * 7 % 90 }
    let subsets = try datasets.map {
      try weights(
        $0.subset(at: order), [40, 11, 4], loss: loss, threads: 2, table: variant.kernels)
    }
    #expect(Set(subsets).count == 1)
    guard loss != .softmaxCrossEntropy(), loss.labelSmoothing == 0 else { return }
    let autoencoders = [
      pixels.autoencoding(), datasets[2].autoencoding(),
      try Dataset(name: "d", features: features, targets: features),
    ]
    let encoded = try autoencoders.map {
      try weights($0, [40, 11, 40], loss: loss, threads: 2, table: variant.kernels, poison: .nan)
    }
    #expect(Set(encoded).count == 1)
  }

  // MARK: Evaluation

  @Test(arguments: Loss.all)
  func evaluationIsTheMeanOfTheLoss(loss: Loss) throws {
    let variant = try KernelVariant.select()
    let dataset = try randomFloats(count: 300, features: 4, targets: 3, for: loss)
    let network = try Network(inputs: 4, hidden: [5], outputs: 3)
    let model = Model(network: network, parameters: Parameters(heInitializing: network, seed: 1))
    let evaluation = try Evaluator(model: model, loss: loss, kernels: variant, threads: 1)
      .evaluate(dataset)
    for threads in [2, 5] {
      #expect(
        try Evaluator(model: model, loss: loss, kernels: variant, threads: threads)
          .evaluate(dataset) == evaluation)
    }
    #expect(evaluation.accuracy == nil && evaluation.correctCount == nil)
    let trainer = try Trainer(
      model: model, configuration: TrainingConfiguration(loss: loss), kernels: variant)
    #expect(try trainer.evaluate(dataset) == evaluation)
    // Of the very outputs that the network has, so that only the loss's own rounding differs.
    var sum = 0.0
    var bound = 0.0
    for position in 0..<300 {
      let y = try trainer.outputs(of: dataset.features(at: position)).map(Double.init)
      let t = dataset.target(at: position).map(Double.init)
      let expected = loss.reference(outputs: y, targets: t)
      sum += expected
      bound += loss.lossError(
        of: expected, outputs: 3, error: 0,
        magnitude: (y + t).reduce(1) { $0 + abs($1) })
    }
    #expect(abs(evaluation.loss - sum / 300) <= bound / 300)
  }

  /// The first of the largest outputs; of one output for two classes, a probability above ½.
  @Test func accuracyIsByTheMostProbableClass() throws {
    let variant = try KernelVariant.select()
    // The outputs are the features.
    func identity(_ count: Int) throws -> Model {
      let network = try Network(inputs: count, hidden: [], outputs: count)
      let weights = (0..<count * count).map { Float($0 % (count + 1) == 0 ? 1 : 0) }
      return Model(
        network: network,
        parameters: Parameters(values: weights + [Float](repeating: 0, count: count)))
    }
    let rows: [[Float]] = [[1, 1, 0], [0, 2, 1], [0, 0, 3], [5, 0, 0]]
    let labels = [0, 1, 1, 2]
    let datasets = [
      try Dataset(name: "d", features: rows, labels: labels, classCount: 3),
      try Dataset(
        name: "d", features: rows,
        targets: labels.map { label in (0..<3).map { $0 == label ? 1 : 0 } }),
    ]
    for loss in Loss.all {
      let evaluator = Evaluator(
        model: try identity(3), loss: loss, kernels: variant, threads: 2)
      for dataset in datasets { #expect(try evaluator.evaluate(dataset).accuracy == 0.5) }
    }
    let single = try Dataset(
      name: "d", features: [[-1], [0], [0.4], [0.6], [2]], labels: [0, 0, 1, 1, 0], classCount: 2)
    // Logits above 0, and other outputs above ½, stand for class 1.
    for (loss, correct) in [
      (Loss.binaryCrossEntropy, 4), (.meanSquaredError, 3), (.meanAbsoluteError, 3),
    ] {
      let evaluator = Evaluator(
        model: try identity(1), loss: loss, kernels: variant, threads: 1)
      #expect(try evaluator.evaluate(single).correctCount == correct)
    }
  }

  // MARK: What does not fit

  private func fitError(_ dataset: Dataset, outputs: Int, _ loss: Loss) throws -> TrainingError? {
    let trainer = try Trainer(
      network: Network(inputs: dataset.featureCount, hidden: [], outputs: outputs),
      configuration: TrainingConfiguration(epochs: 1, loss: loss), kernels: .select())
    do {
      try trainer.fit(dataset)
      return nil
    } catch { return error }
  }

  @Test func whatDoesNotFitIsAnError() throws {
    let rows: [[Float]] = [[1], [2]]
    func values(_ targets: [[Float]]) throws -> Dataset {
      try Dataset(name: "d", features: rows, targets: targets)
    }
    let two = try Dataset(name: "d", features: rows, labels: [0, 1], classCount: 2)
    #expect(try fitError(two, outputs: 1, .binaryCrossEntropy) == nil)
    #expect(try fitError(two, outputs: 2, .binaryCrossEntropy) == nil)
    #expect(
      try fitError(two, outputs: 1, .softmaxCrossEntropy())
        == .classCount(dataset: "d", found: 2, expected: 1))
    #expect(
      try fitError(values([[1, 2, 3], [4, 5, 6]]), outputs: 2, .meanSquaredError)
        == .targetCount(dataset: "d", found: 3, expected: 2))
    #expect(
      try fitError(two.autoencoding(), outputs: 2, .meanSquaredError)
        == .targetCount(dataset: "d", found: 1, expected: 2))
    #expect(
      try fitError(values([[0.5], [-0.5]]), outputs: 1, .binaryCrossEntropy)
        == .targetOutOfRange(
          dataset: "d", sample: 1, index: 0, found: -0.5, loss: "binary-cross-entropy"))
    #expect(
      try fitError(values([[0.5, 0.5], [0.5, 1]]), outputs: 2, .softmaxCrossEntropy())
        == .noDistribution(dataset: "d", sample: 1, sum: 1.5))
    #expect(
      try fitError(two.autoencoding(), outputs: 1, .binaryCrossEntropy)
        == .targetOutOfRange(
          dataset: "d", sample: 1, index: 0, found: 2, loss: "binary-cross-entropy"))
    #expect(
      try fitError(values([[0.25, 0.75], [0, 1]]), outputs: 2, .softmaxCrossEntropy()) == nil)
    for smoothing in [-0.1, 1, Float.nan] {
      #expect(throws: TrainingError.self) {
        try fitError(two, outputs: 2, .softmaxCrossEntropy(labelSmoothing: smoothing))
      }
    }
  }

  @Test func onlyImagesAreDistorted() throws {
    let trainer = try Trainer(
      network: Network(inputs: 4, hidden: [], outputs: 1),
      configuration: TrainingConfiguration(
        distortion: Distortion(shift: 1), loss: .meanSquaredError),
      kernels: .select())
    let floats = try randomFloats(count: 5, features: 4, targets: 1, for: .meanSquaredError)
    #expect(throws: TrainingError.noImages(dataset: "random")) { try trainer.fit(floats) }
  }

  /// A loss that is no longer finite ends the run, and leaves the parameters of the batch before.
  @Test(arguments: Loss.all)
  func divergenceShows(loss: Loss) throws {
    let trainer = try Trainer(
      network: Network(inputs: 4, hidden: [6], outputs: 3),
      configuration: TrainingConfiguration(
        epochs: 50, batchSize: 8, learningRate: 1e30, schedule: .constant, loss: loss),
      kernels: .select())
    let result = try trainer.fit(randomFloats(count: 40, features: 4, targets: 3, for: loss))
    #expect(result.stopped == .diverged)
  }

  // MARK: Text

  @Test func textForms() {
    for loss in Loss.all + [.softmaxCrossEntropy(labelSmoothing: 1 / 3)] {
      #expect(Loss(loss.description) == loss)
    }
    #expect(Loss.softmaxCrossEntropy(labelSmoothing: 0.1).description == "cross-entropy:0.1")
    for text in [
      "", "Cross-Entropy", "cross-entropy:", "cross-entropy:1", "cross-entropy:0:1",
      "mean-squared-error:0.1", "cross-entropy:nan",
    ] { #expect(Loss(text) == nil) }
  }
}
