import Checksums
import Randomness

/// The parameters of a network in the canonical order: layer by layer, the weights
/// [outputs][inputs] row by row, then the biases [outputs].
///
/// This is the order of files, of comparisons and of other tools; while training, parameters live
/// in ``PanelParameters``.
public struct Parameters: Sendable, Equatable {
  /// All parameters, `network.parameterCount` of them.
  public var values: [Float]

  public init(values: [Float]) { self.values = values }

  /// He initialization: weights uniform in ±√(6 / inputs), which have the variance 2 / inputs
  /// that keeps activations of ReLU layers at one scale; biases zero.
  ///
  /// Each layer draws its own random stream (seed, purpose, layer), in the canonical order.
  ///
  /// Source: K. He, X. Zhang, S. Ren, J. Sun, "Delving Deep into Rectifiers", ICCV 2015,
  /// DOI 10.1109/ICCV.2015.123.
  public init(heInitializing network: Network, seed: UInt64) {
    values = []
    values.reserveCapacity(network.parameterCount)
    for (index, layer) in network.layers.enumerated() {
      var random = RandomStream(
        seed: seed, purpose: .initialization, coordinate: UInt64(index))
      let limit = (6 / Float(layer.inputs)).squareRoot()
      for _ in 0..<layer.weightCount { values.append(random.uniform(-limit, limit)) }
      for _ in 0..<layer.outputs { values.append(0) }
    }
  }

  /// zlib's CRC-32 of all parameters as little-endian 32-bit floats in the canonical order: equal
  /// for equal bits, on every machine.
  public var crc32: UInt32 {
    #if !_endian(little)
      #error("parameters are hashed and stored as little-endian floats")
    #endif
    var checksum = CRC32()
    unsafe values.withUnsafeBytes { unsafe checksum.update($0) }
    return checksum.value
  }
}

/// A network with its parameters.
public struct Model: Sendable, Equatable {
  public let network: Network
  public let parameters: Parameters

  /// - Precondition: there are as many parameters as the network has.
  public init(network: Network, parameters: Parameters) {
    precondition(
      parameters.values.count == network.parameterCount,
      "a model's parameters must be those of its network")
    self.network = network
    self.parameters = parameters
  }
}
