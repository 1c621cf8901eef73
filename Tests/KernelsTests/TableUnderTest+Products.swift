import Testing

// The products over plain matrices: each lays out its arguments with not-a-number between the rows
// and in the outputs, calls the kernel, and checks that it wrote no further than it may.
extension TableUnderTest {
  /// `z[m][n] = activation(bias[n] + Σ_k x[m][k] · w[n][k])`.
  /// - Parameter isMasked: Whether to skip zeros of x.
  func forward(
    x: Matrix, weights: Matrix, bias: [Float], rectifies: Bool, isMasked: Bool = false
  ) -> Matrix {
    let inputs = weights[0].count
    let outputs = weights.count
    let xStride = inputs + 3
    let zStride = kernels.padded(outputs) + 1
    var z = output(x.count * zStride)
    func call(_ masks: UnsafePointer<UInt64>?) {
      kernels.forward(
        x.count, inputs, outputs, x.rows(stride: xStride), xStride, masks, x.maskStride,
        weights.transposed.panels(kernels), [bias].panels(kernels), &z, zStride, rectifies)
    }
    if isMasked {
      x.masks.withUnsafeBufferPointer { call($0.baseAddress) }
    } else {
      call(nil)
    }
    expectIntactMargins(of: z)
    return z.rows(x.count, columns: outputs, stride: zStride)
  }

  /// `dx[m][k] = Σ_n dz[m][n] · w[n][k]`.
  func inputGradient(delta: Matrix, weights: Matrix) -> Matrix {
    let inputs = weights[0].count
    var gradient = output(kernels.padded(delta.count) * inputs)
    kernels.inputGradient(
      delta.count, inputs, weights.count, delta.groups(kernels),
      weights.transposed.panels(kernels), &gradient)
    expectIntactMargins(of: gradient)
    return gradient.fromGroups(samples: delta.count, features: inputs, kernels)
  }

  /// `dw[n][k] = Σ_m x[m][k] · dz[m][n]`, in two ranges of inputs, as two slabs would compute it.
  /// - Parameter isMasked: Whether to skip zeros of x.
  func weightGradient(x: Matrix, delta: Matrix, isMasked: Bool = false) -> Matrix {
    let inputs = x[0].count
    let outputs = delta[0].count
    let xStride = inputs + 5
    let xRows = x.rows(stride: xStride)
    let masks = x.transposed.masks
    let maskStride = x.transposed.maskStride
    let deltas = delta.panels(kernels)
    var gradient = output(kernels.padded(outputs) * inputs)
    let cut = inputs / 3
    gradient.withUnsafeMutableBufferPointer { gradient in
      xRows.withUnsafeBufferPointer { xRows in
        deltas.withUnsafeBufferPointer { deltas in
          masks.withUnsafeBufferPointer { masks in
            for (first, width) in panels(outputs) {
              for range in [cut..<inputs, 0..<cut] {
                kernels.weightGradient(
                  x.count, range.count, width, xRows.baseAddress! + range.lowerBound, xStride,
                  isMasked ? masks.baseAddress! + range.lowerBound * maskStride : nil, maskStride,
                  deltas.baseAddress! + first * x.count,
                  gradient.baseAddress! + first * inputs + range.lowerBound * width)
              }
            }
          }
        }
      }
    }
    expectIntactMargins(of: gradient)
    return gradient.fromPanels(rows: inputs, columns: outputs, kernels).transposed
  }

  /// `db[n] = Σ_m dz[m][n]`, and zeros in the places that belong to no output.
  func biasGradient(delta: Matrix) -> [Float] {
    let outputs = delta[0].count
    let deltas = delta.panels(kernels)
    var gradient = output(kernels.padded(outputs))
    gradient.withUnsafeMutableBufferPointer { gradient in
      deltas.withUnsafeBufferPointer { deltas in
        for (first, width) in panels(outputs) {
          kernels.biasGradient(
            delta.count, width, deltas.baseAddress! + first * delta.count,
            gradient.baseAddress! + first)
        }
      }
    }
    expectIntactMargins(of: gradient)
    return Array(gradient[..<kernels.padded(outputs)])
  }
}
