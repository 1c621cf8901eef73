import NeuralNetwork

/// What one iteration has to do, counted: floating-point operations and bytes.
public struct StepWork: Sendable, Equatable {
  /// Multiplications and additions of the products forward and backward, as if no pixel were zero.
  public let operations: Double
  /// Bytes that the phases read and write, each array once in every phase that touches it, wherever
  /// it lies: what would cross the caches if nothing stayed in them. Parameters count once for every
  /// shard going forward and backward, as every shard reads all of them.
  public let bytes: Double

  /// - Parameters:
  ///   - samples: Of the batch.
  ///   - shards: That it is cut into.
  public init(network: Network, samples: Int, shards: Int) {
    let m = Double(samples)
    var operations = 0.0
    var bytes = 0.0
    for (index, layer) in network.layers.enumerated() {
      let inputs = Double(layer.inputs)
      let outputs = Double(layer.units)
      let weights = inputs * outputs
      let parameters = weights + outputs
      // Forward and the gradient of the weights; of the inputs where a layer below needs it.
      let products = index == 0 ? 2.0 : 3.0
      operations += 2 * products * m * weights
      // Pixels are bytes: gathered (read and written), read forward and in the gradient. Floats are
      // written by the layer below, counted there.
      bytes += index == 0 ? 4 * m * inputs : 2 * 4 * m * inputs
      // Outputs written; deltas written, read in the gradient and, above the first layer, going back.
      bytes += 4 * m * outputs * (index == 0 ? 3 : 4)
      bytes += 4 * parameters * Double(shards) * (index == 0 ? 1 : 2)
      // The update reads and writes each parameter.
      bytes += 2 * 4 * parameters
    }
    self.operations = operations
    self.bytes = bytes
  }
}
