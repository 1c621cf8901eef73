import Kernels
import NeuralNetwork
import Testing

@testable import Training

@Suite struct PlanTests {
  @Test(arguments: [0, 1, 127, 128, 129, 300, 1_024, 8_193], [0, 70])
  func blocksCoverAShardInOrder(count: Int, first: Int) {
    let rows = first..<first + count
    let blocks = RowBlocks(rows: rows)
    let all = (0..<blocks.count).map { blocks[$0] }
    #expect(all.flatMap { Array($0) } == Array(rows))
    #expect(all.allSatisfy { $0.count <= RowBlocks.rowsPerBlock })
    #expect(all.count == max(1, (count + 127) / 128))
  }

  /// What memory is made for: the last batch of an epoch has smaller shards than the others.
  @Test func noBlockIsLargerThanTheMemoryForIt() {
    for rows in 1...600 {
      let largest = RowBlocks.largest(ofShardsUpTo: rows)
      #expect(largest <= rows)
      for fewer in 1...rows {
        let blocks = RowBlocks(rows: 0..<fewer)
        #expect((0..<blocks.count).allSatisfy { blocks[$0].count <= largest })
      }
    }
  }

  @Test func splitsCoverEverythingAndDifferByOneAtMost() {
    for count in 1...40 {
      for parts in 1...50 {
        let split = EvenSplit(count: count, parts: parts)
        let ranges = (0..<split.parts).map { split[$0] }
        #expect(ranges.flatMap { $0 } == Array(0..<count))
        let sizes = ranges.map(\.count)
        #expect(sizes.min() ?? 0 >= 1)
        #expect((sizes.max() ?? 0) - (sizes.min() ?? 0) <= 1)
        // The first part is the largest: memory is sized for it.
        #expect(sizes.first == sizes.max())
      }
    }
    #expect((0..<8).map { EvenSplit(count: 15, parts: 8)[$0].count } == [2, 2, 2, 2, 2, 2, 2, 1])
  }

  @Test(arguments: [[], [1], [5, 7], [300], [64, 33, 17]], KernelVariant.all.map(\.name))
  func slabsCoverEveryParameterOnce(hidden: [Int], kernels: String) throws {
    let network = try Network(inputs: 784, hidden: hidden, outputs: 10)
    let variant = try KernelVariant.select(named: kernels).kernels
    let layout = PanelLayout(
      network: network, panelWidth: variant.panelWidth, lanes: variant.lanes)
    let plan = SlabPlan(network: network, layout: layout)
    var seen = [Int](repeating: 0, count: layout.count)
    for slab in plan.slabs {
      let place = layout.layers[slab.layer]
      #expect(slab.inputs.count <= SlabPlan.inputsPerSlab)
      #expect(slab.inputs.lowerBound % 64 == 0)
      for output in slab.panels.flatMap({ layout.outputs(ofPanel: $0, layer: slab.layer) }) {
        for input in slab.inputs {
          let inputs = network.layers[slab.layer].inputs
          seen[
            layout.weightPlace(layer: slab.layer, inputs: inputs, output: output, input: input)
          ] += 1
        }
        if slab.includesBiases { seen[place.biases + output] += 1 }
      }
    }
    var expected = [Int](repeating: 0, count: layout.count)
    for (layer, place) in zip(network.layers, layout.layers) {
      let count = place.paddedOutputs * (layer.inputs + 1)
      for offset in 0..<count { expected[place.weights + offset] = 1 }
    }
    #expect(seen == expected)
  }

  @Test func epochOrdersArePermutationsThatDependOnSeedAndEpoch() throws {
    let dataset = try randomDataset(count: 101, features: 3, classes: 2).subset(at: 7..<90)
    let order = EpochOrder(dataset: dataset, seed: 1, epoch: 1).storageIndices
    #expect(order.sorted() == dataset.storageIndices)
    #expect(order == EpochOrder(dataset: dataset, seed: 1, epoch: 1).storageIndices)
    #expect(order != EpochOrder(dataset: dataset, seed: 1, epoch: 2).storageIndices)
    #expect(order != EpochOrder(dataset: dataset, seed: 2, epoch: 1).storageIndices)
  }
}
