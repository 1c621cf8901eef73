import Kernels

/// Where each layer's parameters lie in one flat buffer, for panels of a given width.
///
/// A layer has its weights, `inputs` rows in panels of outputs (see `KernelTable`), and then its
/// biases, one row in the same panels. Places that belong to no output are zero and stay zero.
public struct PanelLayout: Sendable {
  public struct Layer: Sendable {
    /// Panels of outputs.
    public let panels: Int
    /// The first float of the weights.
    public let weights: Int
    /// The first float of the biases.
    public let biases: Int
  }

  /// Floats in a row of a panel.
  public let panelWidth: Int
  public let layers: [Layer]
  /// Floats in all.
  public let count: Int

  public init(network: Network, panelWidth: Int) {
    self.panelWidth = panelWidth
    var layers: [Layer] = []
    var next = 0
    for layer in network.layers {
      let panels = (layer.outputs + panelWidth - 1) / panelWidth
      let biases = next + panels * layer.inputs * panelWidth
      layers.append(Layer(panels: panels, weights: next, biases: biases))
      // Every layer starts at a cache line: 16 floats.
      next = (biases + panels * panelWidth + 15) / 16 * 16
    }
    self.layers = layers
    count = next
  }

  /// The place of the weight from input `input` to output `output` of layer `layer`.
  @inlinable
  func weightPlace(layer: Int, inputs: Int, output: Int, input: Int) -> Int {
    let row = output / panelWidth * inputs + input
    return layers[layer].weights + row * panelWidth + output % panelWidth
  }
}

/// The parameters of a network in the kernels' panels: one flat, aligned buffer, in which they
/// stay while training. Only ``export()`` and the initializer know the canonical order.
public final class PanelParameters {
  public let network: Network
  public let layout: PanelLayout
  public let buffer: FloatBuffer

  /// - Precondition: there are as many parameters as the network has.
  public init(_ model: Model, panelWidth: Int) {
    network = model.network
    layout = PanelLayout(network: model.network, panelWidth: panelWidth)
    buffer = FloatBuffer(count: layout.count)
    let address = unsafe buffer.address
    forEachPlace { canonical, place in
      unsafe address[place] = model.parameters.values[canonical]
    }
  }

  /// The parameters in the canonical order.
  public func export() -> Parameters {
    var values = [Float](repeating: 0, count: network.parameterCount)
    let address = unsafe buffer.address
    forEachPlace { canonical, place in
      values[canonical] = unsafe address[place]
    }
    return Parameters(values: values)
  }

  /// Calls `body` with the canonical position and the place of each parameter.
  private func forEachPlace(_ body: (_ canonical: Int, _ place: Int) -> Void) {
    var canonical = 0
    for (index, layer) in network.layers.enumerated() {
      for output in 0..<layer.outputs {
        for input in 0..<layer.inputs {
          body(
            canonical,
            layout.weightPlace(
              layer: index, inputs: layer.inputs, output: output, input: input))
          canonical += 1
        }
      }
      for output in 0..<layer.outputs {
        body(canonical, layout.layers[index].biases + output)
        canonical += 1
      }
    }
  }
}
