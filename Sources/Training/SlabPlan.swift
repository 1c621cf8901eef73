import NeuralNetwork

/// A part of one layer's parameters that a worker averages and updates in one go: a range of
/// inputs of some panels of outputs and, with the first range, the biases of these panels.
package struct Slab: Equatable, Sendable {
  package let layer: Int
  package let inputs: Range<Int>
  package let panels: Range<Int>
  package var includesBiases: Bool { inputs.lowerBound == 0 }
}

/// How the parameters are cut into slabs.
package struct SlabPlan: Sendable {
  /// Inputs of a slab at most: one word of a mask, and a gradient of a panel that stays in the L1
  /// cache from the moment its last sample is added until the optimizer has used it.
  package static let inputsPerSlab = 64
  /// Weights of a slab at most, panels permitting, unless there would be too many slabs.
  package static let weightsPerSlab = 16_384
  /// Slabs at most: a phase of a team has less than 2²⁰ units.
  static let largestCount = 1 << 19

  package let slabs: [Slab]
  /// The lowest layer of a slab.
  let lowestLayer: Int

  /// Weights of a slab at most for a team of `threads`.
  package static func weightsPerSlab(layout: PanelLayout, threads: Int) -> Int { weightsPerSlab }

  /// - Parameters:
  ///   - frozenLayers: Layers that get no slab: not all of them.
  ///   - weightsPerSlab: Weights of a slab at most, at least one panel of ``inputsPerSlab`` inputs.
  package init(
    network: Network, layout: PanelLayout, frozenLayers: Set<Int> = [],
    weightsPerSlab: Int = Self.weightsPerSlab
  ) {
    let weightsPerSlab = max(weightsPerSlab, layout.count / Self.largestCount * 2)
    var slabs: [Slab] = []
    for (index, layer) in network.layers.enumerated() where !frozenLayers.contains(index) {
      let panels = layout.panelCount(layer: index)
      let panelsPerSlab = max(1, weightsPerSlab / Self.inputsPerSlab / layout.panelWidth)
      for input in stride(from: 0, to: layer.inputs, by: Self.inputsPerSlab) {
        for panel in stride(from: 0, to: panels, by: panelsPerSlab) {
          slabs.append(
            Slab(
              layer: index, inputs: input..<min(input + Self.inputsPerSlab, layer.inputs),
              panels: panel..<min(panel + panelsPerSlab, panels)))
        }
      }
    }
    self.slabs = slabs
    lowestLayer = slabs.first?.layer ?? 0
  }
}
