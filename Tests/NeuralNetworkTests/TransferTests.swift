import NeuralNetwork
import Testing

@Suite struct TransferTests {
  private func model(_ hidden: [Int], outputs: Int = 3, seed: UInt64) throws -> Model {
    let network = try Network(inputs: 5, hidden: hidden, outputs: outputs)
    return Model(network: network, parameters: Parameters(heInitializing: network, seed: seed))
  }

  @Test func layersAreTakenByTheirNames() throws {
    let old = try model([7, 4], seed: 1)
    let new = try model([7, 4], outputs: 2, seed: 2)
    let found = try new.taking([0, 1], from: old)
    let taken = 7 * 6 + 4 * 8
    #expect(found.network == new.network)
    #expect(found.parameters.values[..<taken] == old.parameters.values[..<taken])
    #expect(found.parameters.values[taken...] == new.parameters.values[taken...])
    // One layer in the middle, and the layers that both networks have.
    let one = try new.taking([1], from: old)
    #expect(one.parameters.values[..<42] == new.parameters.values[..<42])
    #expect(one.parameters.values[42..<taken] == old.parameters.values[42..<taken])
    #expect(try model([7, 4], seed: 5).taking(from: old) == old)
  }

  @Test func whatDoesNotFitIsNamed() throws {
    let old = try model([7, 4], seed: 1)
    #expect(throws: TransferError.shape(layer: 2, expected: [2, 4], found: [3, 4])) {
      try model([7, 4], outputs: 2, seed: 2).taking(from: old)
    }
    #expect(throws: TransferError.noSuchLayer(layer: 2, available: 3, needed: 2)) {
      try model([7], outputs: 4, seed: 2).taking([2], from: old)
    }
    #expect(throws: TransferError.noSuchLayer(layer: -1, available: 3, needed: 2)) {
      try model([7], outputs: 4, seed: 2).taking([-1], from: old)
    }
    #expect(
      TransferError.shape(layer: 0, expected: [1, 2], found: [3, 2]).description.contains(
        "layer 1 (layers.0.weight): expected the shape [1, 2]"))
  }
}
