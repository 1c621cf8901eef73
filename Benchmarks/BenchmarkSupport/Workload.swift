import Datasets
import NeuralNetwork
import Randomness

/// The models and data of the benchmarks.
public struct Workload {
  /// The names of the models.
  public static let models = ["A", "B", "C"]
  /// What the names stand for, for a person.
  public static let modelsText =
    "A is 784-128-10, B 784-512-512-10, C 784-2500-2000-1500-1000-500-10 on 6,000 images"

  public let training: Dataset
  public let test: Dataset
  /// What the images are and where they come from, for a person.
  public let source: String

  /// 60,000 images to train on, or as many as the folder's files hold, and 10,000 to evaluate on.
  /// - Parameters:
  ///   - pixels: "mnist" or "dense".
  ///   - folder: A folder of MNIST's four files, if one was named.
  public init(pixels: String, folder: String?) throws {
    if pixels == "dense" {
      training = try Self.dense()
      test = training.subset(at: 0..<10_000)
      source = "\(training.name) without a zero"
    } else {
      let digits = try DigitImages.load(folder: folder)
      training = digits.training
      test = digits.test
      source = digits.source
    }
  }

  /// The network of a model.
  /// - Parameter dropout: The share of the hidden layers' outputs that is dropped.
  public func network(_ model: String, dropout: Float = 0) throws -> Network {
    let hidden =
      switch model {
      case "A": [128]
      case "B": [512, 512]
      default: [2500, 2000, 1500, 1000, 500]
      }
    return try Network(
      inputs: training.featureCount,
      layers: hidden.map { Dense($0, .relu, dropout: dropout) } + [Dense(training.classCount)])
  }

  /// The images of an epoch: model C's would take too long with all of them.
  public func images(_ model: String) -> Dataset {
    model == "C" ? training.subset(at: 0..<min(6_000, training.count)) : training
  }

  /// Random pixels without a zero: nothing can be skipped.
  private static func dense() throws -> Dataset {
    let count = 60_000
    let features = 784
    var random = RandomStream(seed: 1, purpose: .embeddedDigits)
    let pixels = unsafe PixelStorage(count: count * features) { bytes in
      for index in bytes.indices { unsafe bytes[index] = UInt8(random.uniform(below: 255) + 1) }
    }
    let labels = (0..<count).map { _ in UInt8(random.uniform(below: 10)) }
    return try Dataset(
      name: "random pixels", pixels: pixels, labels: labels, height: 28, width: 28,
      classCount: 10)
  }
}
