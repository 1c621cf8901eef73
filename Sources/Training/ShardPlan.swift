/// How a number of elements is split into parts that differ by one element at most.
///
/// The remainder is spread over the first parts: 15 samples on 8 workers are 2, 2, 2, 2, 2, 2, 2
/// and 1, never seven shards of 1 and one of 8.
package struct EvenSplit: Equatable, Sendable {
  package let count: Int
  package let parts: Int

  /// Splits `count` elements into at most `parts` parts, none of them empty.
  package init(count: Int, parts: Int) {
    precondition(count >= 0 && parts >= 1, "elements are split into at least one part")
    self.count = count
    self.parts = max(1, min(parts, count))
  }

  /// The elements of a part.
  package subscript(part: Int) -> Range<Int> {
    assert((0..<parts).contains(part))
    let size = count / parts
    let larger = count % parts
    let start = part * size + min(part, larger)
    return start..<start + size + (part < larger ? 1 : 0)
  }
}
