import KernelTemplates
import Kernels
import Testing

/// The vectors and the tile of AVX-512 on any processor.
private enum SixteenLanes: FusedInstructionSet {
  typealias Vector = SIMD16<Float>
  static var tileRows: Int { 8 }

  @inline(__always)
  static func runFullTile<Body: TileBody>(_ body: Body, row: Int) where Body.ISA == Self {
    body.run(row: row, zeros: InlineArray<8, Vector>(repeating: .zero))
  }
}

/// The vectors and the tile of NEON on any processor.
private enum FourLanes: FusedInstructionSet {
  typealias Vector = SIMD4<Float>
  static var tileRows: Int { 4 }

  @inline(__always)
  static func runFullTile<Body: TileBody>(_ body: Body, row: Int) where Body.ISA == Self {
    body.run(row: row, zeros: InlineArray<4, Vector>(repeating: .zero))
  }
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
  var width: Int { kernels.panelWidth }

  /// Panels or groups that hold `count` columns or samples.
  func panels(_ count: Int) -> Int { (count + width - 1) / width }
}
