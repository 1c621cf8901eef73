import Kernels
import Randomness

/// A matrix of rows, and its layouts in the kernels' memory.
typealias Matrix = [[Float]]

extension Matrix {
  /// Uniform numbers in [−1, 1), of which a share is replaced by zeros.
  static func random(
    rows: Int, columns: Int, zeros: Float = 0, using random: inout RandomStream
  ) -> Matrix {
    (0..<rows).map { _ in
      (0..<columns).map { _ in
        let number = random.uniform(-1, 1)
        return random.uniform() < zeros ? 0 : number
      }
    }
  }

  /// Words in the mask of a row.
  var maskStride: Int { ((first?.count ?? 0) + 63) / 64 }

  /// For each row, which of its elements are not zero.
  var masks: AlignedBuffer<UInt64> {
    let buffer = AlignedBuffer<UInt64>(count: count * maskStride, repeating: 0)
    for (r, row) in enumerated() {
      for (c, value) in row.enumerated() where value != 0 {
        buffer.address[r * maskStride + c / 64] |= 1 << UInt64(c % 64)
      }
    }
    return buffer
  }

  /// Row by row with the given stride; the space between rows is not-a-number.
  func rows(stride: Int) -> FloatBuffer {
    let buffer = FloatBuffer(count: count * stride, repeating: .nan)
    for (r, row) in enumerated() {
      for (c, value) in row.enumerated() { buffer.address[r * stride + c] = value }
    }
    return buffer
  }

  /// In panels: columns past the end are zero.
  func panels(_ kernels: KernelTable) -> FloatBuffer {
    let columns = first?.count ?? 0
    let buffer = FloatBuffer(count: count * kernels.padded(columns))
    for (r, row) in enumerated() {
      for (c, value) in row.enumerated() {
        buffer.address[kernels.place(row: r, column: c, rows: count, columns: columns)] = value
      }
    }
    return buffer
  }

  /// In groups, where rows are samples and columns features; places past the last sample hold 7,
  /// which no result may show.
  func groups(_ kernels: KernelTable) -> FloatBuffer {
    let features = first?.count ?? 0
    let buffer = FloatBuffer(count: features * kernels.padded(count), repeating: 7)
    for (m, row) in enumerated() {
      for (f, value) in row.enumerated() {
        buffer.address[kernels.place(row: f, column: m, rows: features, columns: count)] = value
      }
    }
    return buffer
  }

  var transposed: Matrix {
    (first ?? []).indices.map { c in map { $0[c] } }
  }

  /// Σ_k |self[i][k]| · |other[k][j]|, the scale of rounding errors in a product.
  func absoluteProduct(_ other: Matrix) -> Matrix {
    map { row in
      (other.first ?? []).indices.map { j in
        zip(row, other).reduce(0) { $0 + abs($1.0) * abs($1.1[j]) }
      }
    }
  }
}

extension FloatBuffer {
  func rows(_ count: Int, columns: Int, stride: Int) -> Matrix {
    (0..<count).map { r in (0..<columns).map { address[r * stride + $0] } }
  }

  func fromPanels(rows: Int, columns: Int, _ kernels: KernelTable) -> Matrix {
    (0..<rows).map { r in
      (0..<columns).map { c in
        address[kernels.place(row: r, column: c, rows: rows, columns: columns)]
      }
    }
  }

  func fromGroups(samples: Int, features: Int, _ kernels: KernelTable) -> Matrix {
    fromPanels(rows: features, columns: samples, kernels).transposed
  }
}

extension KernelTable {
  /// The place of an element of a matrix in panels.
  func place(row: Int, column: Int, rows: Int, columns: Int) -> Int {
    let first = column / panelWidth * panelWidth
    let width = min(panelWidth, padded(columns) - first)
    return first * rows + row * width + column - first
  }
}
