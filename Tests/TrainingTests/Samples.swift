import Datasets
import Kernels
import NeuralNetwork
import Randomness

@testable import Training

/// A dataset of random pixels and labels.
/// - Parameter zeros: The share of pixels that are 0, besides the one in 256 of the others.
func randomDataset(
  count: Int, features: Int, classes: Int, zeros: Float = 0, seed: UInt64 = 5
) throws -> Dataset {
  var random = RandomStream(seed: seed, purpose: .embeddedDigits)
  let pixels = PixelStorage(count: count * features) { bytes in
    for index in bytes.indices {
      let pixel = UInt8(random.uniform(below: 256))
      bytes[index] = zeros > 0 && random.uniform() < zeros ? 0 : pixel
    }
  }
  let labels = (0..<count).map { _ in UInt8(random.uniform(below: UInt32(classes))) }
  return try Dataset(
    name: "random", pixels: pixels, labels: labels, height: 1, width: features,
    classCount: classes)
}

/// A network in double precision, written as plainly as possible: the oracle of the step.
struct ReferenceNetwork {
  /// Weights [outputs][inputs] and biases of each layer.
  var layers: [(weights: [[Double]], biases: [Double])]

  init(_ model: Model) {
    var values = model.parameters.values.map(Double.init)[...]
    layers = model.network.layers.map { layer in
      let weights = (0..<layer.outputs).map { _ in
        let row = Array(values.prefix(layer.inputs))
        values = values.dropFirst(layer.inputs)
        return row
      }
      let biases = Array(values.prefix(layer.outputs))
      values = values.dropFirst(layer.outputs)
      return (weights, biases)
    }
  }

  /// All parameters in the canonical order.
  var values: [Double] {
    get { layers.flatMap { $0.weights.flatMap { $0 } + $0.biases } }
    set {
      var rest = newValue[...]
      for index in layers.indices {
        for row in layers[index].weights.indices {
          let count = layers[index].weights[row].count
          layers[index].weights[row] = Array(rest.prefix(count))
          rest = rest.dropFirst(count)
        }
        layers[index].biases = Array(rest.prefix(layers[index].biases.count))
        rest = rest.dropFirst(layers[index].biases.count)
      }
    }
  }

  /// The mean softmax cross-entropy over samples.
  func loss(_ samples: [ReferenceSample]) -> Double {
    meanLoss(samples.map(logits), samples)
  }

  private func logits(_ sample: ReferenceSample) -> [Double] {
    var y = sample.x
    for (index, layer) in layers.enumerated() {
      y = zip(layer.weights, layer.biases).map { row, bias in
        let z = zip(row, y).reduce(bias) { $0 + $1.0 * $1.1 }
        return index < layers.count - 1 ? max(0, z) : z
      }
    }
    return y
  }

  private func meanLoss(_ logits: [[Double]], _ samples: [ReferenceSample]) -> Double {
    zip(logits, samples).reduce(0) { total, pair in
      let (logits, sample) = pair
      let maximum = logits.max() ?? 0
      let sum = logits.reduce(0) { $0 + exponential($1 - maximum) }
      return total + logarithm(sum) + maximum - logits[sample.label]
    } / Double(samples.count)
  }

  /// The gradient of the loss by central differences (L(w + h) − L(w − h)) / 2h, and how far these
  /// can be from it.
  ///
  /// Along one parameter, the logits are linear between the kinks of ReLU (none of which may lie
  /// within h). The third derivative of the loss is then the third cumulant, under the
  /// probabilities of the classes, of the logits' slopes, at most R³ / (6 √3) for slopes that span
  /// a range R; Taylor's remainder is h² / 6 times that. To it comes the rounding of the two losses:
  /// if each is off by at most ε, the quotient is off by ε / h.
  ///
  /// - Parameter roundingOfLoss: ε.
  func gradient(_ samples: [ReferenceSample], roundingOfLoss: Double) -> [Estimate] {
    let step = 1e-5
    var probe = self
    var values = self.values
    return values.indices.map { index in
      let value = values[index]
      values[index] = value + step
      probe.values = values
      let above = samples.map(probe.logits)
      values[index] = value - step
      probe.values = values
      let below = samples.map(probe.logits)
      values[index] = value
      let range = zip(above, below).reduce(0) { largest, pair in
        let slopes = zip(pair.0, pair.1).map { ($0 - $1) / (2 * step) }
        return max(largest, (slopes.max() ?? 0) - (slopes.min() ?? 0))
      }
      return Estimate(
        (meanLoss(above, samples) - meanLoss(below, samples)) / (2 * step),
        error: step * step / 6 * range * range * range / (6 * 3.0.squareRoot())
          + roundingOfLoss / step)
    }
  }
}

/// A sample as the reference takes it.
typealias ReferenceSample = (x: [Double], label: Int)

extension Dataset {
  /// The samples at the given places of the storage, as the reference takes them.
  func reference(_ storageIndices: some Sequence<Int32>) -> [ReferenceSample] {
    storageIndices.map { place in
      let start = Int(place) * featureCount
      return (
        pixels.bytes[start..<start + featureCount].map { Double($0) / 255 },
        Int(storedLabels[Int(place)])
      )
    }
  }
}
