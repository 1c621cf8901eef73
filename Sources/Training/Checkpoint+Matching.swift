import Checksums
import Datasets
import Kernels
import NeuralNetwork

// What must be the same for a run that goes on from a checkpoint. The threads may differ, because
// no number depends on them where gradients are averaged by slabs.

extension Checkpoint {
  /// Throws unless a run of this network and configuration goes on where the checkpoint was made.
  ///
  /// More epochs can be asked for unless the schedule depends on their number: then another number
  /// is another run from its first iteration on. Rules that only say when to stop may differ, but
  /// not what makes an epoch the best, of which the checkpoint holds the parameters.
  /// - Throws: ``TrainingError/checkpointMismatch(field:checkpoint:run:)``, for the first difference.
  public func requireMatch(
    network: Network, configuration run: TrainingConfiguration
  ) throws(TrainingError) {
    try require("seed", configuration.seed, run.seed)
    try require("network", model.network.description, network.description)
    try require("activations", model.network.activationText, network.activationText)
    try require("dropout", model.network.dropoutText, network.dropoutText)
    try require("initializer", configuration.initializer, run.initializer)
    try require("batch size", configuration.batchSize, run.batchSize)
    try require("drop last batch", configuration.dropsLastBatch, run.dropsLastBatch)
    try require("learning rate", configuration.learningRate, run.learningRate)
    try require("schedule", configuration.schedule, run.schedule)
    try require("warm-up", configuration.warmUp, run.warmUp)
    let (stopping, rules) = (configuration.stopping, run.stopping)
    try require("restore best", stopping.restoresBest, rules.restoresBest)
    if rules.restoresBest {
      try require("stop on", stopping.criterion.rawValue, rules.criterion.rawValue)
      try require(
        "minimum improvement", stopping.minimumImprovement, rules.minimumImprovement)
    }
    try require("optimizer", configuration.optimizer, run.optimizer)
    try require(
      "regularizers", configuration.regularizersText, run.regularizersText)
    try require("clipping", configuration.clippingText, run.clippingText)
    try require(
      "frozen layers", configuration.frozenLayersText, run.frozenLayersText)
    try require(
      "distortion", configuration.distortion?.description ?? "none",
      run.distortion?.description ?? "none")
    try require("loss", configuration.loss, run.loss)
    try require("averaging", configuration.averaging.rawValue, run.averaging.rawValue)
    if configuration.averaging == .perWorker {
      try require("threads (averaging per worker)", configuration.threads, run.threads)
    }
    try requireEpochs(run)
  }

  private func requireEpochs(_ run: TrainingConfiguration) throws(TrainingError) {
    if configuration.schedule.dependsOnLength, configuration.epochs != run.epochs {
      throw .checkpointMismatch(
        field: "epochs",
        checkpoint: "\(configuration.epochs) (with the \(configuration.schedule) schedule every "
          + "learning rate depends on their number)",
        run: "\(run.epochs)")
    }
    let begun = epoch - (samplesInEpoch == 0 ? 1 : 0)
    if run.epochs < begun {
      throw .checkpointMismatch(
        field: "epochs", checkpoint: "at least \(begun)", run: "\(run.epochs)")
    }
  }

  /// Throws unless the samples are those of the checkpoint.
  /// - Throws: ``TrainingError/checkpointMismatch(field:checkpoint:run:)``.
  public func requireMatch(
    training: DatasetFingerprint, validation: DatasetFingerprint?
  ) throws(TrainingError) {
    try require("training data", self.training, training)
    let none = DatasetFingerprint(sampleCount: 0, crc32: 0)
    try require("validation data", self.validation ?? none, validation ?? none)
  }

  /// Throws unless the kernels round as those of the checkpoint did.
  /// - Throws: ``TrainingError/checkpointMismatch(field:checkpoint:run:)``.
  public func requireMatch(kernels variant: KernelVariant) throws(TrainingError) {
    func text(_ isFused: Bool) -> String {
      isFused ? "kernels with fused multiply-add" : "the baseline kernels"
    }
    try require("arithmetic", text(isFused), text(variant.kernels.isFused))
  }

  private func require(
    _ field: String, _ expected: DatasetFingerprint, _ found: DatasetFingerprint
  ) throws(TrainingError) {
    func text(_ data: DatasetFingerprint) -> String {
      "\(data.sampleCount) samples with the CRC-32 \(CRC32.text(of: data.crc32))"
    }
    try require(field, text(expected), text(found))
  }

  private func require<Value: Equatable & CustomStringConvertible>(
    _ field: String, _ expected: Value, _ found: Value
  ) throws(TrainingError) {
    guard expected == found else {
      throw .checkpointMismatch(
        field: field, checkpoint: expected.description, run: found.description)
    }
  }
}
