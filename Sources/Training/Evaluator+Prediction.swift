import Datasets
import Kernels
import NeuralNetwork

// Predictions. Each call has memory of its own; a batch is shared out among the workers.

extension Evaluator {
  /// Numbers that ``predictProbabilities(_:)-([Float])`` gives for a sample: the network's outputs;
  /// 2 where it has a single one.
  public var probabilityCount: Int { max(parameters.network.outputCount, 2) }

  // MARK: A sample

  /// The outputs for a sample: logits, where the network was trained with a loss of these.
  /// - Parameter features: As many finite numbers as the network has inputs.
  /// - Throws: ``TrainingError`` for anything else.
  public func outputs(of features: [Float]) throws(TrainingError) -> [Float] {
    var found = [Float](repeating: 0, count: parameters.network.outputCount)
    var span = found.mutableSpan
    try predict(features.span, count: 1, .outputs, into: &span)
    return found
  }

  /// The class of a sample: that of the largest output; of a single output, 1 where its probability
  /// is above ½ and else 0.
  /// - Parameter features: As many finite numbers as the network has inputs.
  /// - Throws: ``TrainingError`` for anything else.
  public func predict(_ features: [Float]) throws(TrainingError) -> Int {
    var found = 0
    try require(features.span, count: 1)
    unsafe features.withUnsafeBufferPointer { features in
      unsafe withUnsafeMutablePointer(to: &found) { found in
        _ = unsafe run(.floats(features.baseAddress.unsafelyUnwrapped), count: 1, .classes(found))
      }
    }
    return found
  }

  /// The probability of each class of a sample: the softmax of the outputs, or, with the binary
  /// cross-entropy, their sigmoids. A single output stands for two classes.
  /// - Parameter features: As many finite numbers as the network has inputs.
  /// - Throws: ``TrainingError`` for anything else, and where outputs are no probabilities.
  public func predictProbabilities(_ features: [Float]) throws(TrainingError) -> [Float] {
    var found = [Float](repeating: 0, count: probabilityCount)
    var span = found.mutableSpan
    try predict(features.span, count: 1, .probabilities, into: &span)
    return found
  }

  /// The class of an image.
  /// - Parameter image: As many pixels as the network has inputs.
  /// - Throws: ``TrainingError/featureCount(dataset:found:expected:)`` for any other number.
  public func predict(_ image: GrayscaleImage) throws(TrainingError) -> Int {
    var found = 0
    try require(image)
    unsafe image.pixels.withUnsafeBufferPointer { pixels in
      unsafe withUnsafeMutablePointer(to: &found) { found in
        _ = unsafe run(.pixels(pixels.baseAddress.unsafelyUnwrapped), count: 1, .classes(found))
      }
    }
    return found
  }

  /// The probability of each class for an image, as ``predictProbabilities(_:)-([Float])``.
  /// - Parameter image: As many pixels as the network has inputs.
  /// - Throws: ``TrainingError`` for any other number, and where outputs are no probabilities.
  public func probabilities(of image: GrayscaleImage) throws(TrainingError) -> [Float] {
    try requireProbabilities()
    try require(image)
    var found = [Float](repeating: 0, count: probabilityCount)
    unsafe image.pixels.withUnsafeBufferPointer { pixels in
      unsafe found.withUnsafeMutableBufferPointer { found in
        _ = unsafe run(
          .pixels(pixels.baseAddress.unsafelyUnwrapped), count: 1,
          .probabilities(found.baseAddress.unsafelyUnwrapped))
      }
    }
    return found
  }

  // MARK: Batches

  /// The outputs for each of some samples, as ``outputs(of:)-([Float])``.
  /// - Throws: ``TrainingError`` where a sample is not as the network's inputs.
  public func outputs(of samples: [[Float]]) throws(TrainingError) -> [[Float]] {
    try rows(of: samples, .outputs, width: parameters.network.outputCount)
  }

  /// The class of each of some samples, as ``predict(_:)-([Float])``.
  /// - Throws: ``TrainingError`` where a sample is not as the network's inputs.
  public func predict(_ samples: [[Float]]) throws(TrainingError) -> [Int] {
    var found = [Int](repeating: 0, count: samples.count)
    let features = try joined(samples)
    var span = found.mutableSpan
    try predict(features.span, into: &span)
    return found
  }

  /// The probabilities of the classes of each of some samples, as
  /// ``predictProbabilities(_:)-([Float])``.
  /// - Throws: ``TrainingError`` where a sample is not as the network's inputs, or outputs are no
  ///   probabilities.
  public func predictProbabilities(_ samples: [[Float]]) throws(TrainingError) -> [[Float]] {
    try rows(of: samples, .probabilities, width: probabilityCount)
  }

  /// The class of each sample of a dataset.
  /// - Throws: ``TrainingError`` when the dataset does not fit the network, or its source fails.
  public func predict(_ dataset: Dataset) throws(TrainingError) -> [Int] {
    try parameters.network.requireFit(of: dataset, loss: loss)
    let input = PredictionInput.dataset(
      dataset,
      Criterion(
        loss, dataset: dataset, outputs: parameters.network.outputCount, kernels: kernels))
    var found = [Int](repeating: 0, count: dataset.count)
    let failure = unsafe found.withUnsafeMutableBufferPointer { found in
      unsafe run(
        input, count: dataset.count, .classes(found.baseAddress.unsafelyUnwrapped))
    }
    if let failure { throw .source(failure) }
    return found
  }

  // MARK: Memory of the host

  /// What a prediction for a row of memory is.
  public enum Prediction: Sendable {
    /// The outputs, as many as the network has.
    case outputs
    /// ``Evaluator/probabilityCount`` probabilities.
    case probabilities
  }

  /// Predicts many samples that lie in one block of memory, into another.
  /// - Parameters:
  ///   - features: `count` rows of as many finite numbers as the network has inputs.
  ///   - count: The number of samples.
  ///   - prediction: What to write for each sample.
  ///   - found: Room for `count` rows of that.
  /// - Throws: ``TrainingError`` where the features are not that, or outputs no probabilities.
  /// - Precondition: There is just the room for what is written.
  public func predict(
    _ features: Span<Float>, count: Int, _ prediction: Prediction,
    into found: inout MutableSpan<Float>
  ) throws(TrainingError) {
    if case .probabilities = prediction { try requireProbabilities() }
    try require(features, count: count)
    let width =
      if case .outputs = prediction { parameters.network.outputCount } else { probabilityCount }
    precondition(found.count == count * width, "room for a row a sample")
    guard count > 0 else { return }
    unsafe features.withUnsafeBufferPointer { features in
      unsafe found.withUnsafeMutableBufferPointer { found in
        let address = unsafe found.baseAddress.unsafelyUnwrapped
        _ = unsafe run(
          .floats(features.baseAddress.unsafelyUnwrapped), count: count,
          width == parameters.network.outputCount && prediction == .outputs
            ? .outputs(address) : .probabilities(address))
      }
    }
  }

  /// Predicts the classes of many samples that lie in one block of memory.
  /// - Parameters:
  ///   - features: As many rows as `classes` has room for, each of as many finite numbers as the
  ///     network has inputs.
  ///   - classes: Room for the class of each sample.
  /// - Throws: ``TrainingError`` where the features are not that.
  public func predict(
    _ features: Span<Float>, into classes: inout MutableSpan<Int>
  ) throws(TrainingError) {
    let count = classes.count
    try require(features, count: count)
    guard count > 0 else { return }
    unsafe features.withUnsafeBufferPointer { features in
      unsafe classes.withUnsafeMutableBufferPointer { classes in
        _ = unsafe run(
          .floats(features.baseAddress.unsafelyUnwrapped), count: count,
          .classes(classes.baseAddress.unsafelyUnwrapped))
      }
    }
  }

  // MARK: Work and checks

  private func run(
    _ input: PredictionInput, count: Int, _ target: PredictionTarget
  ) -> SourceFailure? {
    let pass = PredictionPass(
      input, count: count, into: target, parameters: parameters, loss: loss, kernels: kernels,
      threads: threads)
    run(pass, workers: pass.workers, units: pass.chunks.parts)
    return pass.sourceFailure.failure
  }

  private func rows(
    of samples: [[Float]], _ prediction: Prediction, width: Int
  ) throws(TrainingError) -> [[Float]] {
    var found = [Float](repeating: 0, count: samples.count * width)
    let features = try joined(samples)
    var span = found.mutableSpan
    try predict(features.span, count: samples.count, prediction, into: &span)
    return (0..<samples.count).map { Array(found[$0 * width..<($0 + 1) * width]) }
  }

  private func joined(_ samples: [[Float]]) throws(TrainingError) -> [Float] {
    let inputs = parameters.network.inputCount
    if let sample = samples.first(where: { $0.count != inputs }) {
      throw .featureCount(dataset: "samples", found: sample.count, expected: inputs)
    }
    return Array(samples.joined())
  }

  private func require(_ features: Span<Float>, count: Int) throws(TrainingError) {
    let inputs = parameters.network.inputCount
    guard features.count == count * inputs else {
      throw .featureCount(
        dataset: "samples", found: count > 0 ? features.count / count : features.count,
        expected: inputs)
    }
    let flaw = unsafe features.withUnsafeBufferPointer { unsafe $0.firstNonfinite }
    if let place = flaw {
      throw .notFinite(
        dataset: "samples", sample: place / inputs, index: place % inputs, found: features[place])
    }
  }

  private func require(_ image: GrayscaleImage) throws(TrainingError) {
    let inputs = parameters.network.inputCount
    guard image.pixels.count == inputs else {
      throw .featureCount(dataset: "image", found: image.pixels.count, expected: inputs)
    }
  }

  /// Throws unless the outputs are probabilities, or logits that these can be made of.
  private func requireProbabilities() throws(TrainingError) {
    let layers = parameters.network.layers
    let activation = layers[layers.count - 1].activation
    if loss.takesLogits { return }
    guard activation == .softmax || activation == .sigmoid else {
      throw .noProbabilities(loss: loss.description, activation: "\(activation)")
    }
  }
}
