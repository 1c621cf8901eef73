/// A fully connected layer: `y = activation(x · W + b)`, with x of shape [inputs], W of shape
/// [inputs, units] and b of shape [units]; y has the shape [outputs]. There is one unit an output,
/// except with maxout.
public struct DenseLayer: Sendable, Equatable {
  /// Features, or outputs of the layer before.
  public let inputs: Int
  /// Outputs.
  public let outputs: Int
  /// What is applied to the linear units.
  public let activation: Activation
  /// The share of the outputs that are set to 0 while training; see ``Dropout``.
  public let dropout: Float

  /// Linear units: `outputs × activation.pieces`.
  public var units: Int { outputs * activation.pieces }
  /// Weights: `inputs × units`.
  public var weightCount: Int { inputs * units }
  /// Weights and biases: `inputs × units + units`.
  public var parameterCount: Int { weightCount + units }
}

/// What is to be said of a layer of a network; its inputs are the outputs of the one before.
public struct LayerDescription: Sendable, Equatable {
  /// Outputs, at least 1.
  public var outputs: Int
  /// What is applied to the linear units.
  public var activation: Activation
  /// The share of the outputs that are set to 0 while training; see ``Dropout``.
  public var dropout: Float

  /// A layer of so many outputs; what is out of range, a ``Network`` refuses.
  public init(outputs: Int, activation: Activation, dropout: Float = 0) {
    self.outputs = outputs
    self.activation = activation
    self.dropout = dropout
  }
}

/// The layers of a network and nothing else: no parameter values, no memory.
public struct Network: Sendable, Equatable {
  /// The largest number of linear units in a layer.
  public static let maximumUnits = 65_536
  /// The largest number of layers.
  public static let maximumLayers = 64

  /// From the first hidden layer to the output layer.
  public let layers: [DenseLayer]
  /// The share of the features that are set to 0 while training; see ``Dropout``.
  public let inputDropout: Float

  /// A network of the given layers.
  /// - Parameters:
  ///   - inputs: Features of a sample.
  ///   - layers: From the first hidden layer to the output layer, at least one.
  ///   - inputDropout: The share of the features that are set to 0 while training.
  /// - Throws: ``NetworkError`` when a size is not in 1 ... ``maximumUnits``, there is no layer or
  ///   more than ``maximumLayers``, the parameter of an activation is out of its range, or a share
  ///   of dropout is not ``Dropout/isAllowed(_:)`` or is one of the output layer.
  public init(
    inputs: Int, layers: [LayerDescription], inputDropout: Float = 0
  ) throws(NetworkError) {
    guard (1...Self.maximumLayers).contains(layers.count) else {
      throw layers.isEmpty ? .noLayers : .tooManyLayers(found: layers.count)
    }
    for (index, layer) in layers.enumerated() {
      if let problem = layer.activation.problem {
        throw .activationOutOfRange(
          layer: index + 1, activation: "\(layer.activation)", expected: problem.expected)
      }
    }
    let sizes = [inputs] + layers.map(\.outputs)
    let pieces = [1] + layers.map(\.activation.pieces)
    for (position, (outputs, pieces)) in zip(sizes, pieces).enumerated() {
      guard (1...Self.maximumUnits).contains(outputs), outputs * pieces <= Self.maximumUnits else {
        throw .unitsOutOfRange(
          position: position,
          found: outputs.multipliedReportingOverflow(by: pieces).partialValue)
      }
    }
    for (position, share) in ([inputDropout] + layers.map(\.dropout)).enumerated()
    where !Dropout.isAllowed(share) {
      throw .dropoutOutOfRange(position: position, found: "\(share)")
    }
    if let share = layers.last?.dropout, share > 0 {
      throw .dropoutOfOutputs(found: "\(share)")
    }
    self.inputDropout = inputDropout
    self.layers = zip(sizes, layers).map { inputs, layer in
      DenseLayer(
        inputs: inputs, outputs: layer.outputs, activation: layer.activation,
        dropout: layer.dropout)
    }
  }

  /// A multilayer perceptron for classification: hidden layers with ReLU, an output layer of
  /// logits.
  /// - Parameters:
  ///   - inputs: Features of a sample.
  ///   - hidden: Units of each hidden layer; empty for softmax regression.
  ///   - outputs: Classes.
  /// - Throws: ``NetworkError`` when a size is not in 1 ... ``maximumUnits``, or there are more
  ///   than ``maximumLayers`` layers.
  public init(inputs: Int, hidden: [Int], outputs: Int) throws(NetworkError) {
    try self.init(
      inputs: inputs,
      layers: hidden.map { LayerDescription(outputs: $0, activation: .relu) }
        + [LayerDescription(outputs: outputs, activation: .identity)])
  }

  /// Features of a sample.
  public var inputCount: Int { layers[0].inputs }
  /// Classes.
  public var outputCount: Int { layers[layers.count - 1].outputs }
  /// The inputs of the network and the outputs of all layers: [784, 128, 10].
  public var layerSizes: [Int] { [inputCount] + layers.map(\.outputs) }
  /// All weights and biases.
  public var parameterCount: Int { layers.reduce(0) { $0 + $1.parameterCount } }
  /// The shares of dropout of the inputs and of each layer's outputs.
  public var dropouts: [Float] { [inputDropout] + layers.map(\.dropout) }
}

extension Network: CustomStringConvertible {
  /// "784-128-10".
  public var description: String { layerSizes.map(String.init).joined(separator: "-") }
}

extension Network {
  /// The text forms of all activations: "relu,identity".
  public var activationText: String { layers.map(\.activation.description).joined(separator: ",") }

  /// The shares of dropout of the inputs and of each layer's outputs: "0.2,0.5,0".
  public var dropoutText: String { dropouts.map(NumberForm.text).joined(separator: ",") }
}

/// What can be wrong with a network.
public enum NetworkError: Error, Equatable, Sendable, CustomStringConvertible {
  /// A layer (0 for the inputs) has no units, or too many.
  case unitsOutOfRange(position: Int, found: Int)
  /// There are more layers than ``Network/maximumLayers``.
  case tooManyLayers(found: Int)
  /// There is not even an output layer.
  case noLayers
  /// The parameter of a layer's activation is out of its range.
  case activationOutOfRange(layer: Int, activation: String, expected: String)
  /// The dropout of a layer (0 for the inputs) is not a share that can be dropped.
  case dropoutOutOfRange(position: Int, found: String)
  /// The output layer has dropout.
  case dropoutOfOutputs(found: String)

  /// What is wrong, in a sentence for a person.
  public var description: String {
    switch self {
    case .unitsOutOfRange(let position, let found):
      """
      layer \(position) of the network (0: inputs) has \(found) units \
      (expected 1 to \(Network.maximumUnits))
      """
    case .tooManyLayers(let found):
      "the network has \(found) layers (expected at most \(Network.maximumLayers))"
    case .noLayers:
      "the network has no layers (expected at least an output layer)"
    case .activationOutOfRange(let layer, let activation, let expected):
      "layer \(layer) of the network has the activation \(activation) (expected \(expected))"
    case .dropoutOutOfRange(let position, let found):
      """
      layer \(position) of the network (0: inputs) has a dropout of \(found) \
      (expected 0, or 1/65536 to 65535/65536)
      """
    case .dropoutOfOutputs(let found):
      "the output layer has a dropout of \(found) (expected 0: nothing could make up for it)"
    }
  }
}
