import Kernels
import NeuralNetwork

// Phase 1: what a worker does with its own samples, in its own rows of the batch's memory.

extension Coordinator {
  /// Gathers a shard, runs it forward and backward, and leaves the deltas of every layer.
  func runShard(_ shard: Int, worker: Int) {
    let blocks = RowBlocks(rows: shards[shard])
    for block in 0..<blocks.count {
      guard runBlock(blocks[block], worker: worker) else { return }
    }
    if averaging == .perWorker {
      runShardGradient(shard, worker: worker)
      clock?.lap(.backward, worker: worker)
    }
  }

  /// - Returns: Whether the source of the samples, if there is one, gave them.
  private func runBlock(_ rows: Range<Int>, worker: Int) -> Bool {
    let samples = order[batch.lowerBound + rows.lowerBound..<batch.lowerBound + rows.upperBound]
    if let source = dataset.source {
      if let failure = criterion.fill(
        samples, of: dataset, from: source, epoch: epoch, into: memory.forward, memory.targets,
        firstRow: rows.lowerBound)
      {
        sourceFailure.note(failure, row: rows.lowerBound)
        return false
      }
    } else {
      forward.gather(samples, of: dataset, into: memory.forward, firstRow: rows.lowerBound)
      if let distorter { distort(rows, samples, distorter, worker: worker) }
      criterion.gather(samples, of: dataset, into: memory.targets, firstRow: rows.lowerBound)
    }
    clock?.lap(.gather, worker: worker)
    let source = DropoutSource(seed: configuration.seed, epoch: epoch, samples: samples)
    forward.dropFeatures(rows, in: memory.forward, source: source)
    forward.run(rows, in: memory.forward, skipsZeros: forward.masks != nil, training: source)
    clock?.lap(.forward, worker: worker)
    runLoss(rows, worker: worker)
    clock?.lap(.loss, worker: worker)
    runBackward(rows, worker: worker)
    clock?.lap(.backward, worker: worker)
    return true
  }

  /// Distorts the gathered images, and finds out anew which pixels are not zero.
  private func distort(
    _ rows: Range<Int>, _ samples: ArraySlice<Int32>, _ distorter: Distorter, worker: Int
  ) {
    for (row, sample) in zip(rows, samples) {
      unsafe distorter.distort(
        memory.forward.pixels(row: row), sample: sample, epoch: epoch, worker: worker)
    }
    if forward.masks != nil { forward.makeMasks(of: rows, in: memory.forward) }
  }

  /// The loss of each sample, and its gradient with respect to the outputs of the last layer, in
  /// the worker's memory for that.
  private func runLoss(_ rows: Range<Int>, worker: Int) {
    let last = parameters.network.layers.count - 1
    let gradient = unsafe memory.gradient(worker: worker, layer: last)
    unsafe criterion.run(
      rows, outputs: memory.forward.outputs(layer: last, row: rows.lowerBound),
      stride: memory.forward.outputStrides[last], targets: memory.targets,
      losses: memory.losses.address + rows.lowerBound, gradient: gradient)
  }

  /// The deltas of all layers, from the last to the first.
  private func runBackward(_ rows: Range<Int>, worker: Int) {
    let layers = parameters.network.layers
    var index = layers.count - 1
    makeDeltas(of: index, rows, worker: worker)
    // No layer below the lowest one that is trained needs its deltas.
    while index > plan.lowestLayer {
      let layer = layers[index]
      let gradient = unsafe memory.gradient(worker: worker, layer: index - 1)
      unsafe kernels.inputGradient(
        rows.count, layer.inputs, layer.units, memory.gradient(worker: worker, layer: index),
        parameters.buffer.address + parameters.layout.layers[index].weights, gradient)
      index -= 1
      makeDeltas(of: index, rows, worker: worker)
    }
  }

  /// The deltas of a layer, the gradient with respect to its linear outputs, from the gradient with
  /// respect to its outputs; in panels and, if a layer below is trained, in place of the gradient.
  private func makeDeltas(of index: Int, _ rows: Range<Int>, worker: Int) {
    let layer = parameters.network.layers[index]
    let isNeededBelow = index > plan.lowestLayer
    let gradient = unsafe memory.gradient(worker: worker, layer: index)
    let deltas = unsafe memory.deltas(layer: index, output: 0)
    let y = unsafe memory.forward.outputs(layer: index, row: rows.lowerBound)
    let stride = memory.forward.outputStrides[index]
    guard let derivatives = unsafe memory.forward.derivatives(layer: index, row: rows.lowerBound)
    else {
      unsafe kernels.scatterDeltas(
        rows.count, layer.outputs, gradient, layer.activation == .relu ? UnsafePointer(y) : nil,
        stride, deltas, memory.batchSize, rows.lowerBound, isNeededBelow)
      return
    }
    switch layer.activation {
    case .softmax:
      unsafe kernels.activations.softmaxGradient(
        rows.count, layer.outputs, gradient, y, derivatives, stride)
      unsafe kernels.scatterDeltas(
        rows.count, layer.outputs, gradient, nil, 0, deltas, memory.batchSize, rows.lowerBound,
        isNeededBelow)
    case .maxout(let pieces):
      unsafe kernels.activations.spreadGradient(rows.count, layer.outputs, pieces, gradient)
      fallthrough
    default:
      unsafe kernels.activations.scatterDeltas(
        rows.count, layer.units, gradient, derivatives, stride, deltas, memory.batchSize,
        rows.lowerBound, isNeededBelow)
    }
  }
}
