import Datasets
import NeuralNetwork

// What a network, a dataset and a loss must have in common.

extension Network {
  /// Throws unless the samples of `dataset` are what this network takes in, and their targets what
  /// it can be compared with by the loss.
  /// - Complexity: One pass over the target values, where a cross-entropy asks for their range.
  func requireFit(of dataset: Dataset, loss: Loss) throws(TrainingError) {
    guard dataset.count > 0 else { throw .noSamples(dataset: dataset.name) }
    guard dataset.featureCount == inputCount else {
      throw .featureCount(
        dataset: dataset.name, found: dataset.featureCount, expected: inputCount)
    }
    try requireLogits(for: loss)
    switch dataset.targets {
    case .classes(let count):
      // Softmax of one number is always 1.
      let isBinary = count == 2 && outputCount == 1 && loss.name != Loss.softmaxCrossEntropy().name
      guard count == outputCount || isBinary else {
        throw .classCount(dataset: dataset.name, found: count, expected: outputCount)
      }
    case .values, .features:
      guard dataset.targetCount == outputCount else {
        throw .targetCount(
          dataset: dataset.name, found: dataset.targetCount, expected: outputCount)
      }
      if loss.takesLogits { try dataset.requireProbabilities(for: loss) }
    }
  }

  /// Throws where a loss takes logits and the output layer gives something else.
  func requireLogits(for loss: Loss) throws(TrainingError) {
    let activation = layers[layers.count - 1].activation
    guard !loss.takesLogits || activation == .identity else {
      throw .noLogits(loss: loss.description, activation: "\(activation)")
    }
  }
}

extension Dataset {
  /// How far the sum of a row of probabilities may be from 1: what rounding leaves of 65,536 of
  /// them that were divided by their sum.
  private static let toleranceOfSum: Float = 0x1p-8

  /// Throws unless all target values are from 0 to 1, and for the cross-entropy of classes each
  /// row adds up to 1.
  fileprivate func requireProbabilities(for loss: Loss) throws(TrainingError) {
    // Pixels are from 0 to 1; one-hot rows are probabilities.
    if classCount > 0 || targets == .features && floats == nil && loss == .binaryCrossEntropy {
      return
    }
    // Those of a source are looked at whenever it has written them.
    if source != nil { return }
    for position in 0..<count {
      if let flaw = flaw(ofTarget: target(at: position), sample: position, for: loss) {
        throw flaw
      }
    }
  }

  /// What keeps a sample's target values from being those of a loss that takes logits.
  func flaw(
    ofTarget row: some Collection<Float>, sample: Int, for loss: Loss
  ) -> TrainingError? {
    for (index, value) in row.enumerated() where !(0...1).contains(value) {
      return .targetOutOfRange(
        dataset: name, sample: sample, index: index, found: value, loss: loss.description)
    }
    let sum = row.reduce(0, +)
    if loss != .binaryCrossEntropy, abs(sum - 1) > Self.toleranceOfSum {
      return .noDistribution(dataset: name, sample: sample, sum: sum)
    }
    return nil
  }
}
