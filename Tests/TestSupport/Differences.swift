/// How many places of two sequences differ: for expectations about thousands of numbers, whose
/// failures must not print them all.
package func differences<T: Equatable>(_ found: [T], _ expected: [T]) -> Int {
  abs(found.count - expected.count) + zip(found, expected).count { $0 != $1 }
}

extension [Float] {
  /// All elements as bits: equal for equal bits only, unlike floats, where 0 is −0 and
  /// not-a-number nothing.
  package var bits: [UInt32] { map(\.bitPattern) }
}
