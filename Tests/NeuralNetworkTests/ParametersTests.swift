import NeuralNetwork
import Randomness
import TestSupport
import Testing

@Suite struct ParametersTests {
  private func network(_ sizes: Int...) throws -> Network {
    try Network(
      inputs: sizes[0], hidden: Array(sizes.dropFirst().dropLast()), outputs: sizes[sizes.count - 1]
    )
  }

  // MARK: Initialization

  /// The weights and biases of each layer, cut from the canonical order.
  private func layers(
    _ parameters: Parameters, of network: Network
  ) -> [(weights: [Float], biases: [Float])] {
    var rest = parameters.values[...]
    return network.layers.map { layer in
      let weights = Array(rest.prefix(layer.weightCount))
      rest = rest.dropFirst(layer.weightCount)
      let biases = Array(rest.prefix(layer.outputs))
      rest = rest.dropFirst(layer.outputs)
      return (weights, biases)
    }
  }

  /// Uniform in ±L, L = √(6 / inputs), has mean 0 with variance L²/3, and squares with mean L²/3
  /// and variance 4L⁴/45. Over n weights, both means stay within six of their standard deviations.
  @Test(arguments: [0, 1, 2, 77, .max] as [UInt64])
  func heInitialization(seed: UInt64) throws {
    let network = try network(784, 300, 100, 10)
    let parameters = Parameters(heInitializing: network, seed: seed)
    #expect(parameters.values.count == network.parameterCount)
    for (layer, (weights, biases)) in zip(network.layers, layers(parameters, of: network)) {
      let limit = (6 / Double(layer.inputs)).squareRoot()
      let count = Double(weights.count)
      let mean = weights.reduce(0) { $0 + Double($1) } / count
      let square = weights.reduce(0) { $0 + Double($1) * Double($1) } / count
      #expect(abs(mean) <= 6 * limit / (3 * count).squareRoot())
      #expect(
        abs(square - 2 / Double(layer.inputs)) <= 6 * limit * limit * (4 / 45 / count).squareRoot())
      // The limit itself is rounded to a float.
      let largest = weights.reduce(0) { max($0, abs(Double($1))) }
      #expect(largest <= limit * (1 + 0x1p-23))
      // Of n uniform numbers the largest is below 1 − 20/n with probability e⁻²⁰.
      #expect(largest >= limit * (1 - 20 / count))
      #expect(biases.allSatisfy { $0.bitPattern == 0 })
    }
  }

  @Test func seedsDiffer() throws {
    let network = try network(10, 10)
    let first = Parameters(heInitializing: network, seed: 1).values
    #expect(differences(first, Parameters(heInitializing: network, seed: 1).values) == 0)
    for seed in [0, 2, 1 + 1 << 32] as [UInt64] {
      #expect(differences(first, Parameters(heInitializing: network, seed: seed).values) > 0)
    }
  }

  /// Each layer draws from its own stream: what follows does not change it, nor the size of what
  /// came before except by its limit.
  @Test func layersDrawIndependently() throws {
    let networks = try [network(20, 7, 3), network(20, 7), network(20, 7, 100, 5)]
    let first = networks.map { layers(Parameters(heInitializing: $0, seed: 3), of: $0)[0].weights }
    #expect(differences(first[0], first[1]) == 0)
    #expect(differences(first[0], first[2]) == 0)
    let short = layers(
      Parameters(heInitializing: try network(4, 7, 3), seed: 3), of: try network(4, 7, 3))
    let long = layers(Parameters(heInitializing: networks[0], seed: 3), of: networks[0])
    #expect(differences(short[1].weights, long[1].weights) == 0)
    // Two layers of one shape are not copies of each other.
    let square = try network(9, 9, 9)
    let both = layers(Parameters(heInitializing: square, seed: 3), of: square)
    #expect(differences(both[0].weights, both[1].weights) > 0)
  }

  /// The contract on numbers: these never change. From a second implementation, of Philox too, in
  /// NumPy with `zlib.crc32` of the float32 array:
  ///
  ///     limit = sqrt(float32(6) / float32(inputs))
  ///     -limit + (limit - -limit) * (word >> 8).astype(float32) * float32(2 ** -24)
  ///
  /// where the words are those of Philox blocks with counters (block, layer, 0, 2) and the key
  /// (seed, 0).
  @Test func goldenInitialWeights() throws {
    #expect(
      Parameters(heInitializing: try network(784, 128, 10), seed: 1).crc32 == 0x0F9A_AFED)
    #expect(Parameters(heInitializing: try network(3, 4, 2), seed: 1).crc32 == 0x4E45_85EB)
  }

  // MARK: CRC-32

  /// Python: `zlib.crc32(numpy.array([0, -0.0, 1, -2.5, inf, 1e-45], "<f4").tobytes())`; the
  /// second one is `zlib.crc32(b"1234")`; the third `zlib.crc32(b"")`.
  @Test func checksumIsZlibs() {
    let denormal = Float.leastNonzeroMagnitude
    #expect(
      Parameters(values: [0, -0.0, 1, -2.5, .infinity, denormal]).crc32 == 0x9023_D20B)
    #expect(Parameters(values: [Float(bitPattern: 0x3433_3231)]).crc32 == 0x9BE3_E0A3)
    #expect(Parameters(values: []).crc32 == 0)
  }

  @Test func checksumTellsBitsApart() {
    #expect(Parameters(values: [0]).crc32 != Parameters(values: [-0.0]).crc32)
    #expect(Parameters(values: [0, 1]).crc32 != Parameters(values: [1, 0]).crc32)
  }

  // MARK: Equality

  @Test func modelsAreEqualWithTheirNetworksAndParameters() throws {
    let values = (0..<26).map { Float($0) }
    var changed = values
    changed[25] = changed[25].nextUp
    let model = Model(network: try network(3, 4, 2), parameters: Parameters(values: values))
    #expect(model == Model(network: try network(3, 4, 2), parameters: Parameters(values: values)))
    #expect(model != Model(network: try network(3, 4, 2), parameters: Parameters(values: changed)))
    // As many parameters, another network.
    #expect(model != Model(network: try network(3, 5, 1), parameters: Parameters(values: values)))
  }
}
