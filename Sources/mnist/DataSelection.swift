import Datasets
import Terminal
import Training

/// The images that a command works on.
struct DataSelection {
  /// Which of the two sets a command needs; drawing digits that nobody looks at costs time.
  enum Need { case both, trainingOnly, testOnly }

  let location: DataLocation
  let training: Dataset
  let test: Dataset

  /// Finds and loads the data that the arguments ask for, and says so when there is none but the
  /// embedded digits.
  /// - Parameter remembered: Where the data are if the arguments do not say.
  init(
    _ arguments: ParsedArguments, _ console: Console, need: Need, doing verb: String,
    remembered: DataLocation? = nil
  ) throws {
    let folder = arguments[SharedOptions.data]
    let isEmbedded = arguments[SharedOptions.embedded]
    let location: DataLocation =
      if let remembered, folder == nil, !isEmbedded {
        remembered
      } else {
        try DataLocation.find(
          data: folder, embedded: isEmbedded, environment: console.environment)
      }
    if location == .embeddedForWantOfData {
      console.notice(
        "no MNIST found, \(verb) the embedded digits; for the real data: "
          + DataLocation.fetchCommand)
    }
    try self.init(location, need: need)
  }

  /// Loads the data from a place that has been decided on.
  init(_ location: DataLocation, need: Need) throws {
    self.location = location
    switch location {
    case .folder(let path):
      (training, test) = try MNIST.load(from: path, name: Self.name(ofFolder: path))
    case .embedded, .embeddedForWantOfData:
      // Always of the same seed: a model is evaluated on the test images it was trained for.
      (training, test) = EmbeddedDigits.generate(
        trainingCount: need == .testOnly ? 1 : 60_000,
        testCount: need == .trainingOnly ? 1 : 10_000, threads: ProcessorCount.usable)
    }
  }

  /// MNIST and the two sets that share its format can only be told apart by their folder.
  static func name(ofFolder path: String) -> String {
    let folder = path.split(separator: "/").last?.lowercased() ?? ""
    if folder.contains("fashion") { return "Fashion-MNIST" }
    return folder.contains("kmnist") || folder.contains("kuzushiji") ? "KMNIST" : "MNIST"
  }
}
