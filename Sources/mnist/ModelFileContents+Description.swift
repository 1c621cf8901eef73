import Checksums
import Datasets
import ModelFormats
import NeuralNetwork
import Terminal
import Training

extension ModelFileContents {
  /// What `mnist info FILE` shows, line by line.
  var description: [(label: String, text: String)] {
    switch self {
    case .model(let model):
      [
        ("kind", "model, whole and undamaged"), ("network", model.description),
        ("layers", model.network.layerText),
      ]
    case .checkpoint(let checkpoint):
      [
        ("kind", "checkpoint, whole and undamaged"),
        ("network", checkpoint.model.description),
        ("layers", checkpoint.model.network.layerText),
        ("progress", checkpoint.progress),
        ("run", checkpoint.run),
      ]
        + (checkpoint.configuration.stopping.text.map { [("stops", $0)] } ?? [])
        + [("data", checkpoint.data)]
        + checkpoint.history.suffix(1).map { ("history", $0.description + checkpoint.bestText) }
    }
  }
}

extension Network {
  /// "relu, identity; dropout of inputs and outputs 0.2, 0.5, 0".
  fileprivate var layerText: String {
    let spaced = { (text: String) in text.split(separator: ",").joined(separator: ", ") }
    return spaced(activationText)
      + (dropouts.contains { $0 != 0 }
        ? "; dropout of inputs and outputs \(spaced(dropoutText))" : "")
  }
}

extension Model {
  fileprivate var description: String {
    "\(network), \(NumberText.grouped(network.parameterCount)) parameters with the CRC-32 "
      + CRC32.text(of: parameters.crc32)
  }
}

extension Checkpoint {
  fileprivate var progress: String {
    let start =
      "\(NumberText.grouped(iterations)) of \(NumberText.grouped(iterationsInRun)) iterations, "
      + "\(NumberText.grouped(samples)) samples; "
    return start
      + (isComplete
        ? "all \(configuration.epochs) epochs done"
        : "epoch \(epoch) of \(configuration.epochs), \(NumberText.grouped(samplesInEpoch)) of its "
          + "\(NumberText.grouped(samplesPerEpoch)) samples done")
  }

  fileprivate var run: String {
    let moments = optimizer.moments.map(\.name).joined(separator: ", ")
    let size = configuration.batchSize
    let batches = size == .max ? "all samples" : NumberText.grouped(size)
    let regularizers = configuration.regularizers.map { ", \($0)" }.joined()
    return "seed \(configuration.seed), batches of \(batches)"
      + (configuration.dropsLastBatch ? " (no short one)" : "")
      + (configuration.distortion.map { ", distorted by \($0)" } ?? "")
      + ", learning rate \(configuration.learningRate) (\(schedule)), "
      + "optimizer \(configuration.optimizer)" + (moments.isEmpty ? "" : " with \(moments)")
      + regularizers + (configuration.clipping.map { ", clipping \($0)" } ?? "")
      + (configuration.frozenLayers.isEmpty
        ? "" : ", frozen layers \(configuration.frozenLayers.layersText)")
      + ", \(isFused ? "fused" : "baseline") arithmetic, "
      + "last with \(NumberText.grouped(configuration.threads)) "
      + "thread\(configuration.threads == 1 ? "" : "s")"
  }

  fileprivate var bestText: String { best.map { "; the best is epoch \($0.epoch)" } ?? "" }

  private var schedule: String {
    switch configuration.warmUp {
    case .none: configuration.schedule.description
    case .iterations, .epochs: "\(configuration.schedule), warm-up \(configuration.warmUp)"
    }
  }

  fileprivate var data: String {
    training.description(of: "training")
      + (validation.map { ", " + $0.description(of: "validation") } ?? ", none held back")
  }
}

extension DatasetFingerprint {
  fileprivate func description(of part: String) -> String {
    "\(NumberText.grouped(sampleCount)) \(part) samples with the CRC-32 \(CRC32.text(of: crc32))"
  }
}

extension EpochRecord {
  fileprivate var description: String {
    "epoch \(epoch): loss \(NumberText.fixed(loss, decimals: 4))"
      + (validation.map {
        ", validation loss \(NumberText.fixed($0.loss, decimals: 4))"
          + ($0.accuracy.map { " and accuracy " + NumberText.percent($0) } ?? "")
      } ?? "")
  }
}
