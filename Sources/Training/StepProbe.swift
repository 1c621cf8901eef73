import CPUFeatures
import Datasets
import Dispatch
import Kernels
import NeuralNetwork

/// Parts of the step, timed one by one: what a model of its cost is made from.
///
/// Every result is the median of some repeats, in seconds for one of whatever is named.
package enum StepProbe {
  /// Nanoseconds that one repeat takes at least.
  private static let repeatLength: UInt64 = 400_000
  private static let repeats = 7

  /// Seconds for one call of `body`.
  package static func time(_ body: () -> Void) -> Double {
    body()
    var calls = 1
    var seconds: [Double] = []
    while seconds.count < repeats {
      let start = DispatchTime.now().uptimeNanoseconds
      for _ in 0..<calls { body() }
      let length = DispatchTime.now().uptimeNanoseconds - start
      if length < repeatLength && seconds.isEmpty {
        calls = max(calls + 1, calls * Int(2 * repeatLength / max(length, repeatLength / 32)) / 2)
      } else {
        seconds.append(Double(length) / 1e9 / Double(calls))
      }
    }
    return seconds.sorted()[repeats / 2]
  }

  /// A phase of units that all take the same time, less that time: the barrier and the claims.
  /// - Parameters:
  ///   - units: Of a phase, a multiple of the threads, or one with one thread.
  ///   - nanoseconds: That a unit takes: enough for all threads to get theirs, or 0.
  package static func emptyPhase(
    threads: Int, units: Int, nanoseconds: UInt64, processors: Int = ProcessorCount.usable
  ) -> Double {
    let team = WorkerTeam(
      size: threads, patience: WorkerTeam.patience(ofTeam: threads, processors: processors))
    let phases = 200
    let seconds =
      time {
        let work = WaitingWork(phases: phases, units: units, nanoseconds: nanoseconds)
        team.run(work, firstUnits: units)
      } / Double(phases)
    return max(0, seconds - Double(nanoseconds) / 1e9 * Double(units / threads))
  }

  /// Units that look at the clock until their time is over.
  private final class WaitingWork: PhasedWork {
    private var phasesLeft: Int
    private let units: Int
    private let nanoseconds: UInt64

    init(phases: Int, units: Int, nanoseconds: UInt64) {
      phasesLeft = phases
      self.units = units
      self.nanoseconds = nanoseconds
    }

    func run(unit: Int, worker: Int) {
      if nanoseconds == 0 { return }
      let end = DispatchTime.now().uptimeNanoseconds + nanoseconds
      while DispatchTime.now().uptimeNanoseconds < end {}
    }

    func advance() -> Int? {
      phasesLeft -= 1
      return phasesLeft > 0 ? units : nil
    }
  }

  /// Shuffling, for each sample.
  package static func shuffle(_ dataset: Dataset) -> Double {
    var epoch = 0
    return time {
      epoch += 1
      precondition(EpochOrder(dataset: dataset, seed: 1, epoch: epoch).storageIndices.count > 0)
    } / Double(dataset.count)
  }
}

/// The first layer's products on the pixels of a dataset, as the step computes them.
package final class PixelProbe {
  private let kernels: KernelTable
  private let dataset: Dataset
  private let forward: ForwardPass
  private let memory: ForwardMemory
  private let order: [Int32]
  private let network: Network
  private let deltas: FloatBuffer
  private let gradient: FloatBuffer
  private let masks: AlignedBuffer<UInt64>
  private var first = 0

  /// - Parameters:
  ///   - outputs: Of the layer.
  ///   - rows: Samples at most.
  package init(
    _ dataset: Dataset, outputs: Int, rows: Int, kernels variant: KernelVariant
  ) throws {
    kernels = variant.kernels
    self.dataset = dataset
    network = try Network(inputs: dataset.featureCount, hidden: [], outputs: outputs)
    let parameters = PanelParameters(
      Model(network: network, parameters: Parameters(heInitializing: network, seed: 1)),
      kernels: kernels)
    forward = ForwardPass(
      kernels: kernels, parameters: parameters,
      masks: NonzeroMasks(dataset: dataset, kernels: kernels, threads: 1))
    memory = ForwardMemory(rows: rows, network: network, layout: parameters.layout)
    order = EpochOrder(dataset: dataset, seed: 1, epoch: 1).storageIndices
    deltas = FloatBuffer(count: kernels.padded(outputs) * rows, repeating: 0.5)
    gradient = FloatBuffer(count: SlabPlan.inputsPerSlab * kernels.panelWidth)
    masks = AlignedBuffer(count: 64 * ((rows + 63) / 64), repeating: 0)
  }

  /// Whether the zeros of the dataset are skipped.
  package var skipsZeros: Bool { forward.masks != nil }

  /// Copying samples from anywhere in the dataset, for each sample.
  package func gather() -> Double {
    let rows = min(memory.rows, order.count)
    return StepProbe.time {
      if first + rows > order.count { first = 0 }
      forward.gather(order[first..<first + rows], of: dataset, into: memory, firstRow: 0)
      first += rows
    } / Double(rows)
  }

  /// The forward product, for each weight.
  package func forwardProduct(rows: Int) -> Double {
    StepProbe.time {
      forward.run(0..<rows, in: memory, skipsZeros: skipsZeros)
    } / Double(network.layers[0].weightCount)
  }

  /// The gradient of the weights, for each weight, and the masks for it, for each sample and word.
  package func weightGradient(rows: Int) -> (product: Double, masks: Double) {
    let inputs = network.inputCount
    let end = kernels.padded(network.outputCount)
    let stride = (rows + 63) / 64
    let chunks = Swift.stride(from: 0, to: inputs, by: SlabPlan.inputsPerSlab)
    func makeMasks(_ input: Int) {
      guard skipsZeros else { return }
      unsafe kernels.transposeMasks(
        rows, memory.mask(row: 0) + input / 64, memory.maskStride, masks.address, stride)
    }
    let transposing =
      skipsZeros ? StepProbe.time { for input in chunks { makeMasks(input) } } : 0
    let whole = StepProbe.time {
      for input in chunks {
        makeMasks(input)
        for output in Swift.stride(from: 0, to: end, by: kernels.panelWidth) {
          let width = min(kernels.panelWidth, end - output)
          unsafe kernels.weightGradientOfPixels(
            rows, min(SlabPlan.inputsPerSlab, inputs - input), width,
            memory.pixels(row: 0) + input, memory.pixelStride, forward.featureOfPixel.address,
            skipsZeros ? UnsafePointer(masks.address) : nil, stride,
            deltas.address + output * memory.rows, gradient.address, gradient.address)
        }
      }
    }
    return (
      max(0, whole - transposing) / Double(network.layers[0].weightCount),
      transposing / Double(rows * ((inputs + 63) / 64))
    )
  }
}
