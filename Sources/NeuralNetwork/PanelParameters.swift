import Kernels

/// Where each layer's parameters lie in one flat buffer, in the panels of some kernels.
///
/// The outputs meant here are the linear units of a layer: with maxout, several for each output.
/// A layer has its weights, `inputs` rows in panels of outputs (see `KernelTable`), and then its
/// biases, one row in the same panels. Places that belong to no output are zero and stay zero.
public struct PanelLayout: Sendable {
  /// Where one layer's parameters lie.
  public struct Layer: Sendable {
    /// Linear units, rounded up to whole vectors: the width of all panels together.
    public let paddedOutputs: Int
    /// The first float of the weights.
    public let weights: Int
    /// The first float of the biases.
    public let biases: Int
  }

  /// Floats in a row of a full panel.
  public let panelWidth: Int
  /// The places of each layer.
  public let layers: [Layer]
  /// Floats in all.
  public let count: Int

  /// - Parameters:
  ///   - panelWidth: Floats in a row of a full panel, a multiple of `lanes`.
  ///   - lanes: Floats in a vector.
  public init(network: Network, panelWidth: Int, lanes: Int) {
    self.panelWidth = panelWidth
    var layers: [Layer] = []
    var next = 0
    for layer in network.layers {
      let padded = (layer.units + lanes - 1) / lanes * lanes
      let biases = next + padded * layer.inputs
      layers.append(Layer(paddedOutputs: padded, weights: next, biases: biases))
      // Every layer starts at a cache line: 16 floats.
      next = (biases + padded + 15) / 16 * 16
    }
    self.layers = layers
    count = next
  }

  /// The outputs, padding included, of a panel of layer `layer`.
  public func outputs(ofPanel panel: Int, layer: Int) -> Range<Int> {
    let first = panel * panelWidth
    return first..<min(first + panelWidth, layers[layer].paddedOutputs)
  }

  /// The number of panels of layer `layer`.
  public func panelCount(layer: Int) -> Int {
    (layers[layer].paddedOutputs + panelWidth - 1) / panelWidth
  }

  /// The place of the weight from input `input`, of `inputs`, to output `output` of a layer.
  public func weightPlace(layer: Int, inputs: Int, output: Int, input: Int) -> Int {
    let weights = weightPlaces(layer: layer, inputs: inputs, output: output)
    return weights.first + input * weights.step
  }

  /// The place of the weight from the first of `inputs` inputs to output `output` of a layer, and
  /// the step to the next input's.
  func weightPlaces(layer: Int, inputs: Int, output: Int) -> (first: Int, step: Int) {
    let panel = outputs(ofPanel: output / panelWidth, layer: layer)
    let first = layers[layer].weights + panel.lowerBound * inputs + output - panel.lowerBound
    return (first, panel.count)
  }
}

/// The parameters of a network in the kernels' panels: one flat, aligned buffer, in which they
/// stay while training. Only ``export()`` and the initializer know the canonical order.
public final class PanelParameters {
  /// The network.
  public let network: Network
  /// Where the parameters lie in the buffer.
  public let layout: PanelLayout
  /// All parameters, and zeros between them.
  public let buffer: FloatBuffer

  /// The parameters of `model` for the given kernels.
  public convenience init(_ model: Model, kernels: KernelTable) {
    self.init(model, panelWidth: kernels.panelWidth, lanes: kernels.lanes)
  }

  /// A zero for each parameter of `network`.
  public convenience init(zeros network: Network, kernels: KernelTable) {
    self.init(zeros: network, panelWidth: kernels.panelWidth, lanes: kernels.lanes)
  }

  private init(zeros network: Network, panelWidth: Int, lanes: Int) {
    self.network = network
    layout = PanelLayout(network: network, panelWidth: panelWidth, lanes: lanes)
    buffer = FloatBuffer(count: layout.count)
  }

  convenience init(_ model: Model, panelWidth: Int, lanes: Int) {
    self.init(zeros: model.network, panelWidth: panelWidth, lanes: lanes)
    let address = unsafe buffer.address
    unsafe model.parameters.values.withUnsafeBufferPointer { values in
      forEachPiece { canonical, place, step, count in
        for index in 0..<count {
          unsafe address[place + index * step] = values[canonical + index]
        }
      }
    }
  }

  /// The parameters in the canonical order.
  public func export() -> Parameters {
    let address = unsafe buffer.address
    let values = unsafe [Float](unsafeUninitializedCapacity: network.parameterCount) {
      values, size in
      forEachPiece { canonical, place, step, count in
        for index in 0..<count {
          unsafe values.initializeElement(at: canonical + index, to: address[place + index * step])
        }
      }
      size = network.parameterCount
    }
    return Parameters(values: values)
  }

  /// Inputs whose weights are moved for all outputs of a panel before the next ones': so many
  /// rows of a panel stay in the L1 cache meanwhile.
  private static let inputsPerPiece = 64

  /// Calls `body` for pieces that make up all parameters, each of weights from some inputs to one
  /// output or of a layer's biases: with the canonical position and the place of the first, the
  /// step from place to place, and their count.
  private func forEachPiece(
    _ body: (_ canonical: Int, _ place: Int, _ step: Int, _ count: Int) -> Void
  ) {
    var canonical = 0
    for (index, layer) in network.layers.enumerated() {
      for panel in 0..<layout.panelCount(layer: index) {
        let outputs = layout.outputs(ofPanel: panel, layer: index).clamped(to: 0..<layer.units)
        for input in stride(from: 0, to: layer.inputs, by: Self.inputsPerPiece) {
          for output in outputs {
            let weights = layout.weightPlaces(layer: index, inputs: layer.inputs, output: output)
            body(
              canonical + output * layer.inputs + input, weights.first + input * weights.step,
              weights.step, min(Self.inputsPerPiece, layer.inputs - input))
          }
        }
      }
      canonical += layer.weightCount
      body(canonical, layout.layers[index].biases, 1, layer.units)
      canonical += layer.units
    }
  }
}
