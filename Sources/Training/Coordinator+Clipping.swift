import Kernels
import NeuralNetwork

// Phase 2 in two halves, where the norm of the whole gradient must be known before the first
// update: every slab's gradient and the sum of its squares, and then the updates.

extension Coordinator {
  /// Forms a slab's gradient in the buffer for all parameters, and the sum of its squares.
  func runSlabGradient(_ unit: Int, worker: Int) {
    let slab = plan.slabs[unit]
    // Weights and biases apart, each output by output: an order that has nothing to do with the
    // width of panels. The columns that fill up the last panel add zeros.
    var weights = 0.0
    var biases = 0.0
    let masks = unsafe sampleMasks(of: slab, rows: 0..<batch.count, worker: worker)
    for panel in slab.panels {
      let piece = piece(of: slab, panel: panel)
      switch averaging {
      case .slabs:
        unsafe weightGradient(
          of: slab, piece, rows: 0..<batch.count, masks: masks,
          into: memory.gradient(at: piece.weights.place))
        if let part = piece.biases {
          unsafe biasGradient(
            of: slab, piece, rows: 0..<batch.count, into: memory.gradient(at: part.place))
        }
      case .perWorker:
        _ = unsafe shardSum(piece.weights)
        if let part = piece.biases { _ = unsafe shardSum(part) }
      }
      unsafe addSquares(
        rows: slab.inputs.count, width: piece.outputs.count,
        of: memory.gradient(at: piece.weights.place), to: &weights, worker: worker)
      if let part = piece.biases {
        unsafe addSquares(
          rows: 1, width: part.count, of: memory.gradient(at: part.place), to: &biases,
          worker: worker)
      }
    }
    unsafe memory.slabSquares.address[unit] = weights + biases
    clock?.lap(.update, worker: worker)
  }

  /// Updates a slab along the gradient in the buffer.
  func runSlabUpdate(_ slab: Slab, worker: Int) {
    for panel in slab.panels {
      let piece = piece(of: slab, panel: panel)
      unsafe update(
        piece.weights, with: rules.layers[slab.layer].weights, of: slab,
        along: memory.gradient(at: piece.weights.place))
      if let part = piece.biases {
        unsafe update(
          part, with: rules.layers[slab.layer].biases, of: slab,
          along: memory.gradient(at: part.place))
      }
    }
    clock?.lap(.update, worker: worker)
  }

  /// The factor from the sum of the gradient over the batch to its average, less what its norm has
  /// too much.
  func clippedScale(largestNorm: Float) -> Float {
    var squares = 0.0
    for unit in plan.slabs.indices { squares += unsafe memory.slabSquares.address[unit] }
    let norm = squares.squareRoot() / Double(batch.count)
    let coefficient = Double(largestNorm) / (norm + 1e-6)
    // Of a gradient within the limit, to the last bit what it is without clipping.
    return coefficient < 1 ? Float(coefficient / Double(batch.count)) : 1 / Float(batch.count)
  }

  /// Adds the squares of a panel, each column on its own first, in the order of the columns.
  @unsafe private func addSquares(
    rows: Int, width: Int, of gradient: UnsafePointer<Float>, to sum: inout Double, worker: Int
  ) {
    let columns = unsafe memory.columnSums(worker: worker)
    unsafe kernels.updates.columnSquares(rows, width, gradient, columns)
    for column in 0..<width { sum += unsafe columns[column] }
  }
}
