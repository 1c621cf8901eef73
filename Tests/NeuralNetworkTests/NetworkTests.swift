import NeuralNetwork
import Testing

@Suite struct NetworkTests {
  @Test(arguments: [
    ([3, 5, 1], 26), ([3, 4, 2], 26), ([784, 10], 7_850), ([784, 128, 10], 101_770),
    ([784, 512, 512, 10], 669_706), ([Int](repeating: 100, count: 11), 101_000), ([1, 1], 2),
  ])
  func parameterCounts(sizes: [Int], expected: Int) throws {
    let network = try Network(
      inputs: sizes[0], hidden: Array(sizes.dropFirst().dropLast()), outputs: sizes.last ?? 0)
    #expect(network.parameterCount == expected)
    #expect(network.layerSizes == sizes)
    #expect(network.inputCount == sizes.first && network.outputCount == sizes.last)
    #expect(network.description == sizes.map(String.init).joined(separator: "-"))
  }

  @Test func weightsAndBiases() throws {
    let network = try Network(inputs: 3, hidden: [4], outputs: 2)
    #expect(network.layers.map(\.weightCount) == [12, 8])
    #expect(network.layers.map(\.parameterCount) == [16, 10])
  }

  /// Hidden layers rectify; the last one gives logits.
  @Test func activations() throws {
    let deep = try Network(inputs: 3, hidden: [4, 5], outputs: 2)
    #expect(deep.layers.map(\.activation) == [.relu, .relu, .identity])
    let flat = try Network(inputs: 3, hidden: [], outputs: 2)
    #expect(flat.layers.map(\.activation) == [.identity])
  }

  @Test(arguments: [0, 1, 2, 3], [0, -1, .min, 65_537, .max])
  func unitsOutOfRange(position: Int, units: Int) {
    var sizes = [3, 4, 5, 2]
    sizes[position] = units
    #expect(throws: NetworkError.unitsOutOfRange(position: position, found: units)) {
      try Network(inputs: sizes[0], hidden: [sizes[1], sizes[2]], outputs: sizes[3])
    }
  }

  @Test func limitsThemselvesAreAllowed() throws {
    let wide = try Network(inputs: 65_536, hidden: [65_536], outputs: 65_536)
    #expect(wide.parameterCount == 2 * (65_536 * 65_536 + 65_536))
    let deep = try Network(inputs: 1, hidden: [Int](repeating: 1, count: 63), outputs: 1)
    #expect(deep.layers.count == Network.maximumLayers && deep.parameterCount == 128)
    #expect(throws: NetworkError.tooManyLayers(found: 65)) {
      try Network(inputs: 1, hidden: [Int](repeating: 1, count: 64), outputs: 1)
    }
  }

  @Test func errorsAreSentences() {
    #expect(
      NetworkError.unitsOutOfRange(position: 2, found: 0).description
        == "layer 2 of the network (0: inputs) has 0 units (expected 1 to 65536)")
    #expect(
      NetworkError.tooManyLayers(found: 65).description
        == "the network has 65 layers (expected at most 64)")
  }

  @Test func summary() throws {
    let network = try Network(inputs: 784, hidden: [128], outputs: 10)
    #expect(
      network.summary == """
        layer    activation  output shape  parameters
        input                [784]                  0
        dense 1  relu        [128]            100,480
        dense 2  identity    [10]               1,290
        total                                 101,770
        """)
  }

  @Test func summaryGroupsThousands() throws {
    let totals = try [(1, 1), (1, 499), (1, 500), (999, 1), (1000, 1000), (65_536, 65_536)].map {
      try Network(inputs: $0.0, hidden: [], outputs: $0.1).summary.split(separator: " ").last
    }
    #expect(totals == ["2", "998", "1,000", "1,000", "1,001,000", "4,295,032,832"])
  }
}
