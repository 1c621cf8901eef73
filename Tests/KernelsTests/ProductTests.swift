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
    let kernels = variant.kernels
    var random = RandomStream(seed: 1, purpose: .initialization)
    let x = Matrix.random(
      rows: shape.samples, columns: shape.inputs, zeros: 0.6, using: &random)
    let weights = Matrix.random(rows: shape.outputs, columns: shape.inputs, using: &random)
    let bias = Matrix.random(rows: 1, columns: shape.outputs, using: &random)
    let xStride = shape.inputs + 3
    let zStride = kernels.padded(shape.outputs) + 1
    let z = FloatBuffer(count: shape.samples * zStride, repeating: .nan)
    let xRows = x.rows(stride: xStride)
    let masks = x.masks
    let weightPanels = weights.transposed.panels(kernels)
    let biasPanels = bias.panels(kernels)
    for (rectifies, isMasked) in [(false, false), (true, false), (false, true), (true, true)] {
      kernels.forward(
        shape.samples, shape.inputs, shape.outputs, xRows.address, xStride,
        isMasked ? UnsafePointer(masks.address) : nil, x.maskStride, weightPanels.address,
        biasPanels.address, z.address, zStride, rectifies)
      let scale = x.absoluteProduct(weights.transposed).map { $0.map { $0 + 1 } }
      expectEqual(
        z.rows(shape.samples, columns: shape.outputs, stride: zStride),
        ReferenceKernels.forward(x: x, weights: weights, bias: bias[0], rectifies: rectifies),
        scale: scale, depth: shape.inputs, variant: variant)
    }
    withExtendedLifetime((xRows, masks, weightPanels, biasPanels)) {}
  }

  @Test(arguments: KernelVariant.all.map(\.name), Shape.all)
  func inputGradient(name: String, shape: Shape) throws {
    let variant = try KernelVariant.select(named: name)
    let kernels = variant.kernels
    var random = RandomStream(seed: 2, purpose: .initialization)
    let delta = Matrix.random(rows: shape.samples, columns: shape.outputs, using: &random)
    let weights = Matrix.random(rows: shape.outputs, columns: shape.inputs, using: &random)
    let gradient = FloatBuffer(
      count: kernels.padded(shape.samples) * shape.inputs, repeating: .nan)
    let deltaGroups = delta.groups(kernels)
    let weightPanels = weights.transposed.panels(kernels)
    kernels.inputGradient(
      shape.samples, shape.inputs, shape.outputs, deltaGroups.address, weightPanels.address,
      gradient.address)
    expectEqual(
      gradient.fromGroups(samples: shape.samples, features: shape.inputs, kernels),
      ReferenceKernels.inputGradient(delta: delta, weights: weights),
      scale: delta.absoluteProduct(weights), depth: shape.outputs, variant: variant)
    withExtendedLifetime((deltaGroups, weightPanels)) {}
  }

  @Test(arguments: KernelVariant.all.map(\.name), Shape.all)
  func weightAndBiasGradient(name: String, shape: Shape) throws {
    let variant = try KernelVariant.select(named: name)
    let kernels = variant.kernels
    var random = RandomStream(seed: 3, purpose: .initialization)
    let x = Matrix.random(
      rows: shape.samples, columns: shape.inputs, zeros: 0.6, using: &random)
    let delta = Matrix.random(rows: shape.samples, columns: shape.outputs, using: &random)
    let width = kernels.padded(shape.outputs)
    let xStride = shape.inputs + 5
    let xRows = x.rows(stride: xStride)
    let masks = x.transposed.masks
    let maskStride = x.transposed.maskStride
    let deltaPanels = delta.panels(kernels)
    for isMasked in [false, true] {
      let gradient = FloatBuffer(count: width * shape.inputs, repeating: .nan)
      let biasGradient = FloatBuffer(count: width, repeating: .nan)
      // Two ranges of inputs, as two slabs would compute them.
      let cut = shape.inputs / 3
      for first in stride(from: 0, to: width, by: kernels.panelWidth) {
        let panelWidth = min(kernels.panelWidth, width - first)
        let deltas = deltaPanels.address + first * shape.samples
        for range in [0..<cut, cut..<shape.inputs] {
          kernels.weightGradient(
            shape.samples, range.count, panelWidth, xRows.address + range.lowerBound, xStride,
            isMasked ? UnsafePointer(masks.address + range.lowerBound * maskStride) : nil,
            maskStride, deltas,
            gradient.address + first * shape.inputs + range.lowerBound * panelWidth)
        }
        kernels.biasGradient(shape.samples, panelWidth, deltas, biasGradient.address + first)
      }
      expectEqual(
        gradient.fromPanels(rows: shape.inputs, columns: shape.outputs, kernels).transposed,
        ReferenceKernels.weightGradient(x: x, delta: delta),
        scale: x.transposed.absoluteProduct(delta).transposed, depth: shape.samples,
        variant: variant)
      let expectedBias = ReferenceKernels.biasGradient(delta: delta)
      let foundBias = biasGradient.rows(1, columns: shape.outputs, stride: width)[0]
      #expect(foundBias == expectedBias)
      // Nothing may reach the places that belong to no output.
      for place in shape.outputs..<width { #expect(biasGradient.address[place] == 0) }
    }
    withExtendedLifetime((xRows, masks, deltaPanels)) {}
  }
}
