import KernelTemplates

private enum AVX2: FusedInstructionSet, SixteenRegisters {
  typealias Vector = SIMD8<Float>
}

/// The kernels of this instruction set.
public func kernelsAVX2() -> KernelTable {
  KernelTable(AVX2.self, name: "avx2", isFused: true)
}
