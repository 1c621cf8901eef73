import Kernels
import NeuralNetwork
import Testing

@testable import Training

@Suite struct PlanTests {
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

  @Test(arguments: [[], [1], [5, 7], [300], [64, 33, 17]], [(8, 4), (16, 6), (32, 8)])
  func slabsCoverEveryParameterOnce(hidden: [Int], tile: (panelWidth: Int, rows: Int)) throws {
    let network = try Network(inputs: 784, hidden: hidden, outputs: 10)
    let layout = PanelLayout(network: network, panelWidth: tile.panelWidth)
    let plan = SlabPlan(network: network, layout: layout, tileRows: tile.rows)
    var seen = [Int](repeating: 0, count: layout.count)
    for slab in plan.slabs {
      let place = layout.layers[slab.layer]
      let inputs = network.layers[slab.layer].inputs
      #expect(slab.inputs.count * tile.panelWidth + tile.panelWidth <= plan.largestGradient)
      for input in slab.inputs {
        for column in 0..<tile.panelWidth {
          seen[place.weights + (slab.panel * inputs + input) * tile.panelWidth + column] += 1
        }
      }
      if slab.includesBiases {
        for column in 0..<tile.panelWidth {
          seen[place.biases + slab.panel * tile.panelWidth + column] += 1
        }
      }
    }
    var expected = [Int](repeating: 0, count: layout.count)
    for (index, layer) in network.layers.enumerated() {
      let place = layout.layers[index]
      let weights = place.panels * layer.inputs * tile.panelWidth
      for offset in 0..<weights { expected[place.weights + offset] = 1 }
      for offset in 0..<place.panels * tile.panelWidth { expected[place.biases + offset] = 1 }
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

  @Test func theLinearScheduleFallsToZero() {
    let schedule = LearningRateSchedule.linear
    #expect(schedule.rate(0.5, iteration: 0, of: 10) == 0.5)
    #expect(schedule.rate(0.5, iteration: 5, of: 10) == 0.25)
    #expect(schedule.rate(0.5, iteration: 10, of: 10) == 0)
    #expect(LearningRateSchedule.constant.rate(0.5, iteration: 9, of: 10) == 0.5)
  }
}
