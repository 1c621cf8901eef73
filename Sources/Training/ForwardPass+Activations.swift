import Kernels
import NeuralNetwork
import Randomness

// What happens to a layer's linear outputs after its product, other than ReLU, which the product
// itself applies: the activation and, while training, its derivatives and dropout.

/// Whose random bits the dropout of some rows draws.
struct DropoutSource {
  let seed: UInt64
  /// Counted from 1.
  let epoch: Int
  /// The places of the rows' samples in the dataset's storage, from the first row on.
  let samples: ArraySlice<Int32>

  /// What is dropped of a layer: 0 for the inputs of the network.
  func draw(_ dropout: Dropout, layer: Int) -> DropoutDraw {
    DropoutDraw(
      seed: seed, epoch: UInt32(truncatingIfNeeded: epoch), layer: UInt32(layer),
      purpose: RandomPurpose.dropout.rawValue, threshold: dropout.threshold,
      scale: dropout.scale)
  }
}

extension DenseLayer {
  /// Whether the backward pass multiplies by derivatives that the forward pass kept; otherwise the
  /// activation is the identity, or a ReLU whose outputs tell where it is off.
  var keepsDerivatives: Bool {
    (activation != .identity && activation != .relu) || dropout > 0
  }
}

extension ForwardPass {
  /// Drops features of `rows`. Where these are pixels, finds anew which are not zero, if that is
  /// kept; the others are scaled by ``featureOfPixel``.
  func dropFeatures(_ rows: Range<Int>, in memory: ForwardMemory, source: DropoutSource) {
    let network = parameters.network
    guard let dropout = Dropout(network.inputDropout) else { return }
    if memory.holdsFloats {
      unsafe source.samples.withUnsafeBufferPointer { samples in
        unsafe kernels.activations.dropout(
          rows.count, network.inputCount, 1, samples.baseAddress.unsafelyUnwrapped,
          source.draw(dropout, layer: 0), memory.features(row: rows.lowerBound), nil,
          memory.featureStride)
      }
      return
    }
    unsafe source.samples.withUnsafeBufferPointer { samples in
      unsafe kernels.activations.dropPixels(
        rows.count, network.inputCount, samples.baseAddress.unsafelyUnwrapped,
        source.draw(dropout, layer: 0), memory.pixels(row: rows.lowerBound), memory.pixelStride)
    }
    if masks != nil { makeMasks(of: rows, in: memory) }
  }

  /// Applies a layer's activation to its linear outputs on `rows`, in place.
  /// - Parameter source: Given while training: derivatives are kept, and dropout applied.
  func activate(
    layer index: Int, _ rows: Range<Int>, in memory: ForwardMemory, training source: DropoutSource?
  ) {
    let layer = parameters.network.layers[index]
    let y = unsafe memory.outputs(layer: index, row: rows.lowerBound)
    let derivatives =
      source == nil ? nil : unsafe memory.derivatives(layer: index, row: rows.lowerBound)
    let stride = memory.outputStrides[index]
    let kernels = self.kernels.activations
    switch layer.activation {
    case .maxout(let pieces):
      unsafe kernels.maxout(rows.count, layer.outputs, pieces, y, derivatives, stride)
    case .softmax:
      unsafe kernels.softmax(rows.count, layer.outputs, y, derivatives, stride)
    default:
      if let (function, parameter) = layer.activation.elementwise(
        keepsDerivatives: unsafe derivatives != nil)
      {
        unsafe kernels.apply(
          function, parameter, rows.count, layer.outputs, y, derivatives, stride)
      }
    }
    if let source, let dropout = Dropout(layer.dropout) {
      // Of softmax, not the derivatives but the probabilities are kept, as they are.
      let isSoftmax = layer.activation == .softmax
      unsafe source.samples.withUnsafeBufferPointer { samples in
        unsafe kernels.dropout(
          rows.count, layer.outputs, layer.activation.pieces,
          samples.baseAddress.unsafelyUnwrapped, source.draw(dropout, layer: index + 1), y,
          isSoftmax ? nil : derivatives, stride)
      }
    }
  }
}

extension Activation {
  /// The activation as a function of single elements, and its parameter; nil where there is
  /// nothing left to do after the product.
  /// - Parameter keepsDerivatives: Whether derivatives are kept; the product then did not apply
  ///   ReLU.
  fileprivate func elementwise(keepsDerivatives: Bool) -> (ElementwiseActivation, Float)? {
    switch self {
    case .identity: keepsDerivatives ? (.identity, 0) : nil
    case .relu: keepsDerivatives ? (.relu, 0) : nil
    case .step: (.step, 0)
    case .sigmoid: (.sigmoid, 0)
    case .tanh: (.tanh, 0)
    case .leakyReLU(let slope): (.leakyReLU, slope)
    case .elu(let alpha): (.elu, alpha)
    case .gelu: (.gelu, 0)
    case .silu: (.silu, 0)
    case .maxout, .softmax: nil
    }
  }
}
