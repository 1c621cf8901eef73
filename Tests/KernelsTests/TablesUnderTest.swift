import KernelTemplates
import Kernels
import Testing

/// The vectors and the tile of AVX-512 on any processor.
private enum SixteenLanes: FusedInstructionSet, ThirtyTwoRegisters {
  typealias Vector = SIMD16<Float>
}

/// The vectors and the tile of NEON on any processor.
private enum FourLanes: FusedInstructionSet, ThirtyTwoRegisters {
  typealias Vector = SIMD4<Float>
}

/// A variant of the kernels to run a test on.
///
/// Besides those that this processor can run, there are two whose multiply-adds are calls of the
/// C library, slow but right, so that the logic of the widest and the narrowest vectors is tested
/// on every machine.
struct TableUnderTest: Sendable, CustomTestStringConvertible {
  let kernels: KernelTable

  static let all =
    KernelVariant.all.map { TableUnderTest(kernels: $0.kernels) } + [
      TableUnderTest(
        kernels: KernelTable(SixteenLanes.self, name: "sixteen lanes", isFused: true)),
      TableUnderTest(kernels: KernelTable(FourLanes.self, name: "four lanes", isFused: true)),
    ]

  /// Those that must agree to the last bit.
  static let fused = all.filter(\.kernels.isFused)

  var name: String { "\(kernels.name)" }
  var testDescription: String { name }

  /// The first columns and the widths of the panels, or groups, that hold `count` columns.
  func panels(_ count: Int) -> [(first: Int, width: Int)] {
    let end = kernels.padded(count)
    return stride(from: 0, to: end, by: kernels.panelWidth).map {
      ($0, min(kernels.panelWidth, end - $0))
    }
  }
}
