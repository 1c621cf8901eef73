import NeuralNetwork

/// What the metadata of a model or a checkpoint say of the network: see ``ModelFile``.
enum NetworkMetadata {
  /// The fields of a network.
  static func fields(of network: Network) -> [String: String] {
    var fields = ["activations": network.activationText]
    if network.dropouts.contains(where: { $0 != 0 }) { fields["dropout"] = network.dropoutText }
    return fields
  }

  /// Whether a model's file of version 1 can say everything about a network.
  static func isOfVersion1(_ network: Network) -> Bool {
    network
      == (try? Network(
        inputs: network.inputCount, hidden: network.layers.dropLast().map(\.outputs),
        outputs: network.outputCount))
  }

  /// The network that the shapes and the metadata of a header describe.
  static func network(of header: Header, path: String) throws(ModelFileError) -> Network {
    let activations = try activations(of: header, path: path)
    let dropouts = try dropouts(of: header, layers: activations.count, path: path)
    var inputs = 0
    var layers: [LayerDescription] = []
    for (index, activation) in activations.enumerated() {
      let name = "layers.\(index).weight"
      guard let shape = header.tensors[name]?.shape, shape.count == 2 else {
        throw .badField(
          path: path, field: name, expected: "a tensor [outputs, inputs]",
          found: header.tensors[name]?.description ?? "nothing")
      }
      guard shape[0].isMultiple(of: activation.pieces) else {
        throw .badField(
          path: path, field: name, expected: "\(activation.pieces) rows for each output",
          found: "\(shape[0]) rows")
      }
      if index == 0 { inputs = shape[1] }
      layers.append(
        LayerDescription(
          outputs: shape[0] / activation.pieces, activation: activation,
          dropout: dropouts[index + 1]))
    }
    do {
      return try Network(inputs: inputs, layers: layers, inputDropout: dropouts[0])
    } catch {
      throw .badField(
        path: path, field: "tensor shapes", expected: "a network", found: error.description)
    }
  }

  private static func activations(
    of header: Header, path: String
  ) throws(ModelFileError) -> [Activation] {
    let found = header.metadata["activations"] ?? "nothing"
    let texts = found.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
    var activations: [Activation] = []
    for text in texts {
      guard let activation = Activation(text) else {
        throw .badField(
          path: path, field: "activations",
          expected: "one for each layer, of " + Activation.textForms.joined(separator: ", "),
          found: found)
      }
      activations.append(activation)
    }
    return activations
  }

  private static func dropouts(
    of header: Header, layers: Int, path: String
  ) throws(ModelFileError) -> [Float] {
    guard let found = header.metadata["dropout"] else {
      return [Float](repeating: 0, count: layers + 1)
    }
    let shares = found.split(separator: ",", omittingEmptySubsequences: false)
      .map { Float(String($0)) }
    guard shares.count == layers + 1, shares.allSatisfy({ $0.map(Dropout.isAllowed) ?? false })
    else {
      throw .badField(
        path: path, field: "dropout",
        expected: "\(layers + 1) shares, of the inputs and of each layer's outputs", found: found)
    }
    return shares.compactMap(\.self)
  }
}
