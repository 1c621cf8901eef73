import Datasets
import NeuralNetwork
import Randomness
import Training

/// The models and data of the benchmark.
enum Workload {
  /// The hidden layers of a model.
  static func hidden(_ model: String) -> [Int] {
    switch model {
    case "A": [128]
    case "B": [512, 512]
    default: [2500, 2000, 1500, 1000, 500]
    }
  }

  /// Samples in an epoch: model C's would take too long with all of them.
  static func samples(_ model: String) -> Int { model == "C" ? 6_000 : 60_000 }

  /// 60,000 images of the kind asked for.
  static func dataset(pixels: String, folder: String?) throws -> Dataset {
    if pixels == "dense" { return try dense() }
    if let folder { return try MNIST.load(from: folder).training }
    return EmbeddedDigits.generate(testCount: 1, threads: ProcessorCount.usable).training
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
