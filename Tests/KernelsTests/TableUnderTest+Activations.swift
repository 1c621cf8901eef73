import Kernels
import Testing

// The kernels of activations and dropout over plain arrays and matrices.
extension TableUnderTest {
  private typealias Activations = ActivationKernels

  /// An elementwise activation and its derivatives.
  func apply(
    _ activation: ElementwiseActivation, _ parameter: Float, to x: [Float]
  ) -> (value: [Float], derivative: [Float]) {
    let count = kernels.padded(x.count)
    var y = x + [Float](repeating: 0, count: count - x.count) + output(0)
    var d = output(count)
    kernels.activations.apply(activation, parameter, 1, x.count, &y, &d, count)
    expectIntactMargins(of: y, d)
    return (Array(y[..<x.count]), Array(d[..<x.count]))
  }

  /// The same without derivatives.
  func applyAlone(
    _ activation: ElementwiseActivation, _ parameter: Float, to x: [Float]
  ) -> [Float] {
    let count = kernels.padded(x.count)
    var y = x + [Float](repeating: 0, count: count - x.count) + output(0)
    kernels.activations.apply(activation, parameter, 1, x.count, &y, nil, count)
    expectIntactMargins(of: y)
    return Array(y[..<x.count])
  }

  func normalDistribution(_ x: [Float]) -> [Float] {
    var y = output(x.count)
    kernels.activations.normalDistribution(x.count, x, &y)
    expectIntactMargins(of: y)
    return Array(y[..<x.count])
  }

  func softmaxActivation(_ x: Matrix) -> (outputs: Matrix, copy: Matrix) {
    let units = x[0].count
    let stride = kernels.padded(units) + 16
    var y = x.rows(stride: stride) + output(0)
    var copy = output(x.count * stride)
    kernels.activations.softmax(x.count, units, &y, &copy, stride)
    expectIntactMargins(of: y, copy)
    return (
      y.rows(x.count, columns: units, stride: stride),
      copy.rows(x.count, columns: units, stride: stride)
    )
  }

  func softmaxGradient(_ gradient: Matrix, outputs: Matrix, probabilities: Matrix) -> Matrix {
    let units = gradient[0].count
    let stride = kernels.padded(units) + 16
    var g = gradient.groups(kernels) + output(0)
    kernels.activations.softmaxGradient(
      gradient.count, units, &g, outputs.rows(stride: stride), probabilities.rows(stride: stride),
      stride)
    expectIntactMargins(of: g)
    return g.fromGroups(samples: gradient.count, features: units, kernels)
  }

  /// - Parameter units: Rows of `pieces` times as many units as outputs.
  func maxout(_ units: Matrix, pieces: Int) -> (outputs: Matrix, derivatives: Matrix) {
    let outputs = units[0].count / pieces
    let stride = kernels.padded(units[0].count) + 16
    var z = units.rows(stride: stride) + output(0)
    var d = output(units.count * stride)
    kernels.activations.maxout(units.count, outputs, pieces, &z, &d, stride)
    expectIntactMargins(of: z, d)
    var alone = units.rows(stride: stride) + output(0)
    kernels.activations.maxout(units.count, outputs, pieces, &alone, nil, stride)
    let rows = z.rows(units.count, columns: outputs, stride: stride)
    #expect(
      alone.rows(units.count, columns: outputs, stride: stride).bits == rows.bits)
    return (rows, d.rows(units.count, columns: units[0].count, stride: stride))
  }

  func spreadGradient(_ gradient: Matrix, pieces: Int) -> Matrix {
    let outputs = gradient[0].count
    let groups = gradient.groups(kernels)
    var g = groups + [Float](repeating: poison, count: groups.count * (pieces - 1)) + output(0)
    kernels.activations.spreadGradient(gradient.count, outputs, pieces, &g)
    expectIntactMargins(of: g)
    return g.fromGroups(samples: gradient.count, features: outputs * pieces, kernels)
  }

  /// Elements and derivatives after dropout.
  func dropout(
    _ x: Matrix, derivatives: Matrix, pieces: Int, samples: [Int32], _ draw: DropoutDraw
  ) -> (outputs: Matrix, derivatives: Matrix) {
    let units = x[0].count
    let stride = kernels.padded(units * pieces) + 16
    var y = x.rows(stride: stride) + output(0)
    var d = derivatives.rows(stride: stride) + output(0)
    kernels.activations.dropout(x.count, units, pieces, samples, draw, &y, &d, stride)
    expectIntactMargins(of: y, d)
    return (
      y.rows(x.count, columns: units, stride: stride),
      d.rows(x.count, columns: units * pieces, stride: stride)
    )
  }

  func dropPixels(_ x: [[UInt8]], samples: [Int32], _ draw: DropoutDraw) -> [[UInt8]] {
    let inputs = x[0].count
    var pixels = x.flatMap { $0 + [7, 7, 7] } + [UInt8](repeating: 7, count: 64)
    kernels.activations.dropPixels(x.count, inputs, samples, draw, &pixels, inputs + 3)
    let rows = x.indices.map { Array(pixels[$0 * (inputs + 3)..<($0 + 1) * (inputs + 3)]) }
    #expect(rows.allSatisfy { $0.suffix(3) == [7, 7, 7] })
    #expect(pixels.suffix(64).allSatisfy { $0 == 7 })
    return rows.map { Array($0.prefix(inputs)) }
  }
}
