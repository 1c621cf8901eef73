import NeuralNetwork

/// A part of one layer's parameters that a worker averages and updates in one go: a range of
/// inputs of one panel of outputs and, with the first range, that panel's biases.
struct Slab: Equatable {
  let layer: Int
  let panel: Int
  let inputs: Range<Int>
  var includesBiases: Bool { inputs.lowerBound == 0 }
}

/// How the parameters are cut into slabs.
struct SlabPlan {
  let slabs: [Slab]
  /// Floats in the gradient of the largest slab, biases included.
  let largestGradient: Int

  /// The size of a slab's gradient in floats, 16 KiB: it stays in the L1 cache from the moment
  /// its last sample is added until the optimizer has used it.
  private static let slabFloats = 4096

  /// - Parameter tileRows: The rows of the kernels' tile; ranges of inputs are multiples of it
  ///   where they can be, so that no slab but the last has an edge.
  init(network: Network, layout: PanelLayout, tileRows: Int) {
    var slabs: [Slab] = []
    let largest = max(Self.slabFloats / layout.panelWidth / tileRows, 1) * tileRows
    for (index, layer) in network.layers.enumerated() {
      let ranges = (layer.inputs + largest - 1) / largest
      let even = (layer.inputs + ranges - 1) / ranges
      let step = (even + tileRows - 1) / tileRows * tileRows
      for panel in 0..<layout.layers[index].panels {
        for start in stride(from: 0, to: layer.inputs, by: step) {
          slabs.append(
            Slab(
              layer: index, panel: panel, inputs: start..<min(start + step, layer.inputs)))
        }
      }
    }
    self.slabs = slabs
    largestGradient =
      slabs.reduce(0) { max($0, $1.inputs.count) } * layout.panelWidth
      + layout.panelWidth
  }
}
