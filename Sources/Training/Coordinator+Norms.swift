import Kernels
import NeuralNetwork

// Phase 3, only where a regularizer limits the norms of units: after the update, one panel of a
// layer's outputs at a time.

extension Coordinator {
  /// Scales down the weights of those units of a panel whose norm is above a limit.
  ///
  /// The squares of a unit are added in the order of its inputs, in double precision: the sum
  /// depends neither on threads nor on the width of panels.
  func limitNorms(_ unit: UpdateRules.LimitedPanel, worker: Int) {
    let layout = parameters.layout
    let place = layout.layers[unit.layer]
    let inputs = parameters.network.layers[unit.layer].inputs
    let outputs = layout.outputs(ofPanel: unit.panel, layer: unit.layer)
    let weights = unsafe parameters.buffer.address + place.weights + outputs.lowerBound * inputs
    let biases = unsafe parameters.buffer.address + place.biases + outputs.lowerBound
    let sums = unsafe memory.columnSums(worker: worker)
    let factors = unsafe memory.columnFactors(worker: worker)
    for regularizer in rules.normLimits[unit.layer] {
      let limit = Double(regularizer.strength)
      unsafe kernels.updates.columnSquares(inputs, outputs.count, weights, sums)
      var isAnyAbove = false
      for column in 0..<outputs.count {
        var square = unsafe sums[column]
        if regularizer.includesBiases {
          let bias = Double(unsafe biases[column])
          square += bias * bias
        }
        let norm = square.squareRoot()
        unsafe factors[column] = norm > limit ? Float(limit / norm) : 1
        if norm > limit { isAnyAbove = true }
      }
      guard isAnyAbove else { continue }
      unsafe kernels.updates.scaleColumns(inputs, outputs.count, weights, factors)
      if regularizer.includesBiases {
        unsafe kernels.updates.scaleColumns(1, outputs.count, biases, factors)
      }
    }
    clock?.lap(.update, worker: worker)
  }
}
