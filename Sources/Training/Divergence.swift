import NeuralNetwork

/// Where a run came to numbers that are not finite.
public struct Divergence: Sendable, Equatable, CustomStringConvertible {
  /// What in a layer is not finite.
  public enum Place: String, Sendable {
    /// Weights or biases.
    case parameters
    /// What it makes of a sample.
    case outputs
  }

  /// The iteration, counted from 1, whose loss is not finite. It has changed nothing.
  public let iteration: Int
  /// The epoch of that iteration, counted from 1.
  public let epoch: Int
  /// The first layer, counted from 0, whose parameters, or outputs on that batch, are not finite;
  /// nil where all are and only their loss is not.
  public let layer: Int?
  /// What of this layer; parameters come before outputs.
  public let place: Place?
  /// Whether an update before has already spoiled parameters, of this layer or another. The trainer
  /// then ends with those of the last epoch's end (at first, those that the call began with); else
  /// with those that this batch left as they were.
  public let hasSpoiledParameters: Bool

  /// "iteration 12 of epoch 1: the outputs of layer 2 are not finite", layers counted from 1.
  public var description: String {
    let start = "iteration \(iteration), in epoch \(epoch): "
    guard let layer, let place else { return start + "the loss is not finite" }
    return start + "the \(place.rawValue) of layer \(layer + 1) are not finite"
  }
}

extension Coordinator {
  /// Where the batch of a run that has just paused as diverged, or the parameters, went wrong.
  var divergence: Divergence {
    let (layer, place) = firstNonfinite
    return Divergence(
      iteration: iterations + 1, epoch: epoch, layer: layer, place: place,
      hasSpoiledParameters: parameters.hasNonfinite)
  }

  private var firstNonfinite: (layer: Int?, place: Divergence.Place?) {
    for (index, layer) in parameters.network.layers.enumerated() {
      if parameters.hasNonfinite(layer: index) { return (index, .parameters) }
      for row in 0..<batch.count {
        let outputs = unsafe memory.forward.outputs(layer: index, row: row)
        if unsafe hasNonfinite(outputs, count: layer.outputs) { return (index, .outputs) }
      }
    }
    return (nil, nil)
  }
}

extension PanelParameters {
  /// Whether a parameter is not finite.
  var hasNonfinite: Bool { unsafe Training.hasNonfinite(buffer.address, count: layout.count) }

  /// Whether a parameter of a layer is not finite.
  func hasNonfinite(layer: Int) -> Bool {
    let first = layout.layers[layer].weights
    let end = layer + 1 < layout.layers.count ? layout.layers[layer + 1].weights : layout.count
    return unsafe Training.hasNonfinite(buffer.address + first, count: end - first)
  }
}

/// Whether one of some numbers is infinite or none: their exponent is then the largest there is.
/// A maximum of integers, which the compiler makes vectors of.
@unsafe private func hasNonfinite(_ values: UnsafePointer<Float>, count: Int) -> Bool {
  var largest: UInt32 = 0
  for index in 0..<count {
    largest = max(largest, unsafe values[index].bitPattern & 0x7FFF_FFFF)
  }
  return largest >= Float.infinity.bitPattern
}
