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
    }
  }
}
