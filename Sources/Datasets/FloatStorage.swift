/// An immutable block of floats, aligned to a cache line, that any number of datasets and threads
/// share without copying.
@safe public final class FloatStorage: @unchecked Sendable {
  // Sendable, because:
  // 1. The object owns its memory; the address never changes and never leaves the object except
  //    as read-only pointers.
  // 2. The memory is written only inside `init`, before any other thread can know the object.
  // 3. Handing the object to another thread orders those writes before that thread's reads.

  /// The number of floats.
  public let count: Int
  private let memory: UnsafeMutableBufferPointer<Float>

  /// A copy of `values`.
  public init(_ values: [Float]) {
    count = values.count
    // At least one float, so that there is an address.
    let raw = UnsafeMutableRawBufferPointer.allocate(
      byteCount: max(count, 1) * MemoryLayout<Float>.stride, alignment: 64)
    unsafe memory = raw.bindMemory(to: Float.self)
    _ = unsafe memory.initialize(from: values)
  }

  deinit { unsafe memory.deallocate() }

  /// The floats; valid as long as the object lives.
  @unsafe public var values: UnsafeBufferPointer<Float> {
    unsafe UnsafeBufferPointer(rebasing: memory[..<count])
  }

  /// A copy of the floats in `range`. Unlike ``values`` it is safe on a storage that nothing else
  /// refers to any more.
  /// - Precondition: `range` lies in `0 ..< count`.
  public func copy(_ range: Range<Int>) -> [Float] {
    precondition(range.lowerBound >= 0 && range.upperBound <= count, "floats out of range")
    return withExtendedLifetime(self) { unsafe Array(memory[range]) }
  }
}
