import KernelTemplates

private enum AVX2: FusedInstructionSet {
  typealias Vector = SIMD8<Float>
  static var tileRows: Int { 6 }

  @inline(__always)
  static func runFullTile<Body: TileBody>(_ body: Body, row: Int) where Body.ISA == Self {
    body.run(row: row, zeros: InlineArray<6, Vector>(repeating: .zero))
  }
}

/// The kernels of this instruction set.
public func kernelsAVX2() -> KernelTable {
  KernelTable(AVX2.self, name: "avx2", isFused: true)
}
