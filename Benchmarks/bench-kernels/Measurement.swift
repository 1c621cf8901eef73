import BenchmarkSupport
import Dispatch
import Kernels
import Randomness
import Terminal

/// The products of one layer on one shard, over memory as the trainer lays it out.
struct Measurement {
  /// The layers of the benchmarks' models.
  static let shapes: [(inputs: Int, outputs: Int)] = [
    (784, 128), (128, 10), (784, 512), (512, 512), (512, 10), (784, 2500), (2500, 2000),
    (2000, 1500), (1500, 1000), (1000, 500), (500, 10),
  ]

  /// What a product came to.
  struct Result {
    let product: String
    /// GFLOP/s.
    let speed: Spread
    /// Of the multiply-add peak, measured just before.
    let share: Spread

    func json(variant: KernelVariant, _ measurement: Measurement) -> JSONValue {
      .object([
        ("kernel", .string(variant.name)), ("product", .string(product)),
        ("rows", .integer(measurement.rows)), ("inputs", .integer(measurement.inputs)),
        ("outputs", .integer(measurement.outputs)), ("gflops", speed.json),
        ("share_of_peak", share.json),
      ])
    }
  }

  let rows: Int
  let inputs: Int
  let outputs: Int
  private let kernels: KernelTable
  private let x, weights, bias, z, deltaGroups, deltaPanels, inputGradient, gradient: FloatBuffer
  private let xStride, zStride: Int

  init(rows: Int, inputs: Int, outputs: Int, kernels: KernelTable) {
    self.rows = rows
    self.inputs = inputs
    self.outputs = outputs
    self.kernels = kernels
    let padded = kernels.padded(outputs)
    // An odd number of cache lines, as in the trainer.
    xStride = ((inputs + 15) / 16 | 1) * 16
    zStride = ((padded + 15) / 16 | 1) * 16
    var random = RandomStream(seed: 1, purpose: .initialization)
    func filled(_ count: Int) -> FloatBuffer {
      let buffer = FloatBuffer(count: count)
      for index in 0..<count { unsafe buffer.address[index] = random.uniform(-1, 1) }
      return buffer
    }
    x = filled(rows * xStride)
    weights = filled(inputs * padded)
    bias = filled(padded)
    z = FloatBuffer(count: rows * zStride)
    deltaGroups = filled(outputs * kernels.padded(rows))
    deltaPanels = filled(rows * padded)
    inputGradient = FloatBuffer(count: inputs * kernels.padded(rows))
    gradient = FloatBuffer(count: inputs * padded)
  }

  /// Measures the three products, `repeats` times in turn.
  func run(repeats: Int) -> [Result] {
    let products: [(name: String, body: () -> Void)] = [
      ("forward", forward), ("input_gradient", backward), ("weight_gradient", gradientOfWeights),
    ]
    var speeds = [[Double]](repeating: [], count: products.count)
    var shares = speeds
    for _ in 0..<repeats {
      for (index, product) in products.enumerated() {
        let peak = Self.peak(kernels)
        let speed = self.speed(of: product.body)
        speeds[index].append(speed)
        shares[index].append(speed / peak)
      }
    }
    return products.indices.map {
      Result(product: products[$0].name, speed: Spread(speeds[$0]), share: Spread(shares[$0]))
    }
  }

  /// GFLOP/s of a product, over at least five milliseconds.
  private func speed(of body: () -> Void) -> Double {
    let operations = 2 * Double(rows) * Double(inputs) * Double(outputs)
    let calls = max(1, Int(2e8 / operations))
    body()
    let start = DispatchTime.now().uptimeNanoseconds
    var done = 0
    var now = start
    repeat {
      for _ in 0..<calls { body() }
      done += calls
      now = DispatchTime.now().uptimeNanoseconds
    } while now - start < 5_000_000
    return operations * Double(done) / Double(now - start)
  }

  /// GFLOP/s of multiply-adds in registers.
  static func peak(_ kernels: KernelTable) -> Double {
    let start = DispatchTime.now().uptimeNanoseconds
    let (operations, result) = kernels.peak(500_000)
    let end = DispatchTime.now().uptimeNanoseconds
    precondition(result.isFinite, "the sum of the peak's chains is finite")
    return Double(operations) / Double(end - start)
  }

  // MARK: Products

  private func forward() {
    unsafe kernels.forward(
      rows, inputs, outputs, x.address, xStride, weights.address, bias.address, z.address,
      zStride, true)
  }

  private func backward() {
    unsafe kernels.inputGradient(
      rows, inputs, outputs, deltaGroups.address, weights.address, inputGradient.address)
  }

  private func gradientOfWeights() {
    let end = kernels.padded(outputs)
    for first in stride(from: 0, to: end, by: kernels.panelWidth) {
      let width = min(kernels.panelWidth, end - first)
      for input in stride(from: 0, to: inputs, by: 64) {
        unsafe kernels.weightGradient(
          rows, min(64, inputs - input), width, x.address + input, xStride,
          deltaPanels.address + first * rows, gradient.address + first * inputs + input * width)
      }
    }
  }
}
