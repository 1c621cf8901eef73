extension Model {
  /// This model with the parameters of some layers taken from another one, layer by layer by
  /// their names: `layers.0.weight` and `layers.0.bias` from those of the same name.
  ///
  /// The usual transfer: take the lower layers of a network that was trained on other data, put a
  /// new output layer on top, and freeze them or train on.
  /// - Parameters:
  ///   - other: Where the parameters come from.
  ///   - layers: The layers to take, by their index from 0; nil for all that both models have.
  /// - Throws: ``TransferError`` when a layer is not in both models, or is not of one shape.
  public func taking(
    _ layers: Set<Int>? = nil, from other: Model
  ) throws(TransferError) -> Model {
    let common = min(network.layers.count, other.network.layers.count)
    var values = parameters.values
    for layer in (layers ?? Set(0..<common)).sorted() {
      guard layer >= 0, layer < common else {
        throw .noSuchLayer(
          layer: layer, available: other.network.layers.count, needed: network.layers.count)
      }
      let target = network.layers[layer]
      let source = other.network.layers[layer]
      let expected = [target.units, target.inputs]
      let found = [source.units, source.inputs]
      guard expected == found else {
        throw .shape(layer: layer, expected: expected, found: found)
      }
      let count = target.parameterCount
      let start = network.parameterStart(ofLayer: layer)
      let otherStart = other.network.parameterStart(ofLayer: layer)
      values.replaceSubrange(
        start..<start + count, with: other.parameters.values[otherStart..<otherStart + count])
    }
    return Model(
      network: network, parameters: Parameters(values: values), imageSize: imageSize)
  }
}

extension Network {
  /// The position of a layer's first weight in the canonical order of the parameters.
  public func parameterStart(ofLayer layer: Int) -> Int {
    layers[..<layer].reduce(0) { $0 + $1.parameterCount }
  }
}

/// Why a layer cannot be taken from another model. Layers are counted from 0 in the cases, as in the
/// names of their parameters, and from 1 in the sentences, as in a network's summary.
public enum TransferError: Error, Equatable, Sendable, CustomStringConvertible {
  /// One of the two networks has no such layer.
  case noSuchLayer(layer: Int, available: Int, needed: Int)
  /// The weights of a layer have another shape, [units, inputs].
  case shape(layer: Int, expected: [Int], found: [Int])

  /// What is wrong, in a sentence for a person.
  public var description: String {
    switch self {
    case .noSuchLayer(let layer, let available, let needed):
      """
      layer \(layer + 1) (layers.\(layer)): expected a layer of both networks, found \
      \(available) layers in the one to start from and \(needed) in this one
      """
    case .shape(let layer, let expected, let found):
      """
      layer \(layer + 1) (layers.\(layer).weight): expected the shape \(expected) of this \
      network, found \(found) in the one to start from
      """
    }
  }
}
