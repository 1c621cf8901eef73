import Foundation
import Kernels
import Testing

@Suite struct KernelVariantTests {
  let names = KernelVariant.all.map(\.name)

  /// Without fused multiply-add on x86; every 64-bit ARM processor has it.
  @Test func thereIsAlwaysTheBaseline() {
    #if arch(arm64)
      #expect(names.first == "neon")
    #else
      #expect(names.first == "baseline")
    #endif
    #expect(Set(names).count == names.count)
  }

  @Test func theLastIsTheWidest() {
    let widths = KernelVariant.all.map(\.kernels.panelWidth)
    #expect(widths == widths.sorted())
  }

  @Test func sizesFitTheTemplates() {
    for table in TableUnderTest.all {
      #expect([4, 8, 16].contains(table.kernels.lanes))
      #expect(table.kernels.panelWidth == 4 * table.kernels.lanes)
    }
    #expect(KernelVariant.all.map(\.kernels.isFused) == names.map { $0 != "baseline" })
  }

  @Test func withoutANameTheWidestIsSelected() throws {
    let forced = ProcessInfo.processInfo.environment[KernelVariant.environmentVariable]
    #expect(try KernelVariant.select().name == forced ?? names.last)
  }

  /// A known name gives that variant or, where the processor cannot run it, says so.
  @Test(arguments: ["baseline", "avx2", "avx512"])
  func knownNames(name: String) throws {
    #if arch(x86_64)
      if names.contains(name) {
        #expect(try KernelVariant.select(named: name).name == name)
      } else {
        #expect(throws: KernelError.unsupportedVariant(name, available: names)) {
          try KernelVariant.select(named: name)
        }
      }
    #else
      #expect((try? KernelVariant.select(named: name).name) == (names.contains(name) ? name : nil))
    #endif
  }

  @Test(arguments: ["", "AVX2", "sse", "avx2 ", "baseline,avx2"])
  func unknownNames(name: String) {
    #expect(throws: KernelError.unknownVariant(name, available: names)) {
      try KernelVariant.select(named: name)
    }
  }

  @Test func errorsAreSentences() {
    #expect(
      KernelError.unknownVariant("sse", available: ["baseline", "avx2"]).description
        == "'sse' is not a kernel variant (expected baseline, avx2)")
    #expect(
      KernelError.unsupportedVariant("avx512", available: ["baseline"]).description
        == "this processor cannot run 'avx512' (it can run baseline)")
    #expect(
      KernelError.unknownVariant("sse", available: ["neon"], variable: "ISA").description
        == "ISA: 'sse' is not a kernel variant (expected neon)")
    #expect(
      KernelError.unsupportedVariant("avx2", available: ["baseline"], variable: "ISA").description
        == "ISA: this processor cannot run 'avx2' (it can run baseline)")
  }
}
