import Kernels
import NeuralNetwork
import TestSupport
import Testing

@Suite struct PanelParametersTests {
  static let shapes: [[Int]] = [
    [1, 1], [3, 4, 2], [3, 5, 1], [1, 7, 1, 9, 1], [5, 8, 16, 32], [9, 31, 33, 65, 10],
    [784, 128, 10], [2, 100], [2, 3, 4],
  ]

  /// A model whose parameters are 1, 2, 3 and so on: all different and none zero.
  private func model(_ sizes: [Int]) throws -> Model {
    let network = try Network(
      inputs: sizes[0], hidden: Array(sizes.dropFirst().dropLast()), outputs: sizes.last ?? 0)
    return Model(
      network: network,
      parameters: Parameters(values: (0..<network.parameterCount).map { Float($0 + 1) }))
  }

  private func contents(_ parameters: PanelParameters) -> [Float] {
    withExtendedLifetime(parameters) {
      Array(UnsafeBufferPointer(start: parameters.buffer.address, count: parameters.buffer.count))
    }
  }

  @Test(arguments: shapes, [8, 16, 32])
  func roundTrip(sizes: [Int], width: Int) throws {
    let model = try model(sizes)
    let panels = PanelParameters(model, panelWidth: width)
    #expect(differences(panels.export().values.bits, model.parameters.values.bits) == 0)
    #expect(panels.network == model.network)
  }

  /// Where each parameter lies, by the definition of panels; and zero everywhere else.
  @Test(arguments: shapes, [8, 16, 32])
  func everyPlace(sizes: [Int], width: Int) throws {
    let model = try model(sizes)
    let parameters = PanelParameters(model, panelWidth: width)
    let layout = parameters.layout
    #expect(layout.panelWidth == width && layout.layers.count == sizes.count - 1)
    #expect(parameters.buffer.count == layout.count)
    var expected = [Float](repeating: 0, count: layout.count)
    var value: Float = 1
    var end = 0
    for (place, layer) in zip(layout.layers, model.network.layers) {
      // No two layers overlap, and each starts at a cache line.
      #expect(place.weights >= end && place.weights % 16 == 0)
      #expect(place.panels * width >= layer.outputs && (place.panels - 1) * width < layer.outputs)
      #expect(place.biases == place.weights + place.panels * layer.inputs * width)
      end = place.biases + place.panels * width
      for n in 0..<layer.outputs {
        for k in 0..<layer.inputs {
          let row = n / width * layer.inputs + k
          expected[place.weights + row * width + n % width] = value
          value += 1
        }
      }
      for n in 0..<layer.outputs {
        expected[place.biases + n] = value
        value += 1
      }
    }
    #expect(end <= layout.count)
    #expect(differences(contents(parameters).bits, expected.bits) == 0)
  }

  /// Bits pass through, also those that are equal to nothing or to others.
  @Test func bitsSurvive() throws {
    let network = try Network(inputs: 2, hidden: [], outputs: 2)
    let values: [Float] = [
      -0.0, .leastNonzeroMagnitude, .infinity, -.infinity, Float(bitPattern: 0x7FC1_2345), 1,
    ]
    let model = Model(network: network, parameters: Parameters(values: values))
    let found = PanelParameters(model, panelWidth: 8).export().values
    #expect(found.bits == values.bits)
  }

  @Test func theBufferIsAligned() throws {
    let parameters = PanelParameters(try model([3, 4, 2]), panelWidth: 16)
    withExtendedLifetime(parameters) {
      #expect(UInt(bitPattern: parameters.buffer.address) % 64 == 0)
    }
  }
}
