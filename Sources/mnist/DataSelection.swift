import Datasets
import FileSystem
import NeuralNetwork
import Terminal
import Training

/// Both sets of images that a command works on.
struct DataSelection {
  let location: DataLocation
  let training: Dataset
  let test: Dataset

  /// Finds and loads the data that the arguments ask for.
  /// - Parameter remembered: Where the data are if the arguments do not say.
  init(
    _ arguments: ParsedArguments, _ console: Console, doing verb: String,
    remembered: DataLocation? = nil
  ) throws {
    try self.init(DataLocation(arguments, console, doing: verb, remembered: remembered))
  }

  /// Loads the data from a place that has been decided on.
  init(_ location: DataLocation) throws {
    self.location = location
    switch location {
    case .folder(let path):
      (training, test) = try MNIST.load(from: path, name: Self.name(ofFolder: path))
    case .embedded, .embeddedForWantOfData:
      (training, test) = Self.embeddedDigits()
    }
  }

  /// The size of the images.
  var imageSize: ImageSize? { ImageSize(height: training.height, width: training.width) }

  /// One of the two sets, for a command that does not look at the other: that costs time.
  static func load(_ part: MNIST.Part, from location: DataLocation) throws -> Dataset {
    switch (location, part) {
    case (.folder(let path), _):
      try MNIST.load(part, from: path, name: name(ofFolder: path))
    case (.embedded, .training), (.embeddedForWantOfData, .training):
      embeddedDigits(testCount: 1).training
    case (.embedded, .test), (.embeddedForWantOfData, .test):
      embeddedDigits(trainingCount: 1).test
    }
  }

  /// Always of the same seed: a model is evaluated on the test images it was trained for.
  private static func embeddedDigits(
    trainingCount: Int = 60_000, testCount: Int = 10_000
  ) -> (training: Dataset, test: Dataset) {
    EmbeddedDigits.generate(
      trainingCount: trainingCount, testCount: testCount, threads: ProcessorCount.usable)
  }

  /// MNIST and the two sets that share its format can only be told apart by their folder: by its
  /// name as it was given, or else by the one that it has without links and dots.
  static func name(ofFolder path: String) -> String {
    for path in [path, File.absolutePath(path)] {
      let folder = path.split(separator: "/").last?.lowercased() ?? ""
      if folder.contains("fashion") { return "Fashion-MNIST" }
      if folder.contains("kmnist") || folder.contains("kuzushiji") { return "KMNIST" }
    }
    return "MNIST"
  }
}

extension DataLocation {
  /// Finds the data that the arguments ask for, and says so when there is none but the embedded
  /// digits.
  /// - Parameter remembered: Where the data are if the arguments do not say.
  init(
    _ arguments: ParsedArguments, _ console: Console, doing verb: String,
    remembered: DataLocation? = nil
  ) throws {
    let folder = arguments[SharedOptions.data]
    let isEmbedded = arguments[SharedOptions.embedded]
    if let remembered, folder == nil, !isEmbedded {
      self = remembered
    } else {
      self = try .find(data: folder, embedded: isEmbedded, environment: console.environment)
    }
    if self == .embeddedForWantOfData {
      console.notice(
        "no MNIST found, \(verb) the embedded digits; for the real data: \(Self.fetchCommand)")
    }
  }
}
