/// What can be wrong with a dataset, whatever file or generator it came from.
public enum DatasetError: Error, Equatable, Sendable, CustomStringConvertible {
  /// There is not a single sample.
  case noSamples(name: String)
  /// There are more samples than 2³¹ − 1.
  case tooManySamples(name: String, found: Int)
  /// Labels and image size ask for another number of pixels than there are.
  case sizeMismatch(name: String, expectedBytes: Int, foundBytes: Int)
  /// A label is not the number of a class.
  case labelOutOfRange(name: String, index: Int, label: Int, classCount: Int)
  /// Every pixel of every image is 0: nothing could be learned.
  case allPixelsZero(name: String)
  /// There are no classes, or more than 256.
  case classCountOutOfRange(name: String, found: Int)
  /// There are more, or fewer, rows of features than labels or rows of targets.
  case countMismatch(name: String, features: Int, targets: Int)
  /// A block of numbers holds more, or fewer, than the samples have.
  case valueCount(name: String, of: Number, expected: Int, found: Int)
  /// The samples have no features, or no target values.
  case emptyRows(name: String, of: Number)
  /// A sample's row is longer or shorter than the first one's.
  case rowLength(name: String, of: Number, sample: Int, expected: Int, found: Int)
  /// A feature or a target value is infinite or not a number.
  case notFinite(name: String, Number, sample: Int, index: Int, found: Float)

  /// What a number of a sample is.
  public enum Number: String, Sendable {
    /// What a network takes in.
    case feature
    /// What it should make of it.
    case target = "target value"
  }

  /// What is wrong, in a sentence for a person.
  public var description: String {
    switch self {
    case .noSamples(let name):
      "\(name): there are no samples"
    case .tooManySamples(let name, let found):
      "\(name): found \(found) samples, expected at most \(Int32.max)"
    case .sizeMismatch(let name, let expected, let found):
      "\(name): expected \(expected) bytes of pixels, found \(found)"
    case .labelOutOfRange(let name, let index, let label, let classCount):
      "\(name): label \(label) of sample \(index) is not a class (expected 0 to \(classCount - 1))"
    case .allPixelsZero(let name):
      "\(name): every pixel of every image is 0"
    case .classCountOutOfRange(let name, let found):
      "\(name): found \(found) classes, expected 1 to 256"
    case .countMismatch(let name, let features, let targets):
      "\(name): there are \(features) rows of features and \(targets) labels or rows of targets"
    case .valueCount(let name, let number, let expected, let found):
      "\(name): found \(found) \(number.rawValue)s in all, expected \(expected)"
    case .emptyRows(let name, let number):
      "\(name): a sample needs at least one \(number.rawValue)"
    case .rowLength(let name, let number, let sample, let expected, let found):
      "\(name): sample \(sample) has \(found) \(number.rawValue)s, the first one has \(expected)"
    case .notFinite(let name, let number, let sample, let index, let found):
      "\(name): \(number.rawValue) \(index) of sample \(sample) is \(found), expected a finite number"
    }
  }
}
