import Kernels
import Randomness
import TestSupport
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

  /// Samples, weights and biases of this shape.
  func forwardArguments() -> (x: Matrix, weights: Matrix, bias: [Float]) {
    var random = RandomStream(seed: 1, purpose: .initialization)
    let x = Matrix.random(rows: samples, columns: inputs, using: &random)
    let weights = Matrix.random(rows: outputs, columns: inputs, using: &random)
    return (x, weights, Matrix.random(rows: 1, columns: outputs, using: &random)[0])
  }

  /// Samples, deltas and weights of this shape.
  func backwardArguments() -> (x: Matrix, delta: Matrix, weights: Matrix) {
    var random = RandomStream(seed: 2, purpose: .initialization)
    let x = Matrix.random(rows: samples, columns: inputs, using: &random)
    let delta = Matrix.random(rows: samples, columns: outputs, using: &random)
    return (x, delta, Matrix.random(rows: outputs, columns: inputs, using: &random))
  }
}

@Suite struct ProductTests {
  /// Fused variants give the very bits of the reference. An unfused one rounds each product and
  /// each sum: its error is at most γ = 2(n + 1) · 2⁻²⁴ times the sum of absolute values
  /// (N. J. Higham, Accuracy and Stability of Numerical Algorithms, section 3.1, both chains).
  func expectEqual(
    _ found: Matrix, _ expected: Matrix, scale: Matrix, depth: Int, table: TableUnderTest
  ) {
    if table.kernels.isFused {
      #expect(differences(found, expected) == 0)
      return
    }
    let bound = Float(4 * (depth + 1)) * 0x1p-24
    var different = 0
    for (foundRow, (expectedRow, scaleRow)) in zip(found, zip(expected, scale)) {
      for (value, (wanted, size)) in zip(foundRow, zip(expectedRow, scaleRow))
      where !(abs(value - wanted) <= bound * size) {
        different += 1
      }
    }
    #expect(different == 0)
  }

  @Test(arguments: TableUnderTest.all, Shape.all)
  func forward(table: TableUnderTest, shape: Shape) {
    let (x, weights, bias) = shape.forwardArguments()
    for rectifies in [false, true] {
      expectEqual(
        table.forward(x: x, weights: weights, bias: bias, rectifies: rectifies),
        ReferenceKernels.forward(x: x, weights: weights, bias: bias, rectifies: rectifies),
        scale: x.absoluteProduct(weights.transposed).map { $0.map { $0 + 1 } },
        depth: shape.inputs, table: table)
    }
  }

  /// Looking pixels up, and skipping zeros, changes no bit.
  @Test(arguments: TableUnderTest.all, Shape.all)
  func pixels(table: TableUnderTest, shape: Shape) {
    var random = RandomStream(seed: 4, purpose: .initialization)
    let pixels = PixelMatrix.random(rows: shape.samples, columns: shape.inputs, using: &random)
    let (_, weights, bias) = shape.forwardArguments()
    let delta = shape.backwardArguments().delta
    let z = table.forward(x: pixels.features, weights: weights, bias: bias, rectifies: true)
    let gradient = table.weightGradient(x: pixels.features, delta: delta)
    for isMasked in [false, true] {
      let foundZ = table.forward(
        pixels: pixels, weights: weights, bias: bias, rectifies: true, isMasked: isMasked)
      #expect(differences(foundZ, z) == 0)
      let found = table.weightGradient(pixels: pixels, delta: delta, isMasked: isMasked)
      #expect(differences(found, gradient) == 0)
    }
  }

  /// A run that has diverged must not look healthy.
  @Test(arguments: TableUnderTest.all)
  func rectifiedNotANumberStays(table: TableUnderTest) {
    let z = table.forward(x: [[.nan], [1]], weights: [[1], [-1]], bias: [0, 0], rectifies: true)
    #expect(z[0].areNotANumber)
    #expect(z[1] == [1, 0])
  }

  @Test(arguments: TableUnderTest.all, Shape.all)
  func inputGradient(table: TableUnderTest, shape: Shape) {
    let (_, delta, weights) = shape.backwardArguments()
    expectEqual(
      table.inputGradient(delta: delta, weights: weights),
      ReferenceKernels.inputGradient(delta: delta, weights: weights),
      scale: delta.absoluteProduct(weights), depth: shape.outputs, table: table)
  }

  @Test(arguments: TableUnderTest.all, Shape.all)
  func weightGradient(table: TableUnderTest, shape: Shape) {
    let (x, delta, _) = shape.backwardArguments()
    expectEqual(
      table.weightGradient(x: x, delta: delta),
      ReferenceKernels.weightGradient(x: x, delta: delta),
      scale: x.transposed.absoluteProduct(delta).transposed, depth: shape.samples, table: table)
  }

  /// Sums alone: all variants agree, fused or not.
  @Test(arguments: TableUnderTest.all, Shape.all)
  func biasGradient(table: TableUnderTest, shape: Shape) {
    let delta = shape.backwardArguments().delta
    let found = table.biasGradient(delta: delta)
    let padding = [Float](repeating: 0, count: table.kernels.padded(shape.outputs))
    let expected =
      ReferenceKernels.biasGradient(delta: delta) + padding.dropFirst(shape.outputs)
    #expect(differences(found.bits, expected.bits) == 0)
  }
}
