import Testing

// The products over plain matrices: each lays out its arguments with not-a-number between the rows
// and in the outputs, calls the kernel, and checks that it wrote no further than it may.
extension TableUnderTest {
  /// `z[m][n] = activation(bias[n] + Σ_k x[m][k] · w[n][k])`.
  func forward(x: Matrix, weights: Matrix, bias: [Float], rectifies: Bool) -> Matrix {
    let xStride = weights[0].count + 3
    let zStride = kernels.padded(weights.count) + 1
    var z = output(x.count * zStride)
    kernels.forward(
      x.count, weights[0].count, weights.count, x.rows(stride: xStride), xStride,
      weights.transposed.panels(kernels), [bias].panels(kernels), &z, zStride, rectifies)
    expectIntactMargins(of: z)
    return z.rows(x.count, columns: weights.count, stride: zStride)
  }

  /// As `forward`, of pixels.
  /// - Parameter isMasked: Whether to skip zeros.
  func forward(
    pixels: PixelMatrix, weights: Matrix, bias: [Float], rectifies: Bool, isMasked: Bool
  ) -> Matrix {
    let xStride = weights[0].count + 3
    let zStride = kernels.padded(weights.count) + 1
    var z = output(pixels.rows.count * zStride)
    pixels.features.masks.withUnsafeBufferPointer { masks in
      kernels.forwardPixels(
        pixels.rows.count, weights[0].count, weights.count, pixels.memory(stride: xStride),
        xStride, pixels.table, isMasked ? masks.baseAddress : nil, pixels.features.maskStride,
        weights.transposed.panels(kernels), [bias].panels(kernels), &z, zStride, rectifies)
    }
    expectIntactMargins(of: z)
    return z.rows(pixels.rows.count, columns: weights.count, stride: zStride)
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
  func weightGradient(x: Matrix, delta: Matrix) -> Matrix {
    let xStride = x[0].count + 5
    let xRows = x.rows(stride: xStride)
    return weightGradient(inputs: x[0].count, delta: delta) { range, width, deltas, gradient in
      xRows.withUnsafeBufferPointer {
        kernels.weightGradient(
          x.count, range.count, width, $0.baseAddress! + range.lowerBound, xStride, deltas,
          gradient, gradient)
      }
    }
  }

  /// As `weightGradient`, of pixels.
  /// - Parameter isMasked: Whether to skip zeros.
  func weightGradient(pixels: PixelMatrix, delta: Matrix, isMasked: Bool) -> Matrix {
    let inputs = pixels.rows[0].count
    let xStride = inputs + 5
    let xRows = pixels.memory(stride: xStride)
    let masks = pixels.features.transposed.masks
    let maskStride = pixels.features.transposed.maskStride
    return weightGradient(inputs: inputs, delta: delta) { range, width, deltas, gradient in
      xRows.withUnsafeBufferPointer { xRows in
        masks.withUnsafeBufferPointer { masks in
          kernels.weightGradientOfPixels(
            pixels.rows.count, range.count, width, xRows.baseAddress! + range.lowerBound, xStride,
            pixels.table,
            isMasked ? masks.baseAddress! + range.lowerBound * maskStride : nil, maskStride,
            deltas, gradient, gradient)
        }
      }
    }
  }

  private func weightGradient(
    inputs: Int, delta: Matrix,
    kernel: (Range<Int>, _ width: Int, UnsafePointer<Float>, UnsafeMutablePointer<Float>) -> Void
  ) -> Matrix {
    let outputs = delta[0].count
    let deltas = delta.panels(kernels)
    var gradient = output(kernels.padded(outputs) * inputs)
    let cut = inputs / 3
    gradient.withUnsafeMutableBufferPointer { gradient in
      deltas.withUnsafeBufferPointer { deltas in
        for (first, width) in panels(outputs) {
          for range in [cut..<inputs, 0..<cut] {
            kernel(
              range, width, deltas.baseAddress! + first * delta.count,
              gradient.baseAddress! + first * inputs + range.lowerBound * width)
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
