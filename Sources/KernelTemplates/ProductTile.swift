/// The sums of a register tile: `rows` rows of `columns` vectors.
public typealias Tile<let rows: Int, let columns: Int, V> = InlineArray<
  rows, InlineArray<columns, V>
>

/// Sums that start at zero.
@_alwaysEmitIntoClient @inline(__always)
func zeroTile<let rows: Int, let columns: Int, V: SIMD>() -> Tile<rows, columns, V>
where V.Scalar == Float {
  Tile<rows, columns, V>(repeating: InlineArray<columns, V>(repeating: .zero))
}

/// What a product does with one register tile.
public protocol TileBody {
  /// The instruction set whose vectors the tile is made of.
  associatedtype ISA: InstructionSet

  /// Computes the tile that starts at `row`.
  ///
  /// - Parameter zeros: Sums that start at zero; their type says how high and wide the tile is,
  ///   so that its loops are unrolled.
  func run<let rows: Int, let columns: Int>(row: Int, zeros: Tile<rows, columns, ISA.Vector>)
}

/// Runs `body` for tiles of one height while they fit into `count` rows.
@_alwaysEmitIntoClient @inline(__always)
func cover<Body: TileBody, let rows: Int, let columns: Int>(
  _ count: Int, from row: inout Int, _ body: Body, _ zeros: Tile<rows, columns, Body.ISA.Vector>
) {
  while row &+ rows <= count {
    body.run(row: row, zeros: zeros)
    row &+= rows
  }
}

/// Where a product takes the factors of its chains from.
public protocol Factors {
  /// The factor `offset` elements on.
  func factor(at offset: Int) -> Float

  /// The factors from `offset` elements on.
  func advanced(by offset: Int) -> Self
}

/// Factors in memory.
@frozen
public struct FloatFactors: Factors {
  @usableFromInline let address: UnsafePointer<Float>

  /// The factors from `address` on.
  @_alwaysEmitIntoClient @inline(__always)
  public init(_ address: UnsafePointer<Float>) { self.address = address }

  @_alwaysEmitIntoClient @inline(__always)
  public func factor(at offset: Int) -> Float { address[offset] }

  @_alwaysEmitIntoClient @inline(__always)
  public func advanced(by offset: Int) -> Self { Self(address + offset) }
}

/// Factors that are 8-bit pixels: each is looked up in a table of 256 floats. The pixels take up
/// a quarter of the cache that floats would, and nobody has to convert them in advance.
@frozen
public struct PixelFactors: Factors {
  @usableFromInline let address: UnsafePointer<UInt8>
  @usableFromInline let table: UnsafePointer<Float>

  /// The pixels from `address` on, and the feature of each of the 256 values of a pixel.
  @_alwaysEmitIntoClient @inline(__always)
  public init(_ address: UnsafePointer<UInt8>, table: UnsafePointer<Float>) {
    self.address = address
    self.table = table
  }

  @_alwaysEmitIntoClient @inline(__always)
  public func factor(at offset: Int) -> Float { table[Int(address[offset])] }

  @_alwaysEmitIntoClient @inline(__always)
  public func advanced(by offset: Int) -> Self { Self(address + offset, table: table) }
}

/// The heart of the three products of a dense layer, one link of the chains of a register tile:
///
///     sum[r][j] += a[r · rowStride] · b[j]
///
/// for the rows r and the vectors j of a panel's row. Each sum is one chain of multiply-adds in
/// the order of the calls; vectors run across independent sums. So a sum does not depend on which
/// tile, tile height or vector width computed it.
///
/// `while` loops with wrapping arithmetic, because a `for` loop with checked arithmetic is not
/// unrolled by the compiler and runs four times slower.
@_alwaysEmitIntoClient @inline(__always)
func multiplyAdd<I: InstructionSet, A: Factors, let rows: Int, let columns: Int>(
  _: I.Type, _ sums: inout Tile<rows, columns, I.Vector>, a: A, rowStride: Int,
  b: UnsafePointer<Float>
) {
  if columns > rows {
    // Few rows: their factors stay in registers while the vectors of the panel pass by.
    var factors = InlineArray<rows, I.Vector>(repeating: .zero)
    var r = 0
    while r < rows {
      factors[unchecked: r] = I.Vector(repeating: a.factor(at: r &* rowStride))
      r &+= 1
    }
    var j = 0
    while j < columns {
      let vector = I.load(b + j &* I.lanes)
      r = 0
      while r < rows {
        sums[unchecked: r][unchecked: j] = I.multiplyAdd(
          sums[unchecked: r][unchecked: j], factors[unchecked: r], vector)
        r &+= 1
      }
      j &+= 1
    }
  } else {
    var vectors = InlineArray<columns, I.Vector>(repeating: .zero)
    var j = 0
    while j < columns {
      vectors[unchecked: j] = I.load(b + j &* I.lanes)
      j &+= 1
    }
    var r = 0
    while r < rows {
      let factor = I.Vector(repeating: a.factor(at: r &* rowStride))
      j = 0
      while j < columns {
        sums[unchecked: r][unchecked: j] = I.multiplyAdd(
          sums[unchecked: r][unchecked: j], factor, vectors[unchecked: j])
        j &+= 1
      }
      r &+= 1
    }
  }
}

/// The chains of a tile over all d in 0 ..< depth, with a[r · rowStride + d · depthStride] and
/// b[d · columns · lanes + j].
@_alwaysEmitIntoClient @inline(__always)
func accumulate<I: InstructionSet, A: Factors, let rows: Int, let columns: Int>(
  _: I.Type, _ sums: inout Tile<rows, columns, I.Vector>, depth: Int, a: A, rowStride: Int,
  depthStride: Int, b: UnsafePointer<Float>
) {
  var a = a
  var b = b
  var d = 0
  while d < depth {
    multiplyAdd(I.self, &sums, a: a, rowStride: rowStride, b: b)
    a = a.advanced(by: depthStride)
    b += columns &* I.lanes
    d &+= 1
  }
}

/// As ``accumulate``, over the d in 0 ..< depth whose bit is set in the mask of any row: where
/// all rows of the tile have a factor of zero, the sums would not change.
///
/// - Parameters:
///   - masks: Bit d % 64 of word d / 64 of each row.
///   - maskStride: Words from one row's mask to the next one's.
@_alwaysEmitIntoClient @inline(__always)
func accumulateNonzero<I: InstructionSet, A: Factors, let rows: Int, let columns: Int>(
  _: I.Type, _ sums: inout Tile<rows, columns, I.Vector>, depth: Int, a: A, rowStride: Int,
  depthStride: Int, b: UnsafePointer<Float>, masks: UnsafePointer<UInt64>, maskStride: Int
) {
  var a = a
  var b = b
  var masks = masks
  var d = 0
  while d < depth {
    var bits: UInt64 = 0
    var r = 0
    while r < rows {
      bits |= masks[r &* maskStride]
      r &+= 1
    }
    while bits != 0 {
      let offset = bits.trailingZeroBitCount
      multiplyAdd(
        I.self, &sums, a: a.advanced(by: offset &* depthStride), rowStride: rowStride,
        b: b + offset &* (columns &* I.lanes))
      bits &= bits &- 1
    }
    masks += 1
    a = a.advanced(by: 64 &* depthStride)
    b += 64 &* (columns &* I.lanes)
    d &+= 64
  }
}

/// Loads the sums of a tile whose rows are `rowStride` floats apart.
@_alwaysEmitIntoClient @inline(__always)
func loadTile<I: InstructionSet, let rows: Int, let columns: Int>(
  _: I.Type, _ sums: inout Tile<rows, columns, I.Vector>, from address: UnsafePointer<Float>,
  rowStride: Int
) {
  var r = 0
  while r < rows {
    var j = 0
    while j < columns {
      sums[unchecked: r][unchecked: j] = I.load(address + (r &* rowStride &+ j &* I.lanes))
      j &+= 1
    }
    r &+= 1
  }
}

/// Stores the sums of a tile whose rows are `rowStride` floats apart.
@_alwaysEmitIntoClient @inline(__always)
func storeTile<I: InstructionSet, let rows: Int, let columns: Int>(
  _: I.Type, _ sums: Tile<rows, columns, I.Vector>, to address: UnsafeMutablePointer<Float>,
  rowStride: Int
) {
  var r = 0
  while r < rows {
    var j = 0
    while j < columns {
      I.store(
        sums[unchecked: r][unchecked: j], to: address + (r &* rowStride &+ j &* I.lanes))
      j &+= 1
    }
    r &+= 1
  }
}
