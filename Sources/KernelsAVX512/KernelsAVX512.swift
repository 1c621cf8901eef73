import KernelTemplates

private enum AVX512: FusedInstructionSet, ThirtyTwoRegisters {
  typealias Vector = SIMD16<Float>
}

/// The kernels of this instruction set.
public func kernelsAVX512() -> KernelTable {
  KernelTable(AVX512.self, name: "avx512", isFused: true)
}
