import CPUFeatures
import Datasets
import Kernels
import NeuralNetwork

/// Room for the features of some samples and the outputs of every layer on them, row by row.
final class ForwardMemory {
  /// Samples at most.
  let rows: Int
  /// Bytes from one sample's pixels to the next one's.
  let pixelStride: Int
  /// Floats from one sample's features to the next one's.
  let featureStride: Int
  /// Whether features are floats: there is then no room for pixels and masks, otherwise none for
  /// floats.
  let holdsFloats: Bool
  /// Words from one sample's mask to the next one's.
  let maskStride: Int
  /// Floats from one sample's outputs to the next one's, for each layer.
  let outputStrides: [Int]
  private let pixels: AlignedBuffer<UInt8>
  private let features: FloatBuffer
  private let masks: AlignedBuffer<UInt64>
  private let outputs: [FloatBuffer]
  private let derivatives: [FloatBuffer?]

  /// - Parameters:
  ///   - holdsFloats: Whether features are floats.
  ///   - keepsDerivatives: Whether there is room for what the backward pass needs to know of
  ///     activations besides their outputs.
  ///   - poison: What the memory holds at first; the results must not depend on it.
  init(
    rows: Int, network: Network, layout: PanelLayout, holdsFloats: Bool = false,
    keepsDerivatives: Bool = false, poison: Float = 0
  ) {
    self.rows = rows
    self.holdsFloats = holdsFloats
    pixelStride = Self.stride(atLeast: network.inputCount, cacheLine: 64)
    featureStride = Self.stride(atLeast: network.inputCount, cacheLine: 16)
    maskStride = (network.inputCount + 63) / 64
    pixels = AlignedBuffer(
      count: holdsFloats ? 0 : rows * pixelStride, repeating: poison.isZero ? 0 : .max)
    masks = AlignedBuffer(
      count: holdsFloats ? 0 : rows * maskStride, repeating: poison.isZero ? 0 : .max)
    features = FloatBuffer(count: holdsFloats ? rows * featureStride : 0, repeating: poison)
    outputStrides = layout.layers.map { Self.stride(atLeast: $0.paddedOutputs, cacheLine: 16) }
    outputs = outputStrides.map { FloatBuffer(count: rows * $0, repeating: poison) }
    derivatives = zip(network.layers, outputStrides).map { layer, stride in
      keepsDerivatives && layer.keepsDerivatives
        ? FloatBuffer(count: rows * stride, repeating: poison) : nil
    }
  }

  /// An odd number of cache lines: with an even one, the same column of many rows would fall
  /// into a few sets of the L1 cache and drive each other out.
  private static func stride(atLeast count: Int, cacheLine: Int) -> Int {
    let lines = (count + cacheLine - 1) / cacheLine
    return (lines | 1) * cacheLine
  }

  /// The float features of `row`.
  @unsafe func features(row: Int) -> UnsafeMutablePointer<Float> {
    assert(row <= rows && holdsFloats)
    return unsafe features.address + row * featureStride
  }

  /// The pixels of `row`.
  @unsafe func pixels(row: Int) -> UnsafeMutablePointer<UInt8> {
    assert(row <= rows && !holdsFloats)
    return unsafe pixels.address + row * pixelStride
  }

  /// Which pixels of `row` are not zero.
  @unsafe func mask(row: Int) -> UnsafeMutablePointer<UInt64> {
    assert(row <= rows && !holdsFloats)
    return unsafe masks.address + row * maskStride
  }

  /// The outputs of layer `layer` for `row`: activations of a hidden layer, logits of the last.
  @unsafe func outputs(layer: Int, row: Int) -> UnsafeMutablePointer<Float> {
    assert(row <= rows)
    return unsafe outputs[layer].address + row * outputStrides[layer]
  }

  /// The derivatives dy/dz of layer `layer` for `row`, in the places of its outputs; of softmax, its
  /// outputs before dropout. None where the layer's outputs say it all.
  @unsafe func derivatives(layer: Int, row: Int) -> UnsafeMutablePointer<Float>? {
    assert(row <= rows)
    guard let derivatives = derivatives[layer] else { return nil }
    return unsafe derivatives.address + row * outputStrides[layer]
  }

  /// The inputs of layer `layer` for `row`, and their row stride: of the first layer, whose inputs
  /// are features, only where these are floats.
  @unsafe func inputs(
    ofLayer layer: Int, row: Int
  ) -> (address: UnsafeMutablePointer<Float>, stride: Int) {
    layer == 0
      ? unsafe (features(row: row), featureStride)
      : unsafe (outputs(layer: layer - 1, row: row), outputStrides[layer - 1])
  }
}

/// The forward half of the step, on any rows of a `ForwardMemory`.
struct ForwardPass {
  let kernels: KernelTable
  let parameters: PanelParameters
  /// The masks of the dataset, where skipping zeros pays.
  let masks: NonzeroMasks?
  /// The feature of each value of a pixel: `value · (1/255)`, times what dropout scales it by.
  let featureOfPixel: FloatBuffer

  /// - Parameter scale: What features are multiplied by: 1, unless inputs are dropped.
  init(
    kernels: KernelTable, parameters: PanelParameters, masks: NonzeroMasks? = nil,
    scale: Float = 1
  ) {
    self.kernels = kernels
    self.parameters = parameters
    self.masks = masks
    featureOfPixel = FloatBuffer(count: 256)
    for value in 0..<256 { unsafe featureOfPixel.address[value] = Float(value) * (1 / 255) * scale }
  }

  /// Copies the features of samples, and the masks of pixels where there are any.
  /// - Parameters:
  ///   - storageIndices: The samples' places in the dataset's storage.
  ///   - firstRow: The row of the first of them.
  func gather(
    _ storageIndices: ArraySlice<Int32>, of dataset: Dataset, into memory: ForwardMemory,
    firstRow: Int
  ) {
    // Samples lie anywhere in the dataset: without asking for the next ones early, the copy
    // would wait for main memory at each of them.
    let ahead = 4
    for index in storageIndices.prefix(ahead) { prefetch(index, of: dataset) }
    var row = firstRow
    for (position, index) in zip(storageIndices.indices, storageIndices) {
      if position + ahead < storageIndices.endIndex {
        prefetch(storageIndices[position + ahead], of: dataset)
      }
      if memory.holdsFloats {
        unsafe memory.features(row: row).update(
          from: dataset.featureAddress(ofSample: index), count: dataset.featureCount)
      } else {
        unsafe memory.pixels(row: row).update(
          from: dataset.pixelAddress(ofImage: index), count: dataset.featureCount)
      }
      if let masks {
        unsafe memory.mask(row: row).update(
          from: masks.mask(ofImage: index), count: memory.maskStride)
      }
      row += 1
    }
  }

  private func prefetch(_ index: Int32, of dataset: Dataset) {
    if dataset.hasFloatFeatures {
      unsafe cpu_features_prefetch(
        dataset.featureAddress(ofSample: index),
        dataset.featureCount * MemoryLayout<Float>.stride)
      return
    }
    unsafe cpu_features_prefetch(dataset.pixelAddress(ofImage: index), dataset.featureCount)
    if let masks {
      unsafe cpu_features_prefetch(masks.mask(ofImage: index), masks.wordsPerImage * 8)
    }
  }

  /// Finds out which pixels of `rows` are not zero.
  func makeMasks(of rows: Range<Int>, in memory: ForwardMemory) {
    for row in rows {
      unsafe kernels.nonzeroMask(
        parameters.network.inputCount, memory.pixels(row: row), memory.mask(row: row))
    }
  }

  /// Runs all layers on `rows` of the memory.
  /// - Parameters:
  ///   - skipsZeros: Whether to skip the pixels that the memory's masks say are zero.
  ///   - source: Given while training: derivatives are kept, and dropout applied.
  func run(
    _ rows: Range<Int>, in memory: ForwardMemory, skipsZeros: Bool,
    training source: DropoutSource? = nil
  ) {
    let layout = parameters.layout
    for (index, layer) in parameters.network.layers.enumerated() {
      let place = layout.layers[index]
      let weights = unsafe parameters.buffer.address + place.weights
      let biases = unsafe parameters.buffer.address + place.biases
      let z = unsafe memory.outputs(layer: index, row: rows.lowerBound)
      let rectifies = layer.activation == .relu && (source == nil || !layer.keepsDerivatives)
      if index == 0 && !memory.holdsFloats {
        unsafe kernels.forwardPixels(
          rows.count, layer.inputs, layer.units, memory.pixels(row: rows.lowerBound),
          memory.pixelStride, featureOfPixel.address,
          skipsZeros ? UnsafePointer(memory.mask(row: rows.lowerBound)) : nil,
          memory.maskStride, weights, biases, z, memory.outputStrides[index],
          rectifies)
      } else {
        let x = unsafe memory.inputs(ofLayer: index, row: rows.lowerBound)
        unsafe kernels.forward(
          rows.count, layer.inputs, layer.units, x.address, x.stride, weights, biases, z,
          memory.outputStrides[index], rectifies)
      }
      if layer.keepsDerivatives { activate(layer: index, rows, in: memory, training: source) }
    }
  }
}
