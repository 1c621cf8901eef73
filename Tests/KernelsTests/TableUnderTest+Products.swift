import Testing

// The products over plain matrices: each lays out its arguments with not-a-number between the rows
// and in the outputs, calls the kernel, and checks that it wrote no further than it may.
extension TableUnderTest {
  /// `z[m][n] = activation(bias[n] + Σ_k x[m][k] · w[n][k])`.
  func forward(x: Matrix, weights: Matrix, bias: [Float], rectifies: Bool) -> Matrix {
    let inputs = weights[0].count
    let xStride = inputs + 3
    let zStride = panels(weights.count) * width
    var z = output(x.count * zStride)
    kernels.forward(
      x.count, inputs, panels(weights.count), x.rows(stride: xStride), xStride,
      weights.transposed.panels(width: width), [bias].panels(width: width), &z, zStride, rectifies)
    expectIntactMargins(of: z)
    return z.rows(x.count, columns: weights.count, stride: zStride)
  }

  /// `dx[m][k] = Σ_n dz[m][n] · w[n][k]`.
  func inputGradient(delta: Matrix, weights: Matrix) -> Matrix {
    let inputs = weights[0].count
    let groups = panels(delta.count)
    var gradient = output(groups * inputs * width)
    kernels.inputGradient(
      groups, inputs, weights.count, delta.groups(width: width),
      weights.transposed.panels(width: width), &gradient)
    expectIntactMargins(of: gradient)
    return gradient.fromGroups(samples: delta.count, features: inputs, width: width)
  }

  /// `dw[n][k] = Σ_m x[m][k] · dz[m][n]`, in two ranges of inputs, as two slabs would compute it.
  func weightGradient(x: Matrix, delta: Matrix) -> Matrix {
    let inputs = x[0].count
    let outputs = delta[0].count
    let xStride = inputs + 5
    let xRows = x.rows(stride: xStride)
    let deltas = delta.panels(width: width)
    var gradient = output(panels(outputs) * inputs * width)
    let cut = inputs / 3
    gradient.withUnsafeMutableBufferPointer { gradient in
      xRows.withUnsafeBufferPointer { xRows in
        deltas.withUnsafeBufferPointer { deltas in
          for panel in 0..<panels(outputs) {
            for range in [cut..<inputs, 0..<cut] {
              kernels.weightGradient(
                x.count, range.count, xRows.baseAddress! + range.lowerBound, xStride,
                deltas.baseAddress! + panel * x.count * width,
                gradient.baseAddress! + (panel * inputs + range.lowerBound) * width)
            }
          }
        }
      }
    }
    expectIntactMargins(of: gradient)
    return gradient.fromPanels(rows: inputs, columns: outputs, width: width).transposed
  }

  /// `db[n] = Σ_m dz[m][n]`, and zeros in the places that belong to no output.
  func biasGradient(delta: Matrix) -> [Float] {
    let deltas = delta.panels(width: width)
    var gradient = output(panels(delta[0].count) * width)
    gradient.withUnsafeMutableBufferPointer { gradient in
      deltas.withUnsafeBufferPointer { deltas in
        for panel in 0..<panels(delta[0].count) {
          kernels.biasGradient(
            delta.count, deltas.baseAddress! + panel * delta.count * width,
            gradient.baseAddress! + panel * width)
        }
      }
    }
    expectIntactMargins(of: gradient)
    return Array(gradient[..<(panels(delta[0].count) * width)])
  }
}
