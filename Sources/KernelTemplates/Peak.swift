/// See ``KernelTable/peak``.
///
/// Twelve independent chains of multiply-adds in registers: more than the latency of one times
/// the number that a core starts in a cycle, on every processor since 2013.
@_alwaysEmitIntoClient @inline(__always)
public func multiplyAddPeak<I: InstructionSet>(
  _: I.Type, rounds: Int
) -> (operations: Int, result: Float) {
  var sums = InlineArray<12, I.Vector>(repeating: .zero)
  // Both depend on an argument, so that nothing can be computed in advance.
  let factor = I.Vector(repeating: Float(rounds & 1) + 0.5)
  let addend = I.Vector(repeating: 1 - Float(rounds & 1))
  var round = 0
  while round < rounds {
    var i = 0
    while i < 12 {
      sums[unchecked: i] = I.multiplyAdd(addend, sums[unchecked: i], factor)
      i &+= 1
    }
    round &+= 1
  }
  var total = I.Vector.zero
  var i = 0
  while i < 12 {
    total += sums[unchecked: i]
    i &+= 1
  }
  var result: Float = 0
  i = 0
  while i < I.lanes {
    result += total[i]
    i &+= 1
  }
  return (rounds &* 12 &* 2 &* I.lanes, result)
}
