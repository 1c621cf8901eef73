import Kernels
import Randomness
import Testing

struct Shape: Sendable, CustomTestStringConvertible {
  let samples: Int
  let inputs: Int
  let outputs: Int

  var testDescription: String { "\(samples) samples, \(inputs) inputs, \(outputs) outputs" }

  /// Ones, primes, sizes around tiles and panels, and chains longer than one block.
  static let all =
    [
      Shape(samples: 1, inputs: 1, outputs: 1),
      Shape(samples: 1, inputs: 300, outputs: 2),
      Shape(samples: 64, inputs: 28, outputs: 32),
      Shape(samples: 13, inputs: 127, outputs: 10),
      Shape(samples: 5, inputs: 1031, outputs: 3),
      Shape(samples: 3, inputs: 5, outputs: 541),
      Shape(samples: 523, inputs: 7, outputs: 11),
    ]
    + (2...19).map { Shape(samples: $0, inputs: 23 - $0, outputs: 2 * $0 + 1) }
}

@Suite struct ProductTests {
  /// Fused variants give the very bits of the reference. An unfused one rounds each product and
  /// each sum: its error is at most γ = 2(n + 1) · 2⁻²⁴ times the sum of absolute values
  /// (N. J. Higham, Accuracy and Stability of Numerical Algorithms, section 3.1, both chains).
  func expectEqual(
    _ found: Matrix, _ expected: Matrix, scale: Matrix, depth: Int, variant: KernelVariant
  ) {
    let bound = variant.kernels.isFused ? 0 : Float(4 * (depth + 1)) * 0x1p-24
    var different = 0
    for (foundRow, (expectedRow, scaleRow)) in zip(found, zip(expected, scale)) {
      for (value, (wanted, size)) in zip(foundRow, zip(expectedRow, scaleRow)) {
        if !(abs(value - wanted) <= bound * size) { different += 1 }
      }
    }
    #expect(different == 0)
  }

  @Test(arguments: KernelVariant.all.map(\.name), Shape.all)
  func forward(name: String, shape: Shape) throws {
    let variant = try KernelVariant.select(named: name)
    let width = variant.kernels.panelWidth
    var random = RandomStream(seed: 1, purpose: .initialization)
    let x = Matrix.random(rows: shape.samples, columns: shape.inputs, using: &random)
    let weights = Matrix.random(rows: shape.outputs, columns: shape.inputs, using: &random)
    let bias = Matrix.random(rows: 1, columns: shape.outputs, using: &random)
    let panels = (shape.outputs + width - 1) / width
    let xStride = shape.inputs + 3
    let z = FloatBuffer(count: shape.samples * panels * width, repeating: .nan)
    let xRows = x.rows(stride: xStride)
    let weightPanels = weights.transposed.panels(width: width)
    let biasPanels = bias.panels(width: width)
    for rectifies in [false, true] {
      variant.kernels.forward(
        shape.samples, shape.inputs, panels, xRows.address, xStride, weightPanels.address,
        biasPanels.address, z.address, panels * width, rectifies)
      let scale = x.absoluteProduct(weights.transposed).map { $0.map { $0 + 1 } }
      expectEqual(
        z.rows(shape.samples, columns: shape.outputs, stride: panels * width),
        ReferenceKernels.forward(x: x, weights: weights, bias: bias[0], rectifies: rectifies),
        scale: scale, depth: shape.inputs, variant: variant)
    }
  }

  @Test(arguments: KernelVariant.all.map(\.name), Shape.all)
  func inputGradient(name: String, shape: Shape) throws {
    let variant = try KernelVariant.select(named: name)
    let width = variant.kernels.panelWidth
    var random = RandomStream(seed: 2, purpose: .initialization)
    let delta = Matrix.random(rows: shape.samples, columns: shape.outputs, using: &random)
    let weights = Matrix.random(rows: shape.outputs, columns: shape.inputs, using: &random)
    let groups = (shape.samples + width - 1) / width
    let gradient = FloatBuffer(count: groups * shape.inputs * width, repeating: .nan)
    let deltaGroups = delta.groups(width: width)
    let weightPanels = weights.transposed.panels(width: width)
    variant.kernels.inputGradient(
      groups, shape.inputs, shape.outputs, deltaGroups.address, weightPanels.address,
      gradient.address)
    expectEqual(
      gradient.fromGroups(samples: shape.samples, features: shape.inputs, width: width),
      ReferenceKernels.inputGradient(delta: delta, weights: weights),
      scale: delta.absoluteProduct(weights), depth: shape.outputs, variant: variant)
  }

  @Test(arguments: KernelVariant.all.map(\.name), Shape.all)
  func weightAndBiasGradient(name: String, shape: Shape) throws {
    let variant = try KernelVariant.select(named: name)
    let width = variant.kernels.panelWidth
    var random = RandomStream(seed: 3, purpose: .initialization)
    let x = Matrix.random(rows: shape.samples, columns: shape.inputs, using: &random)
    let delta = Matrix.random(rows: shape.samples, columns: shape.outputs, using: &random)
    let panels = (shape.outputs + width - 1) / width
    let xStride = shape.inputs + 5
    let xRows = x.rows(stride: xStride)
    let deltaPanels = delta.panels(width: width)
    let gradient = FloatBuffer(count: panels * shape.inputs * width, repeating: .nan)
    let biasGradient = FloatBuffer(count: panels * width, repeating: .nan)
    // Two ranges of inputs, as two slabs would compute them.
    let cut = shape.inputs / 3
    for panel in 0..<panels {
      let deltas = deltaPanels.address + panel * shape.samples * width
      for range in [0..<cut, cut..<shape.inputs] {
        variant.kernels.weightGradient(
          shape.samples, range.count, xRows.address + range.lowerBound, xStride, deltas,
          gradient.address + (panel * shape.inputs + range.lowerBound) * width)
      }
      variant.kernels.biasGradient(shape.samples, deltas, biasGradient.address + panel * width)
    }
    expectEqual(
      gradient.fromPanels(rows: shape.inputs, columns: shape.outputs, width: width).transposed,
      ReferenceKernels.weightGradient(x: x, delta: delta),
      scale: x.transposed.absoluteProduct(delta).transposed, depth: shape.samples,
      variant: variant)
    let expectedBias = ReferenceKernels.biasGradient(delta: delta)
    let foundBias = biasGradient.rows(1, columns: shape.outputs, stride: panels * width)[0]
    #expect(foundBias == expectedBias)
    // Nothing may reach the places that belong to no output.
    for place in shape.outputs..<panels * width { #expect(biasGradient.address[place] == 0) }
  }
}
