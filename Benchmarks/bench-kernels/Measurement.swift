import BenchmarkSupport
import Dispatch
import Kernels
import Randomness
import ScalingModel
import Terminal

/// The products of one layer on one shard, over memory as the trainer lays it out.
///
/// A layer that takes images is the first one: its inputs are pixels, here all of them with ink and
/// without masks, so that nothing is skipped; and its inputs' gradient is what nobody asks for.
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

    func measured(variant: KernelVariant, _ measurement: Measurement) -> Measured {
      let unit = measurement.takesPixels ? " px" : ""
      let layer = "\(measurement.inputs)\(unit) × \(measurement.outputs)"
      return Measured(
        id: "\(variant.name) \(product), \(layer), \(measurement.rows) rows", figure: "gflops",
        spread: speed,
        members: [
          ("product", .string(product)), ("rows", .integer(measurement.rows)),
          ("inputs", .integer(measurement.inputs)), ("outputs", .integer(measurement.outputs)),
          ("pixels", .boolean(measurement.takesPixels)), ("share_of_peak", share.json(seed: 1)),
        ])
    }
  }

  let rows: Int
  let inputs: Int
  let outputs: Int
  let kernels: KernelTable
  let x, weights, bias, z, deltaGroups, deltaPanels, inputGradient, gradient: FloatBuffer
  /// The inputs of a layer that takes images.
  let pixels: AlignedBuffer<UInt8>
  /// The feature of each value of a pixel.
  let featureOfPixel: FloatBuffer
  let xStride, zStride: Int

  /// Whether the inputs are the pixels of images.
  var takesPixels: Bool { inputs == 784 }

  init(rows: Int, inputs: Int, outputs: Int, kernels: KernelTable) {
    self.rows = rows
    self.inputs = inputs
    self.outputs = outputs
    self.kernels = kernels
    let padded = kernels.padded(outputs)
    // An odd number of cache lines, as in the trainer: of 16 floats, or of 64 pixels.
    let elements = inputs == 784 ? 64 : 16
    xStride = ((inputs + elements - 1) / elements | 1) * elements
    zStride = ((padded + 15) / 16 | 1) * 16
    var random = RandomStream(seed: 1, purpose: .initialization)
    func filled(_ count: Int) -> FloatBuffer {
      let buffer = FloatBuffer(count: count)
      for index in 0..<count { unsafe buffer.address[index] = random.uniform(-1, 1) }
      return buffer
    }
    let isOfPixels = inputs == 784
    x = filled(isOfPixels ? 0 : rows * xStride)
    pixels = AlignedBuffer(count: isOfPixels ? rows * xStride : 0, repeating: 0)
    for index in 0..<pixels.count {
      unsafe pixels.address[index] = UInt8(1 + random.uniform(below: 255))
    }
    featureOfPixel = FloatBuffer(count: 256)
    for value in 0..<256 { unsafe featureOfPixel.address[value] = Float(value) * (1 / 255) }
    weights = filled(inputs * padded)
    bias = filled(padded)
    z = FloatBuffer(count: rows * zStride, repeating: .nan)
    deltaGroups = filled(outputs * kernels.padded(rows))
    deltaPanels = filled(rows * padded)
    inputGradient = FloatBuffer(count: inputs * kernels.padded(rows), repeating: .nan)
    gradient = FloatBuffer(count: inputs * padded, repeating: .nan)
  }

  /// Measures the layer's products, `repeats` times in turn, after a look at what they give.
  func run(repeats: Int) throws -> [Result] {
    let products = self.products
    for product in products { product.body() }
    try check()
    var speeds = [[Double]](repeating: [], count: products.count)
    var shares = speeds
    for _ in 0..<repeats {
      for (index, product) in products.enumerated() {
        let peak = Peak.measure(kernels)
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

  // MARK: Products

  private var products: [(name: String, body: () -> Void)] {
    var products = [("forward", forward), ("weight_gradient", gradientOfWeights)]
    if !takesPixels { products.insert(("input_gradient", backward), at: 1) }
    return products
  }

  private func forward() {
    if takesPixels {
      unsafe kernels.forwardPixels(
        rows, inputs, outputs, pixels.address, xStride, featureOfPixel.address, nil, 0,
        weights.address, bias.address, z.address, zStride, true)
      return
    }
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
        let count = min(64, inputs - input)
        let delta = unsafe deltaPanels.address + first * rows
        let sum = unsafe gradient.address + first * inputs + input * width
        if takesPixels {
          unsafe kernels.weightGradientOfPixels(
            rows, count, width, pixels.address + input, xStride, featureOfPixel.address, nil, 0,
            delta, sum, sum)
        } else {
          unsafe kernels.weightGradient(
            rows, count, width, x.address + input, xStride, delta, sum, sum)
        }
      }
    }
  }
}
