/// What a kernel template must know of an instruction set: its vectors, its multiply-add, and the
/// tiles that fill its registers. Each kernel variant conforms one empty type to it.
///
/// Everything in this module is emitted into the module that uses it and nowhere else, because
/// only there do the code-generation flags of the instruction set apply.
public protocol InstructionSet: SendableMetatype {
  /// The widest vector of 32-bit floats.
  associatedtype Vector: SIMD where Vector.Scalar == Float

  /// Covers `rows` rows of `columns` vectors with register tiles, the largest first.
  /// - Parameter columns: 1 to ``panelColumns``.
  static func forEachTile<Body: TileBody>(rows: Int, columns: Int, _ body: Body)
  where Body.ISA == Self

  /// `sum + a × b`, element by element.
  static func multiplyAdd(_ sum: Vector, _ a: Vector, _ b: Vector) -> Vector

  /// `sum + a × b`.
  static func multiplyAdd(_ sum: Float, _ a: Float, _ b: Float) -> Float
}

extension InstructionSet {
  /// Floats in a vector.
  @_alwaysEmitIntoClient @inline(__always)
  public static var lanes: Int { Vector.scalarCount }

  /// Vectors in a row of a full panel.
  @_alwaysEmitIntoClient @inline(__always)
  public static var panelColumns: Int { 4 }

  /// Floats in a row of a full panel.
  @_alwaysEmitIntoClient @inline(__always)
  public static var panelWidth: Int { panelColumns &* Vector.scalarCount }

  /// `count` rounded up to whole vectors.
  @_alwaysEmitIntoClient @inline(__always)
  static func padded(_ count: Int) -> Int {
    (count &+ lanes &- 1) / lanes &* lanes
  }

  @_alwaysEmitIntoClient @inline(__always)
  static func load(_ address: UnsafePointer<Float>) -> Vector {
    UnsafeRawPointer(address).loadUnaligned(as: Vector.self)
  }

  @_alwaysEmitIntoClient @inline(__always)
  static func load(_ address: UnsafeMutablePointer<Float>) -> Vector {
    UnsafeRawPointer(address).loadUnaligned(as: Vector.self)
  }

  @_alwaysEmitIntoClient @inline(__always)
  static func store(_ vector: Vector, to address: UnsafeMutablePointer<Float>) {
    UnsafeMutableRawPointer(address).storeBytes(of: vector, as: Vector.self)
  }
}

// MARK: Multiply-add

/// An instruction set with fused multiply-add: one rounding for `sum + a × b`, so that all of
/// them give the same bits.
public protocol FusedInstructionSet: InstructionSet {}

extension FusedInstructionSet {
  @_alwaysEmitIntoClient @inline(__always)
  public static func multiplyAdd(_ sum: Vector, _ a: Vector, _ b: Vector) -> Vector {
    sum.addingProduct(a, b)
  }

  @_alwaysEmitIntoClient @inline(__always)
  public static func multiplyAdd(_ sum: Float, _ a: Float, _ b: Float) -> Float {
    sum.addingProduct(a, b)
  }
}

/// An instruction set without fused multiply-add. A fused one would be a function call for each
/// element there (0.15 GFLOP/s), so it rounds twice, and its results may differ in the last bits.
public protocol UnfusedInstructionSet: InstructionSet {}

extension UnfusedInstructionSet {
  @_alwaysEmitIntoClient @inline(__always)
  public static func multiplyAdd(_ sum: Vector, _ a: Vector, _ b: Vector) -> Vector {
    sum + a * b
  }

  @_alwaysEmitIntoClient @inline(__always)
  public static func multiplyAdd(_ sum: Float, _ a: Float, _ b: Float) -> Float {
    sum + a * b
  }
}

// MARK: Registers

/// Sixteen vector registers: tiles of twelve sums.
///
/// Measured with AVX2 on one core of an AMD EPYC (multiply-add peak 104 GFLOP/s) by `bench-kernels`
/// for 64 rows, greatest of 150 measurements each, builds taken in turn, in GFLOP/s:
///
/// | tile, panel | 784 px × 128: forward, weight grad. | 512 × 512: forward, input grad., weight grad. |
/// |---|---|---|
/// | 3 × 4, 4 vectors | 96, 93 | 95, 98, 95 |
/// | 2 × 4, 4 vectors | 93, 96 | 93, 96, 101 |
/// | 4 × 3, 3 vectors | 74, 83 | 92, 96, 92 |
/// | 6 × 2, 2 vectors | 85, 92 | 98, 95, 95 |
/// | 5 × 2, 2 vectors | 87, 91 | 98, 93, 98 |
///
/// 2 × 4 for the weight gradient alone makes the whole step of 784-128-10 slower by 2 to 9 %.
public protocol SixteenRegisters: InstructionSet {}

extension SixteenRegisters {
  @_alwaysEmitIntoClient @inline(__always)
  public static func forEachTile<Body: TileBody>(rows: Int, columns: Int, _ body: Body)
  where Body.ISA == Self {
    var row = 0
    switch columns {
    case 4:
      cover(rows, from: &row, body, zeroTile() as Tile<3, 4, Vector>)
      cover(rows, from: &row, body, zeroTile() as Tile<2, 4, Vector>)
      cover(rows, from: &row, body, zeroTile() as Tile<1, 4, Vector>)
    case 3:
      cover(rows, from: &row, body, zeroTile() as Tile<4, 3, Vector>)
      cover(rows, from: &row, body, zeroTile() as Tile<2, 3, Vector>)
      cover(rows, from: &row, body, zeroTile() as Tile<1, 3, Vector>)
    case 2:
      cover(rows, from: &row, body, zeroTile() as Tile<6, 2, Vector>)
      cover(rows, from: &row, body, zeroTile() as Tile<4, 2, Vector>)
      cover(rows, from: &row, body, zeroTile() as Tile<2, 2, Vector>)
      cover(rows, from: &row, body, zeroTile() as Tile<1, 2, Vector>)
    default:
      cover(rows, from: &row, body, zeroTile() as Tile<8, 1, Vector>)
      cover(rows, from: &row, body, zeroTile() as Tile<4, 1, Vector>)
      cover(rows, from: &row, body, zeroTile() as Tile<2, 1, Vector>)
      cover(rows, from: &row, body, zeroTile() as Tile<1, 1, Vector>)
    }
  }
}

/// Thirty-two vector registers: tiles of sixteen sums, the shape that is best with sixteen
/// registers, one row higher. Other shapes have not been measured on a processor with AVX-512.
public protocol ThirtyTwoRegisters: InstructionSet {}

extension ThirtyTwoRegisters {
  @_alwaysEmitIntoClient @inline(__always)
  public static func forEachTile<Body: TileBody>(rows: Int, columns: Int, _ body: Body)
  where Body.ISA == Self {
    var row = 0
    switch columns {
    case 4:
      cover(rows, from: &row, body, zeroTile() as Tile<4, 4, Vector>)
      cover(rows, from: &row, body, zeroTile() as Tile<2, 4, Vector>)
      cover(rows, from: &row, body, zeroTile() as Tile<1, 4, Vector>)
    case 3:
      cover(rows, from: &row, body, zeroTile() as Tile<5, 3, Vector>)
      cover(rows, from: &row, body, zeroTile() as Tile<2, 3, Vector>)
      cover(rows, from: &row, body, zeroTile() as Tile<1, 3, Vector>)
    case 2:
      cover(rows, from: &row, body, zeroTile() as Tile<8, 2, Vector>)
      cover(rows, from: &row, body, zeroTile() as Tile<4, 2, Vector>)
      cover(rows, from: &row, body, zeroTile() as Tile<2, 2, Vector>)
      cover(rows, from: &row, body, zeroTile() as Tile<1, 2, Vector>)
    default:
      cover(rows, from: &row, body, zeroTile() as Tile<8, 1, Vector>)
      cover(rows, from: &row, body, zeroTile() as Tile<4, 1, Vector>)
      cover(rows, from: &row, body, zeroTile() as Tile<2, 1, Vector>)
      cover(rows, from: &row, body, zeroTile() as Tile<1, 1, Vector>)
    }
  }
}
