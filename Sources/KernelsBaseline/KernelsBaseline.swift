import KernelTemplates

#if arch(arm64)
  // Every 64-bit ARM processor has fused multiply-add and 32 vector registers.
  private enum Baseline: FusedInstructionSet, ThirtyTwoRegisters {
    typealias Vector = SIMD4<Float>
  }

  /// The kernels that every processor of this architecture can run.
  public func kernelsBaseline() -> KernelTable {
    KernelTable(Baseline.self, name: "neon", isFused: true)
  }
#else
  private enum Baseline: UnfusedInstructionSet, SixteenRegisters {
    typealias Vector = SIMD4<Float>
  }

  /// The kernels that every processor of this architecture can run.
  public func kernelsBaseline() -> KernelTable {
    KernelTable(Baseline.self, name: "baseline", isFused: false)
  }
#endif
