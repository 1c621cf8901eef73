import NeuralNetwork
import Training

/// How an iteration is cut into units of work: the trainer's own plans, with sizes to choose.
public struct StepPlan: Sendable {
  public let network: Network
  public let layout: PanelLayout
  public let batchSize: Int
  package let shards: EvenSplit
  package let slabs: SlabPlan

  public var shardCount: Int { shards.parts }
  public var slabCount: Int { slabs.slabs.count }

  /// - Parameters:
  ///   - shards: The trainer makes one for each thread.
  ///   - weightsPerSlab: Weights of a slab at most; nil for the trainer's choice.
  public init(
    network: Network, batchSize: Int, shards: Int, weightsPerSlab: Int? = nil, panelWidth: Int,
    lanes: Int
  ) {
    self.network = network
    self.batchSize = batchSize
    layout = PanelLayout(network: network, panelWidth: panelWidth, lanes: lanes)
    self.shards = EvenSplit(count: batchSize, parts: shards)
    slabs = SlabPlan(
      network: network, layout: layout,
      weightsPerSlab: weightsPerSlab ?? SlabPlan.weightsPerSlab(layout: layout, threads: shards))
  }
}
