import Datasets

/// How long a run is, by its data and its configuration: the one place that counts batches.
///
///     iterations per epoch = ceil(samples / batch size), floor where the last batch is dropped
///     samples per epoch    = all of them, or those of the full batches
///     iterations           = iterations per epoch × epochs
struct RunLength: Equatable {
  /// Samples in a full batch: the configured number, or all samples if there are fewer.
  let batchSize: Int
  /// Batches in an epoch.
  let iterationsPerEpoch: Int
  /// The sum of the sizes of an epoch's batches.
  let samplesPerEpoch: Int
  let epochs: Int

  /// - Parameter sampleCount: Samples of the training data, at least 1 and below 2³¹.
  /// - Returns: Nil where no batch is left: fewer samples than a batch, and short batches dropped.
  /// - Precondition: The configuration is valid.
  init?(sampleCount: Int, configuration: TrainingConfiguration) {
    batchSize = min(configuration.batchSize, sampleCount)
    epochs = configuration.epochs
    if configuration.dropsLastBatch {
      guard sampleCount >= configuration.batchSize else { return nil }
      iterationsPerEpoch = sampleCount / batchSize
      samplesPerEpoch = iterationsPerEpoch * batchSize
    } else {
      iterationsPerEpoch = (sampleCount + batchSize - 1) / batchSize
      samplesPerEpoch = sampleCount
    }
  }

  /// Throws unless the schedule has an iteration after the warm-up.
  /// - Throws: ``TrainingError/invalidOption(_:found:expected:)``.
  func requireRoom(after warmUp: WarmUp) throws(TrainingError) {
    guard warmUp.iterations(perEpoch: iterationsPerEpoch) < iterations else {
      throw .invalidOption(
        "warm-up", found: "\(warmUp)",
        expected: "less than the run: \(iterations) iterations in \(epochs) epochs")
    }
  }

  /// Parameter updates in the run. Does not overflow: less than 2³¹ batches, at most 10⁹ epochs.
  var iterations: Int { iterationsPerEpoch * epochs }
  /// Samples in the run, counted once an epoch.
  var samples: Int { samplesPerEpoch * epochs }

  /// Where a run is after some iterations.
  /// - Parameter iterations: From 0 to ``iterations``.
  func position(after iterations: Int) -> RunPosition {
    let completed = iterations / iterationsPerEpoch
    // The short batch is the last one of its epoch, so all batches before are full.
    let samplesInEpoch = iterations % iterationsPerEpoch * batchSize
    return RunPosition(
      completedEpochs: completed, samplesInEpoch: samplesInEpoch,
      samples: completed * samplesPerEpoch + samplesInEpoch)
  }
}

extension TrainingConfiguration {
  /// Throws unless there is a batch to train on, and an iteration after the warm-up.
  /// - Throws: ``TrainingError/noFullBatch(dataset:sampleCount:batchSize:)`` or
  ///   ``TrainingError/invalidOption(_:found:expected:)``.
  public func requireBatch(of dataset: Dataset) throws(TrainingError) {
    guard let length = RunLength(sampleCount: dataset.count, configuration: self) else {
      throw .noFullBatch(
        dataset: dataset.name, sampleCount: dataset.count, batchSize: batchSize)
    }
    try length.requireRoom(after: warmUp)
  }
}

/// Where a run is: what follows from the number of its iterations.
struct RunPosition: Equatable {
  let completedEpochs: Int
  /// Samples of the next epoch's order that have been trained on.
  let samplesInEpoch: Int
  /// Samples trained on in all.
  let samples: Int
}
