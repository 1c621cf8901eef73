import Checksums

/// The parameters of a network in the canonical order: layer by layer, the weights
/// [units][inputs] row by row, then the biases [units].
///
/// This is the order of files, of comparisons and of other tools; while training, parameters live
/// in the kernels' own order (`PanelParameters`).
public struct Parameters: Sendable, Equatable {
  /// All parameters, `network.parameterCount` of them.
  public var values: [Float]

  /// Parameters of the given values, in the canonical order.
  public init(values: [Float]) { self.values = values }

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
  /// The layers.
  public let network: Network
  /// As many as the network has.
  public let parameters: Parameters
  /// The size of the images that the network takes; nil where its features are no pixels, or
  /// nobody has said. Whoever has an image of another size then knows what to make of it.
  public let imageSize: ImageSize?

  /// A network with parameters.
  /// - Parameters:
  ///   - network: The layers.
  ///   - parameters: As many as the network has.
  ///   - imageSize: The size of the images that it takes, of as many pixels as it has inputs.
  /// - Precondition: the numbers fit.
  public init(network: Network, parameters: Parameters, imageSize: ImageSize? = nil) {
    precondition(
      parameters.values.count == network.parameterCount,
      "a model's parameters must be those of its network")
    precondition(
      imageSize.map { $0.pixelCount == network.inputCount } ?? true,
      "an image that a network takes has as many pixels as the network has inputs")
    self.network = network
    self.parameters = parameters
    self.imageSize = imageSize
  }
}
