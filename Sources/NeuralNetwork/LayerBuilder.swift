/// A fully connected layer, as one writes it in a list of layers: see ``LayerDescription``.
public typealias Dense = LayerDescription

extension LayerDescription {
  /// A layer of `outputs` outputs, linear where no activation is given.
  ///
  ///     Dense(128, .relu, dropout: 0.2)
  /// - Parameters:
  ///   - outputs: Outputs of the layer.
  ///   - activation: What is applied to its linear units.
  ///   - dropout: The share of the outputs that are set to 0 while training.
  public init(_ outputs: Int, _ activation: Activation = .identity, dropout: Float = 0) {
    self.init(outputs: outputs, activation: activation, dropout: dropout)
  }
}

/// Layers one below the other, with `if` and `for` where wanted.
@resultBuilder
public enum LayerBuilder {
  /// A layer.
  public static func buildExpression(_ layer: LayerDescription) -> [LayerDescription] { [layer] }
  /// Layers that are a list already.
  public static func buildExpression(_ layers: [LayerDescription]) -> [LayerDescription] { layers }
  /// One part below the other.
  public static func buildBlock(_ parts: [LayerDescription]...) -> [LayerDescription] {
    Array(parts.joined())
  }
  /// An `if` without `else`.
  public static func buildOptional(_ part: [LayerDescription]?) -> [LayerDescription] {
    part ?? []
  }
  /// The layers of an `if`.
  public static func buildEither(first part: [LayerDescription]) -> [LayerDescription] { part }
  /// The layers of an `else`.
  public static func buildEither(second part: [LayerDescription]) -> [LayerDescription] { part }
  /// The layers of a `for`.
  public static func buildArray(_ parts: [[LayerDescription]]) -> [LayerDescription] {
    Array(parts.joined())
  }
}

extension Network {
  /// A network of the layers that are written down, from the first hidden layer to the output layer.
  ///
  ///     let network = try Network(inputs: 784, inputDropout: 0.1) {
  ///       Dense(512, .relu, dropout: 0.5)
  ///       Dense(10)
  ///     }
  /// - Parameters:
  ///   - inputs: Features of a sample.
  ///   - inputDropout: The share of the features that are set to 0 while training.
  ///   - layers: At least one.
  /// - Throws: ``NetworkError`` as `init(inputs:layers:inputDropout:)`.
  public init(
    inputs: Int, inputDropout: Float = 0, @LayerBuilder layers: () -> [LayerDescription]
  ) throws(NetworkError) {
    try self.init(inputs: inputs, layers: layers(), inputDropout: inputDropout)
  }
}
