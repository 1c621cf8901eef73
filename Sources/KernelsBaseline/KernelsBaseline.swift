import KernelTemplates

private enum Baseline: UnfusedInstructionSet {
  typealias Vector = SIMD4<Float>
  static var tileRows: Int { 4 }

  @inline(__always)
  static func runFullTile<Body: TileBody>(_ body: Body, row: Int) where Body.ISA == Self {
    body.run(row: row, zeros: InlineArray<4, Vector>(repeating: .zero))
  }
}

/// The kernels of this instruction set.
public func kernelsBaseline() -> KernelTable {
  KernelTable(Baseline.self, name: "baseline", isFused: false)
}
