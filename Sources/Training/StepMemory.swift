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
  /// What each sample of the batch should have come to.
  let targets: TargetMemory
  /// Words from one input's mask over the samples to the next one's.
  let maskStride: Int
  private let panelWidth: Int
  private let deltas: [FloatBuffer]
  /// The gradient of each shard with respect to all parameters, in their places; none where the
  /// average is formed by slabs.
  private let shardGradients: [FloatBuffer]
  /// The gradient with respect to all parameters, in their places, where its norm is limited;
  /// otherwise none.
  private let wholeGradient: FloatBuffer?
  /// The sum of the squares of each slab's gradient.
  let slabSquares: AlignedBuffer<Double>
  private let scratch: [WorkerScratch]

  /// What one worker writes to and no other worker sees.
  private struct WorkerScratch {
    /// Two gradients with respect to a layer's outputs, in groups of samples, used in turn.
    let gradients: [FloatBuffer]
    /// The gradient of a slab's weights, or biases, in one panel.
    let slab: FloatBuffer
    /// For each input of a slab, a mask over the samples.
    let masks: AlignedBuffer<UInt64>
    /// For each output of a panel, a sum of squares and a factor.
    let columnSums: AlignedBuffer<Double>
    let columnFactors: FloatBuffer
  }

  /// - Parameters:
  ///   - shards: The shards of a full batch.
  ///   - slabs: Slabs of the parameters.
  ///   - needsWholeGradient: Whether the gradient of all parameters is there before an update.
  ///   - holdsFloats: Whether features are floats.
  ///   - poison: What the memory holds at first; the results must not depend on it.
  init(
    network: Network, layout: PanelLayout, batchSize: Int, workers: Int, shards: EvenSplit,
    averaging: Averaging, slabs: Int = 0, needsWholeGradient: Bool = false, criterion: Criterion,
    holdsFloats: Bool, poison: Float = 0
  ) {
    self.batchSize = batchSize
    panelWidth = layout.panelWidth
    forward = ForwardMemory(
      rows: batchSize, network: network, layout: layout, holdsFloats: holdsFloats,
      keepsDerivatives: true, poison: poison)
    losses = FloatBuffer(count: batchSize, repeating: poison)
    targets = TargetMemory(rows: batchSize, criterion: criterion, poison: poison)
    deltas = layout.layers.map {
      FloatBuffer(count: $0.paddedOutputs * batchSize, repeating: poison)
    }
    maskStride = (batchSize + 63) / 64
    let maskWords = maskStride * SlabPlan.inputsPerSlab
    // Groups of samples are never wider than a panel.
    let rows = RowBlocks.largest(ofShardsUpTo: shards[0].count)
    let columns = (rows + layout.panelWidth - 1) / layout.panelWidth * layout.panelWidth
    let widest = network.layers.reduce(0) { max($0, $1.units) }
    shardGradients = (0..<(averaging == .perWorker ? shards.parts : 0)).map { _ in
      FloatBuffer(count: layout.count, repeating: poison)
    }
    wholeGradient =
      if !needsWholeGradient {
        nil
      } else if averaging == .perWorker {
        // Where the gradients of the shards are added up.
        shardGradients[0]
      } else {
        FloatBuffer(count: layout.count, repeating: poison)
      }
    slabSquares = AlignedBuffer(count: slabs, repeating: Double(poison))
    scratch = (0..<workers).map { _ in
      WorkerScratch(
        gradients: (0..<2).map { _ in
          FloatBuffer(count: columns * widest, repeating: poison)
        },
        slab: FloatBuffer(
          count: SlabPlan.inputsPerSlab * layout.panelWidth, repeating: poison),
        masks: AlignedBuffer(count: maskWords, repeating: poison.isZero ? 0 : .max),
        columnSums: AlignedBuffer(count: layout.panelWidth, repeating: Double(poison)),
        columnFactors: FloatBuffer(count: layout.panelWidth, repeating: poison))
    }
  }

  /// Floats from one panel of a layer's deltas to the next.
  var deltaPanelStride: Int { batchSize * panelWidth }

  /// The deltas of a layer, in panels of which each has a row for every sample of the batch: the
  /// first row of the panel that starts with output `output`.
  @unsafe func deltas(layer: Int, output: Int) -> UnsafeMutablePointer<Float> {
    unsafe deltas[layer].address + output * batchSize
  }

  /// The worker's gradient with respect to the outputs of a layer.
  @unsafe func gradient(worker: Int, layer: Int) -> UnsafeMutablePointer<Float> {
    unsafe scratch[worker].gradients[layer % 2].address
  }

  /// The gradient of a shard with respect to all parameters.
  @unsafe func shardGradient(_ shard: Int) -> UnsafeMutablePointer<Float> {
    unsafe shardGradients[shard].address
  }

  /// The worker's gradient of a slab.
  @unsafe func slab(worker: Int) -> UnsafeMutablePointer<Float> {
    unsafe scratch[worker].slab.address
  }

  /// The gradient of all parameters at a place.
  /// - Precondition: there is a buffer for it.
  @unsafe func gradient(at place: Int) -> UnsafeMutablePointer<Float> {
    guard let wholeGradient else { preconditionFailure("no buffer for the whole gradient") }
    return unsafe wholeGradient.address + place
  }

  /// The worker's sums of squares, one for each output of a panel.
  @unsafe func columnSums(worker: Int) -> UnsafeMutablePointer<Double> {
    unsafe scratch[worker].columnSums.address
  }

  /// The worker's factors, one for each output of a panel.
  @unsafe func columnFactors(worker: Int) -> UnsafeMutablePointer<Float> {
    unsafe scratch[worker].columnFactors.address
  }

  /// The worker's masks over the samples, one for each input of a slab.
  @unsafe func masks(worker: Int) -> UnsafeMutablePointer<UInt64> {
    unsafe scratch[worker].masks.address
  }
}
