import Kernels
import Randomness
import Training

/// The kernels of a square layer of floats, one by one, over memory as the trainer lays it out.
final class LayerProbe {
  private let side: Int
  private let rows: Int
  private let kernels: KernelTable
  private let stride: Int
  private let x, weights, bias, z, groups, panels, inputs, gradient, slab: FloatBuffer
  private let labels: AlignedBuffer<UInt8>
  private let losses: FloatBuffer

  init(side: Int, rows: Int, kernels: KernelTable) {
    self.side = side
    self.rows = rows
    self.kernels = kernels
    stride = (side / 16 | 1) * 16
    var random = RandomStream(seed: 1, purpose: .resampling)
    func filled(_ count: Int) -> FloatBuffer {
      let buffer = FloatBuffer(count: count)
      for index in 0..<count { unsafe buffer.address[index] = random.uniform(-0.1, 0.1) }
      return buffer
    }
    let columns = (rows + kernels.panelWidth - 1) / kernels.panelWidth * kernels.panelWidth
    x = filled(rows * stride)
    weights = filled(side * side)
    bias = filled(side)
    z = filled(rows * stride)
    groups = filled(side * columns)
    panels = filled(side * rows)
    inputs = filled(side * columns)
    gradient = filled(side * side)
    slab = filled(SlabPlan.inputsPerSlab * kernels.panelWidth)
    labels = AlignedBuffer(count: rows, repeating: 3)
    losses = FloatBuffer(count: rows)
  }

  private var weightCount: Double { Double(side * side) }

  /// For each weight.
  func forward(rows: Int) -> Double {
    StepProbe.time {
      unsafe kernels.forward(
        rows, side, side, x.address, stride, weights.address, bias.address, z.address, stride,
        true)
    } / weightCount
  }

  /// For each weight.
  func inputGradient(rows: Int) -> Double {
    StepProbe.time {
      unsafe kernels.inputGradient(
        rows, side, side, groups.address, weights.address, inputs.address)
    } / weightCount
  }

  /// For each weight, slab by slab.
  func weightGradient(rows: Int) -> Double {
    StepProbe.time {
      for input in Swift.stride(from: 0, to: side, by: SlabPlan.inputsPerSlab) {
        for output in Swift.stride(from: 0, to: side, by: kernels.panelWidth) {
          unsafe kernels.weightGradient(
            rows, min(SlabPlan.inputsPerSlab, side - input), kernels.panelWidth,
            x.address + input, stride, panels.address + output * self.rows, slab.address,
            slab.address)
        }
      }
    } / weightCount
  }

  /// Rows of what costs the same for each row.
  private var few: Int { min(rows, 64) }

  /// For each element.
  func biases() -> Double {
    StepProbe.time {
      unsafe kernels.biasGradient(few, kernels.panelWidth, panels.address, slab.address)
    } / Double(few * kernels.panelWidth)
  }

  /// For each element.
  func deltas() -> Double {
    StepProbe.time {
      unsafe kernels.scatterDeltas(
        few, side, groups.address, UnsafePointer(z.address), stride, panels.address, rows, 0,
        true)
    } / Double(few * side)
  }

  /// For each sample.
  func loss(classes: Int) -> Double {
    StepProbe.time {
      unsafe kernels.losses.softmaxCrossEntropy(
        few, classes, z.address, stride, labels.address, losses.address, groups.address)
    } / Double(few)
  }

  /// For each sample: what the trainer does on one thread.
  func lossSum() -> Double {
    var total = 0.0
    let seconds = StepProbe.time {
      var sum = 0.0
      for row in 0..<rows { sum += Double(unsafe losses.address[row]) }
      total += sum
    }
    precondition(!total.isNaN, "losses are numbers")
    return seconds / Double(rows)
  }

  /// For each parameter, all of them in the first level of the cache.
  func update() -> Double {
    let count = slab.count
    // How fast loads pass stores depends on where in its page each is: a mean of four places.
    let offsets = Swift.stride(from: 0, to: 1024, by: 256)
    return StepProbe.time {
      for offset in offsets {
        unsafe kernels.updates.sgd(count, slab.address, x.address + offset, 1, 1e-9)
      }
    } / Double(4 * count)
  }
}

/// Memory that is read, or read and written, from its first to its last byte.
enum MemoryProbe {
  /// Seconds for each byte, read.
  static func read(_ buffer: FloatBuffer) -> Double {
    var total: UInt64 = 0
    let bytes = 4 * buffer.count
    let seconds = StepProbe.time {
      total |= unsafe StepProbe.read(buffer.address, bytes: bytes)
    }
    precondition(total != 0, "ones have bits")
    return seconds / Double(bytes)
  }

  /// Seconds for each byte, read and written by the optimizer.
  static func update(_ buffer: FloatBuffer, _ kernels: KernelTable) -> Double {
    let count = min(buffer.count, 2048)
    let gradient = FloatBuffer(count: count + 1024)
    return StepProbe.time {
      for first in stride(from: 0, to: buffer.count, by: count) {
        // Another place in its page each time.
        unsafe kernels.updates.sgd(
          count, buffer.address + first, gradient.address + (first / count) % 4 * 256, 1, 1e-9)
      }
    } / Double(4 * buffer.count)
  }
}
