import Kernels
import NeuralNetwork

// Phase 2: the average over the whole batch and the update, one slab of the parameters at a time.

/// A slab's part in one panel: `count` parameters in a row, starting at `place`.
struct SlabPiece {
  let outputs: Range<Int>
  let weights: (place: Int, count: Int)
  let biases: (place: Int, count: Int)?
}

extension Coordinator {
  /// Averages and updates a slab.
  func runSlab(_ slab: Slab, worker: Int) {
    switch averaging {
    case .slabs:
      let sum = unsafe memory.slab(worker: worker)
      let masks = unsafe sampleMasks(of: slab, rows: 0..<batch.count, worker: worker)
      for panel in slab.panels {
        let piece = piece(of: slab, panel: panel)
        unsafe weightGradient(of: slab, piece, rows: 0..<batch.count, masks: masks, into: sum)
        unsafe update(
          piece.weights, with: rules.layers[slab.layer].weights, of: slab, along: sum)
        if let biases = piece.biases {
          unsafe biasGradient(of: slab, piece, rows: 0..<batch.count, into: sum)
          unsafe update(biases, with: rules.layers[slab.layer].biases, of: slab, along: sum)
        }
      }
    case .perWorker:
      for panel in slab.panels {
        let piece = piece(of: slab, panel: panel)
        unsafe update(
          piece.weights, with: rules.layers[slab.layer].weights, of: slab,
          along: shardSum(piece.weights))
        if let biases = piece.biases {
          unsafe update(
            biases, with: rules.layers[slab.layer].biases, of: slab, along: shardSum(biases))
        }
      }
    }
    clock?.lap(.update, worker: worker)
  }

  /// The gradient of a shard with respect to all parameters, in the shard's own buffer.
  func runShardGradient(_ shard: Int, worker: Int) {
    let rows = shards[shard]
    let buffer = unsafe memory.shardGradient(shard)
    for slab in plan.slabs {
      let masks = unsafe sampleMasks(of: slab, rows: rows, worker: worker)
      for panel in slab.panels {
        let piece = piece(of: slab, panel: panel)
        unsafe weightGradient(
          of: slab, piece, rows: rows, masks: masks, into: buffer + piece.weights.place)
        if let biases = piece.biases {
          unsafe biasGradient(of: slab, piece, rows: rows, into: buffer + biases.place)
        }
      }
    }
  }

  // MARK: Gradients

  func piece(of slab: Slab, panel: Int) -> SlabPiece {
    let place = parameters.layout.layers[slab.layer]
    let inputs = parameters.network.layers[slab.layer].inputs
    let outputs = parameters.layout.outputs(ofPanel: panel, layer: slab.layer)
    let first =
      place.weights + outputs.lowerBound * inputs + slab.inputs.lowerBound * outputs.count
    return SlabPiece(
      outputs: outputs, weights: (first, slab.inputs.count * outputs.count),
      biases: slab.includesBiases ? (place.biases + outputs.lowerBound, outputs.count) : nil)
  }

  @unsafe func weightGradient(
    of slab: Slab, _ piece: SlabPiece, rows: Range<Int>, masks: UnsafePointer<UInt64>?,
    into gradient: UnsafeMutablePointer<Float>
  ) {
    let updated = unsafe UnsafePointer(parameters.buffer.address + piece.weights.place)
    let deltas = unsafe deltas(of: slab, piece, rows: rows)
    if slab.layer == 0 && !memory.forward.holdsFloats {
      unsafe kernels.weightGradientOfPixels(
        rows.count, slab.inputs.count, piece.outputs.count,
        memory.forward.pixels(row: rows.lowerBound) + slab.inputs.lowerBound,
        memory.forward.pixelStride, forward.featureOfPixel.address, masks, memory.maskStride,
        deltas, gradient, updated)
    } else {
      let x = unsafe memory.forward.inputs(ofLayer: slab.layer, row: rows.lowerBound)
      unsafe kernels.weightGradient(
        rows.count, slab.inputs.count, piece.outputs.count, x.address + slab.inputs.lowerBound,
        x.stride, deltas, gradient, updated)
    }
  }

  @unsafe func biasGradient(
    of slab: Slab, _ piece: SlabPiece, rows: Range<Int>,
    into gradient: UnsafeMutablePointer<Float>
  ) {
    unsafe kernels.biasGradient(
      rows.count, piece.outputs.count, deltas(of: slab, piece, rows: rows), gradient)
  }

  @unsafe private func deltas(
    of slab: Slab, _ piece: SlabPiece, rows: Range<Int>
  ) -> UnsafePointer<Float> {
    unsafe UnsafePointer(
      memory.deltas(layer: slab.layer, output: piece.outputs.lowerBound)
        + rows.lowerBound * piece.outputs.count)
  }

  /// For each input of a slab, which of some samples of the batch are not zero there; none where
  /// zeros are not skipped.
  @unsafe func sampleMasks(
    of slab: Slab, rows: Range<Int>, worker: Int
  ) -> UnsafePointer<UInt64>? {
    guard slab.layer == 0, forward.masks != nil else { return nil }
    let masks = unsafe memory.masks(worker: worker)
    unsafe kernels.transposeMasks(
      rows.count, memory.forward.mask(row: rows.lowerBound) + slab.inputs.lowerBound / 64,
      memory.forward.maskStride, masks, memory.maskStride)
    return unsafe UnsafePointer(masks)
  }

  /// The gradients of all shards, added up in the order of the shards, in the first one's buffer.
  @unsafe func shardSum(_ part: (place: Int, count: Int)) -> UnsafeMutablePointer<Float> {
    let sum = unsafe memory.shardGradient(0) + part.place
    for shard in 1..<max(shards.parts, 1) {
      unsafe kernels.updates.add(part.count, sum, memory.shardGradient(shard) + part.place)
    }
    return unsafe sum
  }

  // MARK: Update

  /// Moves some parameters of a slab along the average of a gradient that was summed over the
  /// batch; the sum is then of no more use.
  @unsafe func update(
    _ part: (place: Int, count: Int), with penalties: UpdateRules.Penalties, of slab: Slab,
    along gradient: UnsafeMutablePointer<Float>
  ) {
    var scale = gradientScale
    if !rules.layers[slab.layer].isPlain {
      unsafe regularize(part, with: penalties, gradient)
      scale = 1
    }
    unsafe optimizer.update(
      parameters.buffer.address, place: part.place, count: part.count, along: gradient,
      scale: scale)
  }

  /// Turns the sum of a gradient into its average, within the limits, with what regularizers add;
  /// all while it is in the cache.
  @unsafe private func regularize(
    _ part: (place: Int, count: Int), with penalties: UpdateRules.Penalties,
    _ gradient: UnsafeMutablePointer<Float>
  ) {
    let updates = kernels.updates
    let count = part.count
    let weights = unsafe parameters.buffer.address + part.place
    unsafe updates.average(count, gradient, gradientScale, rules.largestElement)
    if penalties.l2 > 0 { unsafe updates.addL2(count, gradient, weights, penalties.l2) }
    if penalties.l1 > 0 { unsafe updates.addL1(count, gradient, weights, penalties.l1) }
    if penalties.weightElimination > 0 {
      unsafe updates.addWeightElimination(count, gradient, weights, penalties.weightElimination)
    }
    if penalties.decay > 0 {
      let kept = 1 - Double(learningRate) * Double(penalties.decay)
      unsafe updates.scale(count, weights, Float(kept))
    }
  }
}
