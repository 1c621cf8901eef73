/// The register tile at the heart of the three products of a dense layer.
///
///     sum[r][j] += Σ_d a[r · rowStride + d · depthStride] · b[d · panelWidth + j]
///
/// for `rows` rows r and the two vectors j of a panel's row. Each sum is one chain of
/// multiply-adds in the order of d; vectors run across independent sums. So a sum does not depend
/// on which tile, tile height or vector width computed it.
///
/// `while` loops with wrapping arithmetic, because a `for` loop with checked arithmetic is not
/// unrolled by the compiler and runs four times slower.
@_alwaysEmitIntoClient @inline(__always)
func accumulate<I: InstructionSet, let rows: Int>(
  _: I.Type, low: inout InlineArray<rows, I.Vector>, high: inout InlineArray<rows, I.Vector>,
  depth: Int, a: UnsafePointer<Float>, rowStride: Int, depthStride: Int, b: UnsafePointer<Float>
) {
  var a = a
  var b = b
  var d = 0
  while d < depth {
    let b0 = I.load(b)
    let b1 = I.load(b + I.lanes)
    var r = 0
    while r < rows {
      let factor = I.Vector(repeating: a[r &* rowStride])
      low[unchecked: r] = I.multiplyAdd(low[unchecked: r], factor, b0)
      high[unchecked: r] = I.multiplyAdd(high[unchecked: r], factor, b1)
      r &+= 1
    }
    a += depthStride
    b += I.panelWidth
    d &+= 1
  }
}

/// Loads `rows` rows of two vectors, `rowStride` floats apart.
@_alwaysEmitIntoClient @inline(__always)
func loadTile<I: InstructionSet, let rows: Int>(
  _: I.Type, low: inout InlineArray<rows, I.Vector>, high: inout InlineArray<rows, I.Vector>,
  from address: UnsafePointer<Float>, rowStride: Int
) {
  var r = 0
  while r < rows {
    low[unchecked: r] = I.load(address + r &* rowStride)
    high[unchecked: r] = I.load(address + r &* rowStride + I.lanes)
    r &+= 1
  }
}

/// Stores `rows` rows of two vectors, `rowStride` floats apart.
@_alwaysEmitIntoClient @inline(__always)
func storeTile<I: InstructionSet, let rows: Int>(
  _: I.Type, low: InlineArray<rows, I.Vector>, high: InlineArray<rows, I.Vector>,
  to address: UnsafeMutablePointer<Float>, rowStride: Int
) {
  var r = 0
  while r < rows {
    I.store(low[unchecked: r], to: address + r &* rowStride)
    I.store(high[unchecked: r], to: address + r &* rowStride + I.lanes)
    r &+= 1
  }
}

/// What a product does with one register tile.
public protocol TileBody {
  associatedtype ISA: InstructionSet

  /// Computes the tile of `rows` rows that starts at `row`.
  ///
  /// - Parameter zeros: Accumulators that start at zero; their type says how many rows the tile
  ///   has, so that its loops are unrolled.
  func run<let rows: Int>(row: Int, zeros: InlineArray<rows, ISA.Vector>)
}

/// Covers `count` rows with full tiles and one lower tile for the rest. The lower tiles are
/// compiled from the same body, so an edge is neither masked nor slower code.
@_alwaysEmitIntoClient @inline(__always)
func forEachTile<Body: TileBody>(rows count: Int, _ body: Body) {
  var row = 0
  while row &+ Body.ISA.tileRows <= count {
    Body.ISA.runFullTile(body, row: row)
    row &+= Body.ISA.tileRows
  }
  switch count &- row {
  case 1: body.run(row: row, zeros: InlineArray<1, Body.ISA.Vector>(repeating: .zero))
  case 2: body.run(row: row, zeros: InlineArray<2, Body.ISA.Vector>(repeating: .zero))
  case 3: body.run(row: row, zeros: InlineArray<3, Body.ISA.Vector>(repeating: .zero))
  case 4: body.run(row: row, zeros: InlineArray<4, Body.ISA.Vector>(repeating: .zero))
  case 5: body.run(row: row, zeros: InlineArray<5, Body.ISA.Vector>(repeating: .zero))
  case 6: body.run(row: row, zeros: InlineArray<6, Body.ISA.Vector>(repeating: .zero))
  case 7: body.run(row: row, zeros: InlineArray<7, Body.ISA.Vector>(repeating: .zero))
  default: break
  }
}
