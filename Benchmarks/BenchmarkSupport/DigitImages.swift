import Datasets
import FileSystem
import Training

/// The labelled digits that a benchmark runs on, and where they come from.
public struct DigitImages: Sendable {
  public let training: Dataset
  public let test: Dataset
  /// What was found where, for a person.
  public let source: String

  /// MNIST from `folder`, else from `$MNIST_DIR` if that is set and not empty, else from
  /// `data/mnist` below the current folder; where none of these is there, the embedded digits.
  /// - Throws: `MNISTError` when a folder that was named does not hold the four files.
  public static func load(folder: String?) throws(MNISTError) -> DigitImages {
    let fallback = "data/mnist"
    let found =
      folder ?? environment("MNIST_DIR") ?? (MNIST.isPresent(in: fallback) ? fallback : nil)
    guard let found else {
      let digits = EmbeddedDigits.generate(threads: ProcessorCount.usable)
      return DigitImages(
        training: digits.training, test: digits.test,
        source: "\(digits.training.name), because there is no MNIST")
    }
    let (training, test) = try MNIST.load(from: found)
    return DigitImages(training: training, test: test, source: "\(training.name) from \(found)")
  }

  /// The value of an environment variable, unless it is not set or empty.
  private static func environment(_ name: String) -> String? {
    guard let value = unsafe getenv(name) else { return nil }
    let text = unsafe String(cString: value)
    return text.isEmpty ? nil : text
  }
}
