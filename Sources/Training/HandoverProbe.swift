import Dispatch
import Kernels

/// Weights that all threads read and each of them updates a part of, again and again, with the step's
/// kernels on a few samples: what it costs that bytes move between cores, beyond what the kernels
/// hide by fetching ahead.
package final class HandoverProbe: PhasedWork {
  /// Samples: few, so that there is little arithmetic for each weight.
  private static let rows = 8
  /// Inputs of the layers that the weights are cut into, each of which has one panel of outputs.
  private static let inputs = SlabPlan.inputsPerSlab
  private let kernels: KernelTable
  private let threads: Int
  private let rounds: Int
  /// One buffer for all threads, or one for each.
  private let weights: [FloatBuffer]
  private let x: FloatBuffer
  private let deltas: FloatBuffer
  private let bias: FloatBuffer
  /// For each thread.
  private let z, gradients: [FloatBuffer]
  private var phase = 0
  private var lastPhase: UInt64 = 0
  private var readings: [Double] = []
  private var updates: [Double] = []

  /// - Parameters:
  ///   - bytes: Of the weights, a multiple of 64 KiB.
  ///   - threads: At least 2.
  ///   - isShared: Whether all threads have the same weights; else each has as many of its own, and
  ///     nothing moves.
  package init(bytes: Int, threads: Int, isShared: Bool, kernels variant: KernelVariant) {
    kernels = variant.kernels
    self.threads = threads
    let outputs = kernels.panelWidth
    weights = (0..<(isShared ? 1 : threads)).map { _ in
      FloatBuffer(count: bytes / 4, repeating: 1e-3)
    }
    x = FloatBuffer(count: Self.rows * Self.inputs, repeating: 0.5)
    deltas = FloatBuffer(count: Self.rows * outputs, repeating: 1e-6)
    bias = FloatBuffer(count: outputs)
    z = (0..<threads).map { _ in FloatBuffer(count: Self.rows * outputs) }
    gradients = (0..<threads).map { _ in FloatBuffer(count: Self.inputs * outputs) }
    // At least 4 MB of traffic.
    rounds = max(9, 4_000_000 / bytes)
  }

  /// Seconds for a byte of all the weights: of a phase in which each thread reads all of them, and of
  /// one in which they are shared out to be updated.
  package func measure(processors: Int = ProcessorCount.usable) -> (read: Double, update: Double) {
    let team = WorkerTeam(
      size: threads, patience: WorkerTeam.patience(ofTeam: threads, processors: processors))
    lastPhase = DispatchTime.now().uptimeNanoseconds
    team.run(self, firstUnits: threads)
    let bytes = Double(4 * weights[0].count)
    return (
      readings.sorted()[readings.count / 2] / bytes, updates.sorted()[updates.count / 2] / bytes
    )
  }

  func run(unit: Int, worker: Int) {
    let weights = weights[weights.count > 1 ? unit : 0]
    let outputs = kernels.panelWidth
    let layer = Self.inputs * outputs
    let layers = weights.count / layer
    if phase % 2 == 0 {
      for index in 0..<layers {
        unsafe kernels.forward(
          Self.rows, Self.inputs, outputs, x.address, Self.inputs,
          weights.address + index * layer, bias.address, z[unit].address, outputs, true)
      }
      return
    }
    // Another part than the last time, so that it comes from another core.
    let parts = EvenSplit(count: layers, parts: threads)
    let part = (unit + phase / 2) % threads
    guard part < parts.parts else { return }
    for index in parts[part] {
      let place = unsafe weights.address + index * layer
      let gradient = unsafe gradients[unit].address
      unsafe kernels.weightGradient(
        Self.rows, Self.inputs, outputs, x.address, Self.inputs, deltas.address, gradient,
        UnsafePointer(place))
      unsafe kernels.updates.sgd(layer, place, gradient, 1, 1e-9)
    }
  }

  func advance() -> Int? {
    let now = DispatchTime.now().uptimeNanoseconds
    let seconds = Double(now - lastPhase) / 1e9
    if phase % 2 == 0 { readings.append(seconds) } else { updates.append(seconds) }
    lastPhase = now
    phase += 1
    return phase < 2 * rounds ? threads : nil
  }
}
