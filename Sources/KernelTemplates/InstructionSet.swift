/// What a kernel template must know of an instruction set: its vectors, its multiply-add, and the
/// tile that fills its registers. Each kernel variant conforms one empty type to it.
///
/// Everything in this module is emitted into the module that uses it and nowhere else, because
/// only there do the code-generation flags of the instruction set apply.
public protocol InstructionSet: SendableMetatype {
  /// The widest vector of 32-bit floats.
  associatedtype Vector: SIMD where Vector.Scalar == Float

  /// The rows of a register tile, at most 8; with two vectors a row, `2 × tileRows` accumulators.
  static var tileRows: Int { get }

  /// Runs `body` for a tile of `tileRows` rows, starting at `row`.
  static func runFullTile<Body: TileBody>(_ body: Body, row: Int) where Body.ISA == Self

  /// `sum + a × b`, element by element.
  static func multiplyAdd(_ sum: Vector, _ a: Vector, _ b: Vector) -> Vector

  /// `sum + a × b`.
  static func multiplyAdd(_ sum: Float, _ a: Float, _ b: Float) -> Float
}

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

extension InstructionSet {
  /// Elements in a vector.
  @_alwaysEmitIntoClient @inline(__always)
  public static var lanes: Int { Vector.scalarCount }

  /// Elements in a row of a panel: two vectors.
  @_alwaysEmitIntoClient @inline(__always)
  public static var panelWidth: Int { 2 &* Vector.scalarCount }

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
