import Kernels
import NeuralNetwork

// Phase 1: what a worker does with its own samples, in its own rows of the batch's memory.

extension Coordinator {
  /// Gathers a shard, runs it forward and backward, and leaves the deltas of every layer.
  func runShard(_ shard: Int, worker: Int) {
    let rows = shards[shard]
    let samples = order[batch.lowerBound + rows.lowerBound..<batch.lowerBound + rows.upperBound]
    forward.gather(samples, of: dataset, into: memory.forward, firstRow: rows.lowerBound)
    clock?.lap(.gather, worker: worker)
    forward.run(rows, in: memory.forward, skipsZeros: forward.masks != nil)
    clock?.lap(.forward, worker: worker)
    runLoss(rows, samples: samples, worker: worker)
    clock?.lap(.loss, worker: worker)
    runBackward(rows, worker: worker)
    if averaging == .perWorker { runShardGradient(shard, worker: worker) }
    clock?.lap(.backward, worker: worker)
  }

  /// The loss of each sample, and the deltas of the last layer.
  private func runLoss(_ rows: Range<Int>, samples: ArraySlice<Int32>, worker: Int) {
    let last = parameters.network.layers.count - 1
    let classes = parameters.network.outputCount
    let gradient = unsafe memory.gradient(worker: worker, layer: last)
    let labels = unsafe memory.labels.address
    for (row, sample) in zip(rows, samples) {
      unsafe labels[row] = dataset.storedLabels[Int(sample)]
    }
    unsafe kernels.softmaxCrossEntropy(
      rows.count, classes, memory.forward.outputs(layer: last, row: rows.lowerBound),
      memory.forward.outputStrides[last], labels + rows.lowerBound,
      memory.losses.address + rows.lowerBound, gradient)
    unsafe kernels.scatterDeltas(
      rows.count, classes, gradient, nil, 0, memory.deltas(layer: last, output: 0),
      memory.batchSize, rows.lowerBound, false)
  }

  /// The deltas of the other layers, from the last to the first.
  private func runBackward(_ rows: Range<Int>, worker: Int) {
    let layers = parameters.network.layers
    var index = layers.count - 1
    while index > 0 {
      let layer = layers[index]
      let gradient = unsafe memory.gradient(worker: worker, layer: index - 1)
      unsafe kernels.inputGradient(
        rows.count, layer.inputs, layer.outputs, memory.gradient(worker: worker, layer: index),
        parameters.buffer.address + parameters.layout.layers[index].weights, gradient)
      // Only a layer that has one below it needs its deltas in groups as well.
      unsafe kernels.scatterDeltas(
        rows.count, layer.inputs, gradient,
        memory.forward.outputs(layer: index - 1, row: rows.lowerBound),
        memory.forward.outputStrides[index - 1], memory.deltas(layer: index - 1, output: 0),
        memory.batchSize, rows.lowerBound, index > 1)
      index -= 1
    }
  }
}
