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

/// How the rows of a shard are cut into blocks, each of which goes through the whole network before
/// the next one: what a block comes to is still in the core's cache when it is used, and a block has
/// rows enough that reading the weights again costs little.
///
/// On 784-128-10, batches of 8,192, blocks were 1.3 times as fast as whole shards, on one thread and
/// on two; with batches of 2,048 it was 0.86 to 1.13 times, on a noisy machine. Blocks of 64 and 256
/// rows were no faster beyond the noise.
package struct RowBlocks {
  /// Rows of a block at most.
  package static let rowsPerBlock = 128

  private let firstRow: Int
  private let split: EvenSplit
  package var count: Int { split.parts }

  package init(rows: Range<Int>) {
    firstRow = rows.lowerBound
    split = EvenSplit(
      count: rows.count, parts: max(1, (rows.count + Self.rowsPerBlock - 1) / Self.rowsPerBlock))
  }

  /// Rows of a block at most, of shards with up to `rows`: a shard of fewer rows than another may have
  /// larger blocks, 128 being one block and 129 two.
  package static func largest(ofShardsUpTo rows: Int) -> Int { min(rows, rowsPerBlock) }

  /// The rows of a block.
  package subscript(block: Int) -> Range<Int> {
    let part = split[block]
    return firstRow + part.lowerBound..<firstRow + part.upperBound
  }
}
