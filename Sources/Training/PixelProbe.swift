import Datasets
import Kernels
import NeuralNetwork

/// The first layer's products on the pixels of a dataset, as the step computes them.
///
/// Each call goes on to other samples: a processor that sees the same images again and again learns
/// where their zeros are, and is faster than it is on a batch that it has never seen.
package final class PixelProbe {
  private let kernels: KernelTable
  private let dataset: Dataset
  private let forward: ForwardPass
  private let memory: ForwardMemory
  private let order: [Int32]
  private let network: Network
  private let deltas: FloatBuffer
  private let gradient: FloatBuffer
  private let masks: AlignedBuffer<UInt64>
  private var first = 0

  /// - Parameters:
  ///   - outputs: Of the layer.
  ///   - rows: Samples at most.
  package init(
    _ dataset: Dataset, outputs: Int, rows: Int, kernels variant: KernelVariant
  ) throws {
    kernels = variant.kernels
    self.dataset = dataset
    network = try Network(inputs: dataset.featureCount, hidden: [], outputs: outputs)
    let parameters = PanelParameters(
      Model(network: network, parameters: Parameters(heInitializing: network, seed: 1)),
      kernels: kernels)
    forward = ForwardPass(
      kernels: kernels, parameters: parameters,
      masks: NonzeroMasks(dataset: dataset, kernels: kernels, threads: 1))
    memory = ForwardMemory(rows: rows, network: network, layout: parameters.layout)
    order = EpochOrder(dataset: dataset, seed: 1, epoch: 1).storageIndices
    deltas = FloatBuffer(count: kernels.padded(outputs) * rows, repeating: 0.5)
    gradient = FloatBuffer(count: SlabPlan.inputsPerSlab * kernels.panelWidth)
    masks = AlignedBuffer(count: 64 * ((rows + 63) / 64), repeating: 0)
  }

  /// Whether the zeros of the dataset are skipped.
  package var skipsZeros: Bool { forward.masks != nil }

  /// Copying samples from anywhere in the dataset, for each sample: where other data have been in the
  /// caches since the last ones, as in the step.
  package func gather() -> Double {
    let rows = min(memory.rows, order.count, 128)
    // Making the masks has left much of the dataset in the caches; in the step, an epoch has passed.
    let large = FloatBuffer(count: 1 << 25, repeating: 1)
    var total = unsafe StepProbe.read(large.address, bytes: 4 * large.count)
    let others = FloatBuffer(count: 1 << 18, repeating: 1)
    func evict() {
      if first + rows > order.count { first = 0 }
      total |= unsafe StepProbe.read(others.address, bytes: 4 * others.count)
    }
    let seconds = StepProbe.time(after: evict) {
      forward.gather(order[first..<first + rows], of: dataset, into: memory, firstRow: 0)
      first += rows
    }
    precondition(total != 0, "ones have bits")
    return seconds / Double(rows)
  }

  /// Fills all rows, for the products.
  package func fill() {
    forward.gather(order[0..<memory.rows], of: dataset, into: memory, firstRow: 0)
    first = 0
  }

  /// The next samples.
  private func next(_ rows: Int) -> Range<Int> {
    if first + rows > memory.rows { first = 0 }
    defer { first += rows }
    return first..<first + rows
  }

  /// The forward product, for each weight.
  package func forwardProduct(rows: Int) -> Double {
    StepProbe.time {
      forward.run(next(rows), in: memory, skipsZeros: skipsZeros)
    } / Double(network.layers[0].weightCount)
  }

  /// The masks for the gradient of the weights, for each sample and word.
  package func transposedMasks() -> Double {
    guard skipsZeros else { return 0 }
    let rows = min(memory.rows, 128)
    let words = (network.inputCount + 63) / 64
    return StepProbe.time {
      let samples = next(rows)
      for word in 0..<words { makeMasks(samples, word: word) }
    } / Double(rows * words)
  }

  private func makeMasks(_ samples: Range<Int>, word: Int) {
    unsafe kernels.transposeMasks(
      samples.count, memory.mask(row: samples.lowerBound) + word, memory.maskStride,
      masks.address, (samples.count + 63) / 64)
  }

  /// The gradient of the weights, slab by slab with the masks for it, for each weight.
  package func weightGradient(rows: Int) -> Double {
    let inputs = network.inputCount
    let end = kernels.padded(network.outputCount)
    return StepProbe.time {
      let samples = next(rows)
      for input in stride(from: 0, to: inputs, by: SlabPlan.inputsPerSlab) {
        if skipsZeros { makeMasks(samples, word: input / 64) }
        for output in stride(from: 0, to: end, by: kernels.panelWidth) {
          let width = min(kernels.panelWidth, end - output)
          unsafe kernels.weightGradientOfPixels(
            rows, min(SlabPlan.inputsPerSlab, inputs - input), width,
            memory.pixels(row: samples.lowerBound) + input, memory.pixelStride,
            forward.featureOfPixel.address, skipsZeros ? UnsafePointer(masks.address) : nil,
            (rows + 63) / 64, deltas.address + output * memory.rows, gradient.address,
            gradient.address)
        }
      }
    } / Double(network.layers[0].weightCount)
  }
}
