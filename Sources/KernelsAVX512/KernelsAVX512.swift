import KernelTemplates

private enum AVX512: FusedInstructionSet {
  typealias Vector = SIMD16<Float>
  static var tileRows: Int { 8 }

  @inline(__always)
  static func runFullTile<Body: TileBody>(_ body: Body, row: Int) where Body.ISA == Self {
    body.run(row: row, zeros: InlineArray<8, Vector>(repeating: .zero))
  }
}

/// The kernels of this instruction set.
public func kernelsAVX512() -> KernelTable {
  KernelTable(AVX512.self, name: "avx512", isFused: true)
}
