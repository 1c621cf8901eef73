import Datasets
import Kernels
import NeuralNetwork

// What the model of a trainer says of samples: its `evaluator`'s methods.

extension Trainer {
  /// The loss of ``model`` on a dataset, by the configuration's loss; where its samples belong to
  /// classes, also the accuracy, the confusion matrix and what follows from it.
  /// - Throws: ``TrainingError`` when the dataset does not fit the network, or its source fails.
  public func evaluate(_ dataset: Dataset) throws(TrainingError) -> Evaluation {
    try evaluator.evaluate(dataset)
  }

  /// The outputs of ``model`` for a sample: logits, where the loss takes logits.
  /// - Parameter features: As many finite numbers as the network has inputs.
  /// - Throws: ``TrainingError`` for anything else.
  public func outputs(of features: [Float]) throws(TrainingError) -> [Float] {
    try evaluator.outputs(of: features)
  }

  /// The outputs of ``model`` for each of some samples.
  /// - Throws: ``TrainingError`` where a sample is not as the network's inputs.
  public func outputs(of samples: [[Float]]) throws(TrainingError) -> [[Float]] {
    try evaluator.outputs(of: samples)
  }

  /// The class of a sample: that of the largest output; of a single output, 1 where its probability
  /// is above ½ and else 0.
  /// - Parameter features: As many finite numbers as the network has inputs.
  /// - Throws: ``TrainingError`` for anything else.
  public func predict(_ features: [Float]) throws(TrainingError) -> Int {
    try evaluator.predict(features)
  }

  /// The class of each of some samples.
  /// - Throws: ``TrainingError`` where a sample is not as the network's inputs.
  public func predict(_ samples: [[Float]]) throws(TrainingError) -> [Int] {
    try evaluator.predict(samples)
  }

  /// The class of each sample of a dataset.
  /// - Throws: ``TrainingError`` when the dataset does not fit the network, or its source fails.
  public func predict(_ dataset: Dataset) throws(TrainingError) -> [Int] {
    try evaluator.predict(dataset)
  }

  /// The class of an image.
  /// - Parameter image: As many pixels as the network has inputs.
  /// - Throws: ``TrainingError/featureCount(dataset:found:expected:)`` for any other number.
  public func predict(_ image: GrayscaleImage) throws(TrainingError) -> Int {
    try evaluator.predict(image)
  }

  /// The probability of each class for an image.
  /// - Parameter image: As many pixels as the network has inputs.
  /// - Throws: ``TrainingError`` for any other number, and where outputs are no probabilities.
  public func predictProbabilities(
    _ image: GrayscaleImage
  ) throws(TrainingError) -> [Float] {
    try evaluator.probabilities(of: image)
  }

  /// The probability of each class of a sample; two of a single output.
  /// - Parameter features: As many finite numbers as the network has inputs.
  /// - Throws: ``TrainingError`` for anything else, and where outputs are no probabilities.
  public func predictProbabilities(_ features: [Float]) throws(TrainingError) -> [Float] {
    try evaluator.predictProbabilities(features)
  }

  /// The probabilities of the classes of each of some samples.
  /// - Throws: ``TrainingError`` where a sample is not as the network's inputs, or outputs are no
  ///   probabilities.
  public func predictProbabilities(_ samples: [[Float]]) throws(TrainingError) -> [[Float]] {
    try evaluator.predictProbabilities(samples)
  }
}

extension Model {
  /// The class of a sample, by a model whose loss takes logits. For many samples, keep an
  /// ``Evaluator``, which does not move the parameters into place each time.
  /// - Parameter features: As many finite numbers as the network has inputs.
  /// - Throws: ``TrainingError`` for anything else.
  public func predict(_ features: [Float]) throws(TrainingError) -> Int {
    try evaluator().predict(features)
  }

  /// The class of each of some samples, by a model whose loss takes logits.
  /// - Throws: ``TrainingError`` where a sample is not as the network's inputs.
  public func predict(_ samples: [[Float]]) throws(TrainingError) -> [Int] {
    try evaluator().predict(samples)
  }

  /// The probability of each class of a sample, by a model that was trained with the softmax
  /// cross-entropy.
  /// - Parameter features: As many finite numbers as the network has inputs.
  /// - Throws: ``TrainingError`` for anything else.
  public func predictProbabilities(_ features: [Float]) throws(TrainingError) -> [Float] {
    try evaluator().predictProbabilities(features)
  }

  /// The probabilities of the classes of each of some samples, by a model that was trained with the
  /// softmax cross-entropy.
  /// - Throws: ``TrainingError`` where a sample is not as the network's inputs.
  public func predictProbabilities(_ samples: [[Float]]) throws(TrainingError) -> [[Float]] {
    try evaluator().predictProbabilities(samples)
  }

  private func evaluator() throws(TrainingError) -> Evaluator {
    do { return try Evaluator(model: self) } catch { throw .kernels(error) }
  }
}
