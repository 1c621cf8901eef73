import KernelTemplates

/// The vectors and the tile of AVX-512 on any processor.
private enum SixteenLanes: FusedInstructionSet, ThirtyTwoRegisters {
  typealias Vector = SIMD16<Float>
}

/// The vectors and the tile of NEON on any processor.
private enum FourLanes: FusedInstructionSet, ThirtyTwoRegisters {
  typealias Vector = SIMD4<Float>
}

/// Kernels in the panels, tiles and order of AVX-512 and of NEON, whose multiply-adds are calls of
/// the C library: slow, and the same bits as the real ones.
let emulatedKernels = [
  KernelTable(SixteenLanes.self, name: "sixteen lanes", isFused: true),
  KernelTable(FourLanes.self, name: "four lanes", isFused: true),
]
