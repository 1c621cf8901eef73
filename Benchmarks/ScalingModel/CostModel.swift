import FileSystem
import NeuralNetwork
import Training

/// The time of the step, computed: what each unit of work costs on a machine.
///
/// A unit's time is made of its arithmetic (operations × seconds, by how many rows share a weight)
/// and of the bytes that do not lie in the core's own cache (bytes × seconds, by how much is in use
/// between two visits and how many cores are at it). Arithmetic and memory overlap in part, because
/// processors and kernels fetch ahead: with times a and m a unit takes (aᵖ + mᵖ)^(1/p), p =
/// ``overlap``, which is their sum for p = 1 and the longer one for p = ∞.
public struct CostModel: Sendable {
  public let machine: MachineParameters
  /// Of arithmetic with memory.
  public static let overlap = 2.0

  public init(_ machine: MachineParameters) { self.machine = machine }

  /// The seconds of work on `cores` cores that are all at it.
  func together(_ arithmetic: Double, _ memory: Double) -> Double {
    guard memory > 0 else { return arithmetic }
    return pow(pow(arithmetic, Self.overlap) + pow(memory, Self.overlap), 1 / Self.overlap)
  }

  /// Bytes that a core uses between two visits of a parameter: all of them, and its part of the
  /// batch's features, outputs and deltas.
  func footprint(_ plan: StepPlan, cores: Int) -> Double {
    var perSample = Double(plan.network.inputCount)
    for layer in plan.network.layers { perSample += 8 * Double(layer.units) }
    return 4 * Double(plan.layout.count) + perSample * Double(plan.batchSize) / Double(cores)
  }

  /// Seconds to read bytes which this core, or any other, has visited an iteration ago, beyond
  /// those that the core's own cache would take.
  func readingBeyondCache(_ bytes: Double, footprint: Double, cores: Int) -> Double {
    beyondCache(machine.reading, bytes, footprint: footprint, cores: cores)
  }

  private func beyondCache(
    _ memory: MachineParameters.Memory, _ bytes: Double, footprint: Double, cores: Int
  ) -> Double {
    let own = memory.alone.value(at: log2(machine.ownCache / 2))
    func extra(_ footprint: Double) -> Double {
      max(0, memory.secondsPerByte(footprint: footprint, cores: cores) - own)
    }
    // What another core has written lies in its cache or in the one that all share.
    let fromOthers = 1 - 1 / Double(cores)
    return bytes
      * ((1 - fromOthers) * extra(footprint)
        + fromOthers * extra(max(footprint, 4 * machine.ownCache)))
  }

  // MARK: Units

  /// Phase 1 of some samples: gather, forward, loss, backward.
  public func shardSeconds(rows: Int, of plan: StepPlan, cores: Int) -> Double {
    let products = machine.products
    let used = footprint(plan, cores: cores)
    let m = Double(rows)
    var seconds = machine.claim + m * (machine.gatherPerSample + machine.lossPerSample)
    for (index, layer) in plan.network.layers.enumerated() {
      let padded = Double(plan.layout.layers[index].paddedOutputs)
      let weights = Double(layer.inputs) * padded
      let memory = readingBeyondCache(4 * weights, footprint: used, cores: cores)
      let forward = index == 0 ? products.forwardPixels : products.forward
      seconds += together(weights * forward.value(at: m), memory)
      seconds += machine.deltaPerElement * m * Double(layer.units)
      if index > 0 {
        seconds += together(
          weights * products.inputGradient.value(at: m), memory)
      }
    }
    return seconds
  }

  /// Phase 2 of a slab: the gradient over the whole batch, and the update.
  package func slabSeconds(_ slab: Slab, of plan: StepPlan, cores: Int) -> Double {
    let used = footprint(plan, cores: cores)
    let m = Double(plan.batchSize)
    let product =
      slab.layer == 0 ? machine.products.weightGradientPixels : machine.products.weightGradient
    // Long chains are cut into blocks, between which their sums go back to memory.
    let blocks = plan.batchSize / machine.chainBlock
    let rest = plan.batchSize % machine.chainBlock
    let perWeight =
      Double(blocks) * product.value(at: Double(machine.chainBlock))
      + (rest > 0 ? product.value(at: Double(rest)) : 0)
    var seconds = machine.claim
    if slab.layer == 0 { seconds += machine.maskPerWord * m }
    let deltas = 4 * m * Double(plan.layout.layers[slab.layer].paddedOutputs)
    for panel in slab.panels {
      let width = Double(plan.layout.outputs(ofPanel: panel, layer: slab.layer).count)
      let weights = Double(slab.inputs.count) * width
      let memory =
        readingBeyondCache(4 * m * width, footprint: deltas, cores: cores)
        + beyondCache(machine.updating, 4 * weights, footprint: used, cores: cores)
      seconds += together(
        weights * (perWeight + machine.updatePerParameter), memory)
      if slab.includesBiases { seconds += machine.biasPerElement * m * width }
    }
    return seconds
  }

  // MARK: One thread at a time

  /// What one thread does while the others wait: adding up losses, and shuffling now and then.
  public func serialSeconds(of plan: StepPlan) -> Double {
    Double(plan.batchSize) * (machine.lossSumPerSample + machine.shufflePerSample)
  }
}
