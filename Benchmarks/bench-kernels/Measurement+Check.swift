import Kernels

extension Measurement {
  /// Throws unless some elements of each product, just computed, are what the reference kernels
  /// make of the same numbers: the first, the middle and the last of the rows, of the inputs and of
  /// the outputs, and all their combinations.
  func check() throws {
    let samples = Self.some(of: rows)
    let features = Self.some(of: inputs)
    let neurons = Self.some(of: outputs)

    let wholeRows = samples.map { m in (0..<inputs).map { feature(m, $0) } }
    let z = ReferenceKernels.forward(
      x: wholeRows, weights: neurons.map { n in (0..<inputs).map { weight($0, n) } },
      bias: neurons.map { unsafe bias.address[place(0, $0, rows: 1, columns: outputs)] },
      rectifies: true)
    try compare("forward", terms: inputs, expected: z) { m, n in
      unsafe self.z.address[samples[m] * zStride + neurons[n]]
    }

    let wholeColumns = (0..<rows).map { m in features.map { feature(m, $0) } }
    let deltas = (0..<rows).map { m in
      neurons.map { unsafe deltaPanels.address[place(m, $0, rows: rows, columns: outputs)] }
    }
    let weightGradient = ReferenceKernels.weightGradient(x: wholeColumns, delta: deltas)
    try compare("weight_gradient", terms: rows, expected: weightGradient) { n, k in
      unsafe gradient.address[place(features[k], neurons[n], rows: inputs, columns: outputs)]
    }

    if takesPixels { return }
    let inputGradient = ReferenceKernels.inputGradient(
      delta: samples.map { m in
        (0..<outputs).map { n in
          unsafe deltaGroups.address[place(n, m, rows: outputs, columns: rows)]
        }
      },
      weights: (0..<outputs).map { n in features.map { weight($0, n) } })
    try compare("input_gradient", terms: outputs, expected: inputGradient) { m, k in
      unsafe self.inputGradient.address[
        place(features[k], samples[m], rows: inputs, columns: rows)]
    }
  }

  /// Fused kernels give the reference's bits. Others round twice as often: every factor is at most
  /// 1, so a sum of t terms and the bias is off by at most (t + 1) · 2⁻²⁴ · (t + 1) on either side.
  private func compare(
    _ product: String, terms: Int, expected: [[Float]], found: (Int, Int) -> Float
  ) throws {
    let count = Float(terms + 1)
    let tolerance = kernels.isFused ? 0 : 2 * count * count * 0x1p-24
    for (i, row) in expected.enumerated() {
      for (j, value) in row.enumerated() where !(abs(found(i, j) - value) <= tolerance) {
        throw WrongResult(
          description: """
            \(kernels.name): \(product) of \(rows) rows, \(inputs) × \(outputs): found \
            \(found(i, j)), expected \(value)
            """)
      }
    }
  }

  private struct WrongResult: Error, CustomStringConvertible { let description: String }

  /// The first, the middle and the last of `count` places.
  private static func some(of count: Int) -> [Int] {
    Set([0, count / 2, count - 1]).sorted()
  }

  // MARK: Elements

  private func feature(_ row: Int, _ input: Int) -> Float {
    let place = row * xStride + input
    return unsafe takesPixels
      ? featureOfPixel.address[Int(pixels.address[place])] : x.address[place]
  }

  private func weight(_ input: Int, _ output: Int) -> Float {
    unsafe weights.address[place(input, output, rows: inputs, columns: outputs)]
  }

  /// The place of an element of a matrix in panels; groups are panels of features × samples.
  private func place(_ row: Int, _ column: Int, rows: Int, columns: Int) -> Int {
    let first = column / kernels.panelWidth * kernels.panelWidth
    let width = min(kernels.panelWidth, kernels.padded(columns) - first)
    return first * rows + row * width + column - first
  }
}
