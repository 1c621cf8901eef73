import Training

// The first version of the format knew one optimizer, in two fields, and nothing of what came after
// it. Its files are read as what they meant then.

extension CheckpointMetadata {
  /// The metadata of a file, as if the latest version had written it.
  static func latest(
    _ metadata: [String: String], path: String
  ) throws(ModelFileError) -> [String: String] {
    guard metadata["format_version"] == "1" else { return metadata }
    let text = metadata["momentum"] ?? "nothing"
    guard let momentum = Float(text), momentum >= 0, momentum < 1 else {
      throw .badField(
        path: path, field: "momentum", expected: "at least 0 and less than 1", found: text)
    }
    guard metadata["optimizer"] == "sgd" else {
      throw .badField(
        path: path, field: "optimizer", expected: "sgd",
        found: metadata["optimizer"] ?? "nothing")
    }
    var latest = metadata
    latest["momentum"] = nil
    latest["format_version"] = "\(CheckpointFile.formatVersion)"
    // Its number is what was written: 0.9, not the float's 0.8999999762.
    latest["optimizer"] =
      (momentum > 0 ? Double(text).map { Optimizer.momentum($0) } ?? .sgd : .sgd).description
    for (name, value) in absent { latest[name] = value }
    return latest
  }

  /// What the fields mean that version 1 did not have.
  private static let absent = [
    "regularizers": "none", "clipping": "none", "frozen_layers": "none",
    "warm_up": "none", "patience": "none", "stop_on": "loss", "minimum_improvement": "0",
    "restore_best": "false", "epsilon": "none", "target_accuracy": "none", "time_limit": "none",
    "best_epoch": "0", "initializer": "he", "distortion": "none", "loss": "cross-entropy",
  ]
}
