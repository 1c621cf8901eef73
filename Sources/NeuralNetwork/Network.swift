/// What a layer applies to its outputs.
public enum Activation: String, Sendable, Codable, CaseIterable {
  /// `y = z`: of an output layer, whose loss takes logits.
  case identity
  /// `y = max(0, z)`.
  case relu
}

/// A fully connected layer: `y = activation(x · W + b)`, with x of shape [inputs], W of shape
/// [inputs, outputs] and b and y of shape [outputs].
public struct DenseLayer: Sendable, Equatable {
  public let inputs: Int
  public let outputs: Int
  public let activation: Activation

  /// Weights: `inputs × outputs`.
  public var weightCount: Int { inputs * outputs }
  /// Weights and biases: `inputs × outputs + outputs`.
  public var parameterCount: Int { weightCount + outputs }
}

/// The layers of a network and nothing else: no parameter values, no memory.
public struct Network: Sendable, Equatable {
  /// The largest number of units in a layer.
  public static let maximumUnits = 65_536
  /// The largest number of layers.
  public static let maximumLayers = 64

  /// From the first hidden layer to the output layer.
  public let layers: [DenseLayer]

  /// A multilayer perceptron for classification: hidden layers with ReLU, an output layer of
  /// logits.
  /// - Parameters:
  ///   - inputs: Features of a sample.
  ///   - hidden: Units of each hidden layer; empty for softmax regression.
  ///   - outputs: Classes.
  /// - Throws: ``NetworkError`` when a size is not in 1 ... ``maximumUnits``, or there are more
  ///   than ``maximumLayers`` layers.
  public init(inputs: Int, hidden: [Int], outputs: Int) throws(NetworkError) {
    let sizes = [inputs] + hidden + [outputs]
    guard sizes.count - 1 <= Self.maximumLayers else {
      throw .tooManyLayers(found: sizes.count - 1)
    }
    for (position, units) in sizes.enumerated()
    where units < 1 || units > Self.maximumUnits {
      throw .unitsOutOfRange(position: position, found: units)
    }
    layers = sizes.indices.dropLast().map { index in
      DenseLayer(
        inputs: sizes[index], outputs: sizes[index + 1],
        activation: index == sizes.count - 2 ? .identity : .relu)
    }
  }

  /// Features of a sample.
  public var inputCount: Int { layers[0].inputs }
  /// Classes.
  public var outputCount: Int { layers[layers.count - 1].outputs }
  /// The units of all layers, inputs and outputs included: [784, 128, 10].
  public var layerSizes: [Int] { [inputCount] + layers.map(\.outputs) }
  /// All weights and biases.
  public var parameterCount: Int { layers.reduce(0) { $0 + $1.parameterCount } }
}

extension Network: CustomStringConvertible {
  /// "784-128-10".
  public var description: String { layerSizes.map(String.init).joined(separator: "-") }
}

/// What can be wrong with the sizes of a network.
public enum NetworkError: Error, Equatable, Sendable, CustomStringConvertible {
  /// A layer (0 for the inputs) has no units, or too many.
  case unitsOutOfRange(position: Int, found: Int)
  /// There are more layers than ``Network/maximumLayers``.
  case tooManyLayers(found: Int)

  public var description: String {
    switch self {
    case .unitsOutOfRange(let position, let found):
      """
      layer \(position) of the network (0: inputs) has \(found) units \
      (expected 1 to \(Network.maximumUnits))
      """
    case .tooManyLayers(let found):
      "the network has \(found) layers (expected at most \(Network.maximumLayers))"
    }
  }
}
