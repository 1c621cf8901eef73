import Randomness

/// Labelled images of one size: a name, 8-bit pixels, and a class for each sample.
///
/// Pixels stay bytes in one contiguous buffer that all subsets share; to a network, a pixel is a
/// feature of `pixel / 255`. A dataset is a value: splits and subsets copy no pixel.
public struct Dataset: Sendable {
  /// What the dataset is called in logs: "MNIST", "embedded digits".
  public let name: String
  /// Rows of pixels in an image.
  public let height: Int
  /// Pixels in a row.
  public let width: Int
  /// The number of classes; every label is below it.
  public let classCount: Int
  /// Pixels of all stored images, image by image, row by row; 0 is background, 255 full ink.
  public let pixels: PixelStorage
  /// The class of each stored image.
  public let storedLabels: [UInt8]
  /// Which stored images belong to this dataset, in its order.
  public let storageIndices: [Int32]

  /// The number of samples.
  public var count: Int { storageIndices.count }
  /// The number of input features of a sample: `height × width`.
  public var featureCount: Int { height * width }

  /// A dataset of all images in `pixels`.
  /// - Parameters:
  ///   - pixels: `labels.count × height × width` bytes.
  ///   - labels: The class of each image, below `classCount`.
  /// - Throws: ``DatasetError`` when there is no image, or more than 2³¹ − 1, when sizes disagree, when a label is out
  ///   of range, or when every pixel of every image is 0.
  public init(
    name: String, pixels: PixelStorage, labels: [UInt8], height: Int, width: Int, classCount: Int
  ) throws(DatasetError) {
    precondition(height > 0 && width > 0, "images must have a height and a width")
    precondition((1...256).contains(classCount), "8-bit labels allow 1 to 256 classes")
    guard !labels.isEmpty else { throw .noSamples(name: name) }
    guard labels.count <= Int(Int32.max) else {
      throw .tooManySamples(name: name, found: labels.count)
    }
    guard pixels.count == labels.count * height * width else {
      throw .sizeMismatch(
        name: name, expectedBytes: labels.count * height * width, foundBytes: pixels.count)
    }
    for (index, label) in labels.enumerated() where Int(label) >= classCount {
      throw .labelOutOfRange(
        name: name, index: index, label: Int(label), classCount: classCount)
    }
    guard unsafe pixels.bytes.contains(where: { $0 != 0 }) else {
      throw .allPixelsZero(name: name)
    }
    self.name = name
    self.height = height
    self.width = width
    self.classCount = classCount
    self.pixels = pixels
    storedLabels = labels
    storageIndices = Array(0..<Int32(labels.count))
  }

  private init(selecting storageIndices: [Int32], of dataset: Dataset) {
    name = dataset.name
    height = dataset.height
    width = dataset.width
    classCount = dataset.classCount
    pixels = dataset.pixels
    storedLabels = dataset.storedLabels
    self.storageIndices = storageIndices
  }

  /// The samples at the given positions, in the given order, sharing the pixels.
  /// - Precondition: every position is in `0 ..< count`.
  public func subset(at positions: some Sequence<Int>) -> Dataset {
    Dataset(selecting: positions.map { storageIndices[$0] }, of: self)
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
      Dataset(selecting: Array(shuffled[validationCount...]), of: self),
      Dataset(selecting: Array(shuffled[..<validationCount]), of: self)
    )
  }

  /// The class of the sample at `position`.
  public func label(at position: Int) -> Int {
    Int(storedLabels[Int(storageIndices[position])])
  }

  /// The sample at `position` as an image.
  public func image(at position: Int) -> GrayscaleImage {
    let start = Int(storageIndices[position]) * featureCount
    return GrayscaleImage(
      height: height, width: width,
      pixels: pixels.copy(start..<start + featureCount))
  }
}
