import Kernels
import NeuralNetwork

/// All memory of the step, allocated once: the step itself allocates nothing.
final class StepMemory {
  /// Samples in a batch at most.
  let batchSize: Int
  /// Features and outputs of the batch, row by row.
  let forward: ForwardMemory
  /// The loss of each sample of the batch.
  let losses: FloatBuffer
  /// The class of each sample of the batch.
  let labels: AlignedBuffer<UInt8>
  private let panelWidth: Int
  private let deltas: [FloatBuffer]
  private let scratch: [WorkerScratch]

  /// What one worker writes to and no other worker sees.
  private struct WorkerScratch {
    /// Two gradients with respect to a layer's outputs, in groups of samples, used in turn.
    let gradients: [FloatBuffer]
    /// The gradient of a slab.
    let slab: FloatBuffer
  }

  /// - Parameters:
  ///   - largestShard: Samples in a shard at most.
  ///   - largestSlab: Floats in the gradient of a slab at most.
  ///   - poison: What the memory holds at first; the results must not depend on it.
  init(
    network: Network, layout: PanelLayout, batchSize: Int, workers: Int, largestShard: Int,
    largestSlab: Int, poison: Float = 0
  ) {
    self.batchSize = batchSize
    panelWidth = layout.panelWidth
    forward = ForwardMemory(rows: batchSize, network: network, layout: layout, poison: poison)
    losses = FloatBuffer(count: batchSize, repeating: poison)
    labels = AlignedBuffer(count: batchSize, repeating: 0)
    deltas = layout.layers.map {
      FloatBuffer(count: $0.panels * batchSize * layout.panelWidth, repeating: poison)
    }
    let groups = (largestShard + layout.panelWidth - 1) / layout.panelWidth
    let widest = network.layers.reduce(0) { max($0, $1.outputs) }
    scratch = (0..<workers).map { _ in
      WorkerScratch(
        gradients: (0..<2).map { _ in
          FloatBuffer(count: groups * widest * layout.panelWidth, repeating: poison)
        },
        slab: FloatBuffer(count: largestSlab, repeating: poison))
    }
  }

  /// Floats from one panel of a layer's deltas to the next.
  var deltaPanelStride: Int { batchSize * panelWidth }

  /// The deltas of a layer, in panels of which each has a row for every sample of the batch.
  @unsafe func deltas(layer: Int, panel: Int, row: Int) -> UnsafeMutablePointer<Float> {
    unsafe deltas[layer].address + panel * deltaPanelStride + row * panelWidth
  }

  /// The worker's gradient with respect to the outputs of a layer.
  @unsafe func gradient(worker: Int, layer: Int) -> UnsafeMutablePointer<Float> {
    unsafe scratch[worker].gradients[layer % 2].address
  }

  /// The worker's gradient of a slab.
  @unsafe func slab(worker: Int) -> UnsafeMutablePointer<Float> {
    unsafe scratch[worker].slab.address
  }
}
