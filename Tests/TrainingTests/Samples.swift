import Datasets
import Kernels
import NeuralNetwork
import Randomness

@testable import Training

/// A dataset of random pixels and labels.
func randomDataset(count: Int, features: Int, classes: Int, seed: UInt64 = 5) throws -> Dataset {
  var random = RandomStream(seed: seed, purpose: .embeddedDigits)
  let pixels = PixelStorage(count: count * features) { bytes in
    for index in bytes.indices { bytes[index] = UInt8(random.uniform(below: 256)) }
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
  func loss(_ samples: [(x: [Double], label: Int)]) -> Double {
    samples.reduce(0) { total, sample in
      var y = sample.x
      for (index, layer) in layers.enumerated() {
        y = zip(layer.weights, layer.biases).map { row, bias in
          let z = zip(row, y).reduce(bias) { $0 + $1.0 * $1.1 }
          return index < layers.count - 1 ? max(0, z) : z
        }
      }
      let maximum = y.max() ?? 0
      let sum = y.reduce(0) { $0 + exponential($1 - maximum) }
      return total + logarithm(sum) + maximum - y[sample.label]
    } / Double(samples.count)
  }

  /// The gradient of the loss by central differences.
  func gradient(_ samples: [(x: [Double], label: Int)]) -> [Double] {
    let step = 1e-5
    var probe = self
    var values = self.values
    return values.indices.map { index in
      let value = values[index]
      values[index] = value + step
      probe.values = values
      let above = probe.loss(samples)
      values[index] = value - step
      probe.values = values
      let below = probe.loss(samples)
      values[index] = value
      return (above - below) / (2 * step)
    }
  }
}

extension Dataset {
  /// The samples at the given places of the storage, as the reference takes them.
  func reference(_ storageIndices: some Sequence<Int32>) -> [(x: [Double], label: Int)] {
    storageIndices.map { place in
      let start = Int(place) * featureCount
      return (
        pixels.bytes[start..<start + featureCount].map { Double($0) / 255 },
        Int(storedLabels[Int(place)])
      )
    }
  }
}
