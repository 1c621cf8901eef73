import Datasets
import Kernels
import NeuralNetwork

/// Room for the features of some samples and the outputs of every layer on them, row by row.
final class ForwardMemory {
  /// Samples at most.
  let rows: Int
  /// Floats from one sample's features to the next one's.
  let featureStride: Int
  /// Floats from one sample's outputs to the next one's, for each layer.
  let outputStrides: [Int]
  private let features: FloatBuffer
  private let outputs: [FloatBuffer]

  /// - Parameter poison: What the memory holds at first; the results must not depend on it.
  init(rows: Int, network: Network, layout: PanelLayout, poison: Float = 0) {
    self.rows = rows
    featureStride = Self.stride(atLeast: network.inputCount)
    features = FloatBuffer(count: rows * featureStride, repeating: poison)
    outputStrides = layout.layers.map { Self.stride(atLeast: $0.panels * layout.panelWidth) }
    outputs = outputStrides.map { FloatBuffer(count: rows * $0, repeating: poison) }
  }

  /// An odd number of cache lines: with an even one, the same column of many rows would fall
  /// into a few sets of the L1 cache and drive each other out.
  private static func stride(atLeast count: Int) -> Int {
    let lines = (count + 15) / 16
    return (lines | 1) * 16
  }

  /// The features of `row`.
  @unsafe func features(row: Int) -> UnsafeMutablePointer<Float> {
    assert(row <= rows)
    return unsafe features.address + row * featureStride
  }

  /// The outputs of layer `layer` for `row`: activations of a hidden layer, logits of the last.
  @unsafe func outputs(layer: Int, row: Int) -> UnsafeMutablePointer<Float> {
    assert(row <= rows)
    return unsafe outputs[layer].address + row * outputStrides[layer]
  }

  /// What layer `layer` takes in for `row`, and the stride to the next row.
  @unsafe func inputs(layer: Int, row: Int) -> (address: UnsafeMutablePointer<Float>, stride: Int) {
    layer == 0
      ? unsafe (features(row: row), featureStride)
      : unsafe (outputs(layer: layer - 1, row: row), outputStrides[layer - 1])
  }
}

/// The forward half of the step, on any rows of a `ForwardMemory`.
struct ForwardPass {
  let kernels: KernelTable
  let parameters: PanelParameters

  /// Scales the pixels of samples to features.
  /// - Parameters:
  ///   - storageIndices: The samples' places in the dataset's storage, one for each of `rows`.
  func gather(
    _ storageIndices: ArraySlice<Int32>, of dataset: Dataset, into memory: ForwardMemory,
    firstRow: Int
  ) {
    let featureCount = dataset.featureCount
    let pixels = unsafe dataset.pixels.bytes
    var row = firstRow
    for index in storageIndices {
      let image = Int(index) * featureCount
      unsafe kernels.scalePixels(
        featureCount,
        pixels.baseAddress.unsafelyUnwrapped.assumingMemoryBound(to: UInt8.self) + image,
        memory.features(row: row))
      row += 1
    }
  }

  /// Runs all layers on `rows` of the memory.
  func run(_ rows: Range<Int>, in memory: ForwardMemory) {
    let layout = parameters.layout
    for (index, layer) in parameters.network.layers.enumerated() {
      let x = unsafe memory.inputs(layer: index, row: rows.lowerBound)
      let place = layout.layers[index]
      unsafe kernels.forward(
        rows.count, layer.inputs, place.panels, x.address, x.stride,
        parameters.buffer.address + place.weights, parameters.buffer.address + place.biases,
        memory.outputs(layer: index, row: rows.lowerBound), memory.outputStrides[index],
        layer.activation == .relu)
    }
  }
}
