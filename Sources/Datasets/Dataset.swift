import Randomness

/// Samples to train on: features, and what a network should make of them.
///
/// | Features | Targets | Initializer |
/// |---|---|---|
/// | 8-bit pixels | classes | ``init(name:pixels:labels:height:width:classCount:)`` |
/// | 8-bit pixels | real values | ``init(name:pixels:targets:height:width:)`` |
/// | 32-bit floats | classes | ``init(name:features:labels:classCount:)`` |
/// | 32-bit floats | real values | ``init(name:features:targets:)`` |
/// | either | the sample's own features | ``autoencoding()`` |
/// | floats of a ``SampleSource`` | any | ``init(name:source:)`` |
///
/// To a network, a pixel is a feature of `pixel / 255`. Features lie in one contiguous buffer that
/// all subsets share. A dataset is a value: splits and subsets copy no feature and no target.
public struct Dataset: Sendable {
  /// What a network should make of a sample.
  public enum Targets: Sendable, Equatable {
    /// A class, given by its number below `count`.
    case classes(count: Int)
    /// `count` numbers.
    case values(count: Int)
    /// The sample's own features, as many as there are.
    case features
  }

  /// What the dataset is called in logs: "MNIST", "embedded digits".
  public let name: String
  /// Rows of an image; 1 where features are floats.
  public let height: Int
  /// Pixels in a row of an image, or the number of float features.
  public let width: Int
  /// The number of classes, above every label; 0 where there are no classes. Rows of target values
  /// that are all one-hot, of at most 256 values, are classes too.
  public let classCount: Int
  /// The kind of targets.
  public let targets: Targets
  /// Pixels of all stored images, image by image, row by row; 0 is background, 255 full ink. Empty
  /// where features are floats.
  public let pixels: PixelStorage
  /// The features of all stored samples, [samples][features]; nil where they are pixels, or those of
  /// a source.
  public let floats: FloatStorage?
  /// What makes the samples when they are needed; nil where they are stored.
  package let source: AnySampleSource?
  /// The target values of all stored samples, [samples][values]; nil for other targets.
  public let targetValues: FloatStorage?
  /// The class of each stored sample; empty where there are no classes.
  public let storedLabels: [UInt8]
  /// Which stored samples belong to this dataset, in its order.
  public let storageIndices: [Int32]
  /// Samples in the storage, which subsets share; of a source, all of its samples.
  public let storedCount: Int

  /// The number of samples.
  public var count: Int { storageIndices.count }
  /// Whether features are floats, stored or of a source, and not pixels.
  public var hasFloatFeatures: Bool { floats != nil || source != nil }
  /// The number of input features of a sample: `height × width`.
  public var featureCount: Int { height * width }
  /// The number of target values of a sample; for classes, that of its one-hot row.
  public var targetCount: Int {
    switch targets {
    case .classes(let count), .values(let count): count
    case .features: featureCount
    }
  }

  /// - Precondition: The parts fit each other, and there is a sample.
  init(
    name: String, height: Int, width: Int, pixels: PixelStorage, floats: FloatStorage?,
    targets: Targets, classCount: Int, labels: [UInt8], targetValues: FloatStorage?, count: Int,
    source: AnySampleSource? = nil
  ) {
    self.name = name
    self.height = height
    self.width = width
    self.classCount = classCount
    self.targets = targets
    self.pixels = pixels
    self.floats = floats
    self.targetValues = targetValues
    storedLabels = labels
    storageIndices = Array(0..<Int32(count))
    storedCount = count
    self.source = source
  }

  private init(
    of dataset: Dataset, selecting storageIndices: [Int32], targets: Targets? = nil
  ) {
    name = dataset.name
    height = dataset.height
    width = dataset.width
    self.targets = targets ?? dataset.targets
    let keepsTargets = targets == nil
    classCount = keepsTargets ? dataset.classCount : 0
    pixels = dataset.pixels
    floats = dataset.floats
    targetValues = keepsTargets ? dataset.targetValues : nil
    storedLabels = keepsTargets ? dataset.storedLabels : []
    self.storageIndices = storageIndices
    storedCount = dataset.storedCount
    source = dataset.source
  }

  /// The samples at the given positions, in the given order, sharing the features.
  /// - Precondition: every position is in `0 ..< count`.
  public func subset(at positions: some Sequence<Int>) -> Dataset {
    Dataset(of: self, selecting: positions.map { storageIndices[$0] })
  }

  /// The same samples, each with its own features as targets: what an autoencoder learns.
  /// - Precondition: They are not those of a source of target values.
  public func autoencoding() -> Dataset {
    if source != nil, case .values = targets {
      preconditionFailure("a source of target values must be told to write none")
    }
    return Dataset(of: self, selecting: storageIndices, targets: .features)
  }

  /// A random split without replacement, the same for the same seed.
  /// - Parameters:
  ///   - validationFraction: The share of samples in the validation part, rounded to the nearest
  ///     count; at least one sample stays on each side.
  ///   - seed: The user's seed.
  /// - Precondition: `0 < validationFraction < 1`, and there are at least two samples.
  public func split(validationFraction: Double, seed: UInt64) -> (
    training: Dataset, validation: Dataset
  ) {
    precondition(
      validationFraction > 0 && validationFraction < 1,
      "the validation fraction must lie between 0 and 1")
    precondition(count >= 2, "a dataset of one sample cannot be split")
    var shuffled = storageIndices
    var random = RandomStream(seed: seed, purpose: .split)
    random.shuffle(&shuffled)
    let wanted = Int(Double(count) * validationFraction + 0.5)
    let validationCount = min(max(wanted, 1), count - 1)
    return (
      Dataset(of: self, selecting: Array(shuffled[validationCount...])),
      Dataset(of: self, selecting: Array(shuffled[..<validationCount]))
    )
  }

  // MARK: One sample

  /// The class of the sample at `position`.
  /// - Precondition: There are classes, and the samples are stored.
  public func label(at position: Int) -> Int {
    precondition(classCount > 0, "the samples belong to no classes")
    requireStorage()
    return Int(storedLabels[Int(storageIndices[position])])
  }

  /// The features of the sample at `position` as the network gets them.
  /// - Precondition: The samples are stored.
  public func features(at position: Int) -> [Float] {
    requireStorage()
    let start = Int(storageIndices[position]) * featureCount
    let range = start..<start + featureCount
    return floats?.copy(range) ?? pixels.copy(range).map { Float($0) * (1 / 255) }
  }

  /// The target values of the sample at `position`; for classes, its one-hot row.
  /// - Precondition: The samples are stored.
  public func target(at position: Int) -> [Float] {
    requireStorage()
    let sample = Int(storageIndices[position])
    switch targets {
    case .classes(let count):
      return (0..<count).map { $0 == Int(storedLabels[sample]) ? 1 : 0 }
    case .values(let count):
      return targetValues?.copy(sample * count..<(sample + 1) * count) ?? []
    case .features: return features(at: position)
    }
  }

  /// The sample at `position` as an image.
  /// - Precondition: Features are pixels.
  public func image(at position: Int) -> GrayscaleImage {
    precondition(!hasFloatFeatures, "the samples are no images")
    let start = Int(storageIndices[position]) * featureCount
    return GrayscaleImage(
      height: height, width: width,
      pixels: pixels.copy(start..<start + featureCount))
  }

  private func requireStorage() {
    precondition(source == nil, "a source's samples are not stored")
  }
}
