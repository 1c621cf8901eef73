import Kernels
import Randomness

/// A matrix of rows, and its layouts in the kernels' memory.
typealias Matrix = [[Float]]

extension Matrix {
  /// Uniform numbers in [−1, 1).
  static func random(rows: Int, columns: Int, using random: inout RandomStream) -> Matrix {
    (0..<rows).map { _ in (0..<columns).map { _ in random.uniform(-1, 1) } }
  }

  /// Row by row with the given stride; the space between rows is not-a-number.
  func rows(stride: Int) -> FloatBuffer {
    let buffer = FloatBuffer(count: count * stride, repeating: .nan)
    for (r, row) in enumerated() {
      for (c, value) in row.enumerated() { buffer.address[r * stride + c] = value }
    }
    return buffer
  }

  /// In panels of the given width: columns past the end are zero.
  func panels(width: Int) -> FloatBuffer {
    let columns = first?.count ?? 0
    let panels = (columns + width - 1) / width
    let buffer = FloatBuffer(count: panels * count * width)
    for (r, row) in enumerated() {
      for (c, value) in row.enumerated() {
        buffer.address[(c / width * count + r) * width + c % width] = value
      }
    }
    return buffer
  }

  /// In groups of the given width, where rows are samples and columns features; places past the
  /// last sample hold 7, which no result may show.
  func groups(width: Int) -> FloatBuffer {
    let features = first?.count ?? 0
    let groups = (count + width - 1) / width
    let buffer = FloatBuffer(count: groups * features * width, repeating: 7)
    for (m, row) in enumerated() {
      for (f, value) in row.enumerated() {
        buffer.address[(m / width * features + f) * width + m % width] = value
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

  func fromPanels(rows: Int, columns: Int, width: Int) -> Matrix {
    (0..<rows).map { r in
      (0..<columns).map { address[($0 / width * rows + r) * width + $0 % width] }
    }
  }

  func fromGroups(samples: Int, features: Int, width: Int) -> Matrix {
    (0..<samples).map { m in
      (0..<features).map { address[(m / width * features + $0) * width + m % width] }
    }
  }
}
