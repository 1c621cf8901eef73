import Datasets
import NeuralNetwork

extension Checkpoint {
  /// A checkpoint of values that nobody has vouched for, such as those of a file.
  /// - Throws: ``TrainingError/invalidOption(_:found:expected:)`` for the first value that is out of
  ///   its range or contradicts another one.
  /// - Precondition: each moment has as many values as the network has parameters, and so has the
  ///   best epoch.
  package init(
    checking model: Model, optimizer: OptimizerState, configuration: TrainingConfiguration,
    isFused: Bool, iterations: Int, lossSumInEpoch: Double, secondsInEpoch: Double,
    history: [EpochRecord], best: BestEpoch? = nil, training: DatasetFingerprint,
    validation: DatasetFingerprint?
  ) throws(TrainingError) {
    func require<Value: Equatable>(
      _ field: String, found: Value, expected: Value
    ) throws(TrainingError) {
      if found != expected {
        throw .invalidOption(field, found: "\(found)", expected: "\(expected)")
      }
    }
    try configuration.validate()
    try configuration.validate(for: model.network)
    try require(
      "optimizer moments", found: optimizer.moments.map(\.name).joined(separator: ","),
      expected: configuration.optimizer.momentNames.joined(separator: ","))
    let length = try RunLength(fingerprint: training, configuration: configuration)
    try length.requireRoom(after: configuration.warmUp)
    try configuration.requireValidation(validation != nil)
    guard (0...length.iterations).contains(iterations) else {
      throw .invalidOption(
        "iterations", found: "\(iterations)", expected: "0 to \(length.iterations)")
    }
    let position = length.position(after: iterations)
    try require("epochs in the history", found: history.count, expected: position.completedEpochs)
    for (index, record) in history.enumerated() {
      let end = length.position(after: (index + 1) * length.iterationsPerEpoch)
      try require(
        "iterations after epoch \(index + 1)", found: record.iterations,
        expected: (index + 1) * length.iterationsPerEpoch)
      try require(
        "samples after epoch \(index + 1)", found: record.samples, expected: end.samples)
    }
    var judge = EpochJudge(configuration.stopping)
    judge.observe(history)
    try require(
      "best epoch", found: best?.epoch ?? 0,
      expected: configuration.stopping.restoresBest ? judge.bestEpoch ?? 0 : 0)
    for moment in optimizer.moments {
      precondition(
        moment.values.values.count == model.network.parameterCount,
        "a moment must have a number for each parameter")
    }
    precondition(
      best.map { $0.parameters.values.count == model.network.parameterCount } ?? true,
      "the best epoch must have a number for each parameter")
    self.init(
      model: model, optimizer: optimizer, configuration: configuration, isFused: isFused,
      iterations: iterations, lossSumInEpoch: lossSumInEpoch, secondsInEpoch: secondsInEpoch,
      history: history, best: best, training: training, validation: validation, length: length)
  }
}

extension RunLength {
  /// The length of a run over data that are known by their fingerprint.
  fileprivate init(
    fingerprint: DatasetFingerprint, configuration: TrainingConfiguration
  ) throws(TrainingError) {
    let count = fingerprint.sampleCount
    guard (1...Int(Int32.max)).contains(count) else {
      throw .invalidOption(
        "training samples", found: "\(count)", expected: "1 to \(Int32.max)")
    }
    guard let length = RunLength(sampleCount: count, configuration: configuration) else {
      throw .invalidOption(
        "training samples", found: "\(count)",
        expected: "at least a batch of \(configuration.batchSize)")
    }
    self = length
  }
}
