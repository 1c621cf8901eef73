import Kernels
import Randomness
import TestSupport
import Testing

/// A matrix of rows, and its layouts in the kernels' memory.
///
/// Memory is an array that is passed to a kernel as an argument: the address is then valid for
/// just the call.
typealias Matrix = [[Float]]

extension Matrix {
  /// Uniform numbers in [−1, 1).
  static func random(rows: Int, columns: Int, using random: inout RandomStream) -> Matrix {
    (0..<rows).map { _ in (0..<columns).map { _ in random.uniform(-1, 1) } }
  }

  /// Words in the mask of a row.
  var maskStride: Int { ((first?.count ?? 0) + 63) / 64 }

  /// For each row, which of its elements are not zero.
  var masks: [UInt64] {
    var masks = [UInt64](repeating: 0, count: count * maskStride)
    for (r, row) in enumerated() {
      for (c, value) in row.enumerated() where value != 0 {
        masks[r * maskStride + c / 64] |= 1 << UInt64(c % 64)
      }
    }
    return masks
  }

  /// Row by row with the given stride; the space between rows is not-a-number.
  func rows(stride: Int) -> [Float] {
    var memory = [Float](repeating: .nan, count: count * stride)
    for (r, row) in enumerated() {
      for (c, value) in row.enumerated() { memory[r * stride + c] = value }
    }
    return memory
  }

  /// In panels: columns past the end are zero.
  func panels(_ kernels: KernelTable) -> [Float] {
    let columns = first?.count ?? 0
    var memory = [Float](repeating: 0, count: count * kernels.padded(columns))
    for (r, row) in enumerated() {
      for (c, value) in row.enumerated() {
        memory[kernels.place(row: r, column: c, rows: count, columns: columns)] = value
      }
    }
    return memory
  }

  /// In groups, where rows are samples and columns features; places past the last sample hold 7,
  /// which no result may show.
  func groups(_ kernels: KernelTable) -> [Float] {
    let features = first?.count ?? 0
    var memory = [Float](repeating: 7, count: features * kernels.padded(count))
    for (m, row) in enumerated() {
      for (f, value) in row.enumerated() {
        memory[kernels.place(row: f, column: m, rows: features, columns: count)] = value
      }
    }
    return memory
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

  /// All elements as bits.
  var bits: [[UInt32]] { map(\.bits) }
}

extension [Float] {
  var areNotANumber: Bool { allSatisfy { $0.isNaN } }

  func rows(_ count: Int, columns: Int, stride: Int) -> Matrix {
    (0..<count).map { r in (0..<columns).map { self[r * stride + $0] } }
  }

  func fromPanels(rows: Int, columns: Int, _ kernels: KernelTable) -> Matrix {
    (0..<rows).map { r in
      (0..<columns).map { c in
        self[kernels.place(row: r, column: c, rows: rows, columns: columns)]
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

/// How many rows of two matrices differ in any bit.
func differences(_ found: Matrix, _ expected: Matrix) -> Int {
  differences(found.bits, expected.bits)
}

// MARK: Poison

/// What outputs hold before a kernel runs: a not-a-number with a payload that no arithmetic makes.
let poison = Float(bitPattern: 0x7FC0_DEAD)
/// Poisoned floats behind the end of an output, where a kernel must not write.
private let margin = 64

/// Memory for a kernel to write `count` floats to: all poison, and more poison behind it.
func output(_ count: Int) -> [Float] { [Float](repeating: poison, count: count + margin) }

/// Fails unless the kernel that wrote to these ``output(_:)``s left alone what lies behind their ends.
func expectIntactMargins(
  of outputs: [Float]..., sourceLocation: SourceLocation = #_sourceLocation
) {
  let written = outputs.map { $0.suffix(margin).count { $0.bitPattern != poison.bitPattern } }
  #expect(written.allSatisfy { $0 == 0 }, sourceLocation: sourceLocation)
}

// MARK: Pixels

/// A matrix of pixels, and the feature that each value of a pixel stands for.
struct PixelMatrix {
  let rows: [[UInt8]]
  /// 256 features; pixel 0 is feature 0.
  let table: [Float]

  /// Random pixels, of which 60 % are 0, and random features.
  static func random(rows: Int, columns: Int, using random: inout RandomStream) -> PixelMatrix {
    PixelMatrix(
      rows: (0..<rows).map { _ in
        (0..<columns).map { _ in
          let pixel = UInt8(random.uniform(below: 256))
          return random.uniform() < 0.6 ? 0 : pixel
        }
      },
      table: [0] + (1..<256).map { _ in random.uniform(-1, 1) })
  }

  /// What the pixels stand for.
  var features: Matrix { rows.map { $0.map { table[Int($0)] } } }

  /// Row by row with the given stride; the space between rows is full of ink.
  func memory(stride: Int) -> [UInt8] {
    rows.flatMap { $0 + [UInt8](repeating: 255, count: stride - $0.count) }
  }
}
