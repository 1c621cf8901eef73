import Kernels
import TestSupport
import Testing

@testable import NeuralNetwork

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

  @Test(arguments: shapes, [4, 8, 16])
  func roundTrip(sizes: [Int], lanes: Int) throws {
    let model = try model(sizes)
    let panels = PanelParameters(model, panelWidth: 4 * lanes, lanes: lanes)
    #expect(differences(panels.export().values.bits, model.parameters.values.bits) == 0)
    #expect(panels.network == model.network)
  }

  /// Where each parameter lies, by the definition of panels; and zero everywhere else.
  @Test(arguments: shapes, [4, 8, 16])
  func everyPlace(sizes: [Int], lanes: Int) throws {
    let model = try model(sizes)
    let parameters = PanelParameters(model, panelWidth: 4 * lanes, lanes: lanes)
    let layout = parameters.layout
    #expect(layout.panelWidth == 4 * lanes && layout.layers.count == sizes.count - 1)
    #expect(parameters.buffer.count == layout.count)
    var expected = [Float](repeating: 0, count: layout.count)
    var value: Float = 1
    var end = 0
    for (place, layer) in zip(layout.layers, model.network.layers) {
      // No two layers overlap, and each starts at a cache line.
      #expect(place.weights >= end && place.weights % 16 == 0)
      let padded = place.paddedOutputs
      #expect(padded % lanes == 0 && padded >= layer.outputs && padded < layer.outputs + lanes)
      #expect(place.biases == place.weights + padded * layer.inputs)
      end = place.biases + padded
      for n in 0..<layer.outputs {
        let first = n / (4 * lanes) * 4 * lanes
        let width = min(4 * lanes, padded - first)
        for k in 0..<layer.inputs {
          expected[place.weights + first * layer.inputs + k * width + n - first] = value
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
    let found = PanelParameters(model, panelWidth: 8, lanes: 4).export().values
    #expect(found.bits == values.bits)
  }

  @Test func theBufferIsAligned() throws {
    let parameters = PanelParameters(try model([3, 4, 2]), panelWidth: 16, lanes: 4)
    withExtendedLifetime(parameters) {
      #expect(UInt(bitPattern: parameters.buffer.address) % 64 == 0)
    }
  }
}
