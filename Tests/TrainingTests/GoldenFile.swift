import Datasets
import Foundation
import NeuralNetwork
import Testing
import Training

/// `tools/golden-steps.json`, which `tools/golden` makes and describes.
struct GoldenFile: Decodable, Sendable {
  struct Samples: Decodable, Sendable {
    let features: [[Float]]
    let labels: [Int]
    let targets: [[Float]]

    /// Classes where the loss takes them, values where it does not.
    func dataset(for golden: GoldenCase) throws -> Dataset {
      try golden.loss.hasPrefix("cross-entropy")
        ? Dataset(
          name: "golden", features: features, labels: labels,
          classCount: golden.sizes[golden.sizes.count - 1])
        : Dataset(name: "golden", features: features, targets: targets)
    }
  }

  /// Every activation with every loss, optimizer and regularizer.
  struct Product: Decodable, Sendable {
    let sizes: [Int]
    let activations: [String]
    let losses: [String]
    let optimizers: [String]
    let learningRates: [Float]
    let regularizers: [String]
    let samples: Samples
    let initial: [Int]
    let after: [String]

    /// The cases in the file's order: the regularizers turn fastest, the activations slowest.
    var cases: [GoldenCase] {
      let factors = activations.flatMap { activation in
        losses.flatMap { loss in
          zip(optimizers, learningRates).flatMap { optimizer, rate in
            regularizers.map { (activation, loss, optimizer, rate, $0) }
          }
        }
      }
      return zip(factors, zip(initial, after)).map { factors, numbers in
        let (activation, loss, optimizer, rate, regularizer) = factors
        return GoldenCase(
          sizes: sizes, activations: [activation, "identity"], loss: loss, optimizer: optimizer,
          learningRate: rate, regularizers: regularizer == "none" ? [] : [regularizer],
          clipping: "none", initial: numbers.0, after: numbers.1)
      }
    }
  }

  let torch: String
  let samples: Samples
  /// What cases start from.
  let parameters: [[Float]]
  let cases: [GoldenCase]
  let product: Product

  /// Nil where it cannot be read.
  static let shared: GoldenFile? = {
    let path = #filePath.replacingOccurrences(
      of: "Tests/TrainingTests/GoldenFile.swift", with: "tools/golden-steps.json")
    return FileManager.default.contents(atPath: path).flatMap {
      try? JSONDecoder().decode(GoldenFile.self, from: $0)
    }
  }()
}

struct GoldenCase: Decodable, Sendable, CustomTestStringConvertible {
  let sizes: [Int]
  let activations: [String]
  let loss: String
  let optimizer: String
  let learningRate: Float
  let regularizers: [String]
  let clipping: String
  /// The place of the initial parameters in the file's list.
  let initial: Int
  let after: String

  var testDescription: String {
    "\(activations), \(loss), \(optimizer), \(regularizers), clipping \(clipping)"
  }

  func network() throws -> Network {
    try Network(
      inputs: sizes[0],
      layers: zip(sizes.dropFirst(), activations).map { outputs, activation in
        LayerDescription(outputs: outputs, activation: try #require(Activation(activation)))
      })
  }

  /// One batch of all samples an epoch.
  func configuration(steps: Int, batchSize: Int, threads: Int) throws -> TrainingConfiguration {
    var configuration = TrainingConfiguration(
      epochs: steps, batchSize: batchSize, learningRate: learningRate, schedule: .constant,
      threads: threads, seed: 1)
    configuration.loss = try #require(Loss(loss))
    configuration.optimizer = try #require(Optimizer(optimizer))
    configuration.regularizers = try regularizers.map { try #require(Regularizer($0)) }
    if clipping != "none" {
      let limit: Clipping = try #require(Clipping(clipping))
      configuration.clipping = limit
    }
    return configuration
  }

  /// The parameters after one and after ten steps, and how far floats can be from them.
  func expectations(count: Int) throws -> [(steps: Int, values: [Double], bounds: [Double])] {
    let bytes = [UInt8](try #require(Data(base64Encoded: after)))
    try #require(bytes.count == 2 * 5 * count)
    return [1, 10].map { steps in
      let part = bytes.dropFirst(steps == 1 ? 0 : 5 * count).prefix(5 * count)
      let values = (0..<count).map { index in
        let word = (0..<4).reversed().reduce(UInt32(0)) {
          $0 << 8 | UInt32(part[part.startIndex + 4 * index + $1])
        }
        return Double(Int32(bitPattern: word)) * 0x1p-29
      }
      return (steps, values, part.suffix(count).map { exp2(Double($0) / 10 - 30) })
    }
  }
}
