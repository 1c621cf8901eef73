import FileSystem
import NeuralNetwork
import Training

/// The time of the step, computed: what each unit of work costs on a machine.
///
/// A unit's time is that of its arithmetic (operations × seconds, by how many rows share a weight),
/// and that of the bytes that do not lie in the core's own cache (bytes × seconds, by how much is in
/// use between two visits, how many cores are at it, and whether another core has had them since).
/// The two are added: the kernels fetch ahead, but what was measured shows next to no overlap.
public struct CostModel: Sendable {
  public let machine: MachineParameters

  public init(_ machine: MachineParameters) { self.machine = machine }

  /// Bytes that a core uses between two visits of a parameter: all of them, and its part of the
  /// batch's features, outputs and deltas.
  func footprint(_ plan: StepPlan, cores: Int) -> Double {
    var perSample = Double(plan.network.inputCount)
    for layer in plan.network.layers { perSample += 8 * Double(layer.units) }
    return 4 * Double(plan.layout.count) + perSample * Double(plan.batchSize) / Double(cores)
  }

  /// What a byte costs beyond what it would in the core's own cache.
  /// - Parameter fromOthers: The share of bytes that another core has had since.
  func beyondCache(
    _ memory: MachineParameters.Memory, footprint: Double, cores: Int, fromOthers: Double
  ) -> Double {
    let x = log2(max(footprint, 1))
    let own = memory.alone.value(at: log2(machine.ownCache / 4))
    let kept = max(0, memory.secondsPerByte(footprint: footprint, cores: cores) - own)
    guard cores > 1 else { return kept }
    return kept + fromOthers * memory.handedOver.value(at: x)
  }

  // MARK: Units

  /// Phase 1 of some samples.
  public struct ShardSeconds: Sendable, Equatable {
    public var gather = 0.0
    public var forward = 0.0
    public var loss = 0.0
    public var backward = 0.0
    public var total: Double { gather + forward + loss + backward }
  }

  /// Phase 1 of some samples: gather, forward, loss, backward, block by block.
  public func shardSeconds(rows: Int, of plan: StepPlan, cores: Int) -> ShardSeconds {
    let products = machine.products
    let footprint = footprint(plan, cores: cores)
    // Each parameter was last written by one of the cores, whichever; from then on the core has had it.
    let first = beyondCache(
      machine.reading, footprint: footprint, cores: cores, fromOthers: 1 - 1 / Double(cores))
    let again = beyondCache(machine.reading, footprint: footprint, cores: cores, fromOthers: 0)
    let slowdown = machine.slowdown.value(at: Double(cores))
    let m = Double(rows)
    var seconds = ShardSeconds(gather: machine.claim + m * machine.gatherPerSample)
    seconds.loss = m * machine.lossPerSample * slowdown
    let blocks = RowBlocks(rows: 0..<rows)
    let blockCount = Double(blocks.count)
    let ofBlock = m / blockCount
    for (index, layer) in plan.network.layers.enumerated() {
      let weights = Double(layer.inputs) * Double(plan.layout.layers[index].paddedOutputs)
      let forward = index == 0 ? products.forwardPixels : products.forward
      seconds.forward +=
        weights
        * (blockCount * forward.value(at: ofBlock) * slowdown
          + 4 * (first + (blockCount - 1) * again))
      seconds.backward += machine.deltaPerElement * m * Double(layer.units) * slowdown
      if index > 0 {
        seconds.backward +=
          weights * blockCount * (products.inputGradient.value(at: ofBlock) * slowdown + 4 * again)
      }
    }
    return seconds
  }

  /// Phase 2 of a slab: the gradient over the whole batch, and the update.
  package func slabSeconds(_ slab: Slab, of plan: StepPlan, cores: Int) -> Double {
    let isOfPixels = slab.layer == 0
    let m = Double(plan.batchSize)
    let product =
      isOfPixels ? machine.products.weightGradientPixels : machine.products.weightGradient
    let padded = Double(plan.layout.layers[slab.layer].paddedOutputs)
    let fromOthers = 1 - 1 / Double(cores)
    // All have read all parameters since they were last written.
    let update = beyondCache(
      machine.updating, footprint: footprint(plan, cores: cores), cores: cores,
      fromOthers: cores > 1 ? 1 : 0)
    // The deltas of the layer are read again for every slab.
    let deltas = beyondCache(
      machine.reading, footprint: 4 * m * padded, cores: cores, fromOthers: 0)
    let arriving = beyondCache(
      machine.reading, footprint: 4 * m * padded, cores: cores, fromOthers: fromOthers)
    let slowdown = machine.slowdown.value(at: Double(cores))
    var seconds = machine.claim
    for panel in slab.panels {
      let width = Double(plan.layout.outputs(ofPanel: panel, layer: slab.layer).count)
      let weights = Double(slab.inputs.count) * width
      seconds +=
        weights
        * ((product.value(at: m) + machine.updatePerParameter) * slowdown + 4 * update)
      seconds += 4 * m * width * deltas
      if slab.includesBiases { seconds += machine.biasPerElement * m * width * slowdown }
    }
    if isOfPixels {
      // The products were measured with the masks, for as many outputs as this.
      let slabWidth = slab.panels.reduce(0.0) {
        $0 + Double(plan.layout.outputs(ofPanel: $1, layer: slab.layer).count)
      }
      // Masks are transposed 64 samples at a time, however many there are.
      let transposed = 64 * (m / 64).rounded(.up)
      seconds +=
        machine.maskPerWord * transposed * (1 - slabWidth / MachineParameters.pixelOutputs)
        * slowdown
    }
    // What others have made of their samples: this slab's inputs, and once for each core all deltas.
    let inputs = Double(slab.inputs.count) * (isOfPixels ? 1 : 4)
    let ofLayer = Double(plan.slabs.slabs.count { $0.layer == slab.layer })
    let deltasOfSlab = 4 * padded * min(1, Double(cores) / ofLayer)
    return seconds + m * (inputs + deltasOfSlab) * max(0, arriving - deltas)
  }

  // MARK: One thread at a time

  /// What one thread does while the others wait: adding up losses, and shuffling now and then.
  public func serialSeconds(of plan: StepPlan) -> Double {
    Double(plan.batchSize) * (machine.lossSumPerSample + machine.shufflePerSample)
  }
}
