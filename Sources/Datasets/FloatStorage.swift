/// An immutable block of floats that any number of datasets and threads share without copying: its
/// own, aligned to a cache line, or memory of the host.
@safe public final class FloatStorage: @unchecked Sendable {
  // Sendable, because:
  // 1. The object owns its memory, or has it lent until `release`; the address never changes and
  //    never leaves the object except as read-only pointers.
  // 2. Its own memory is written only inside `init`, before any other thread can know the object;
  //    whoever lends memory promises not to write to it meanwhile.
  // 3. Handing the object to another thread orders those writes before that thread's reads.

  /// The number of floats.
  public let count: Int
  private let memory: UnsafeMutableBufferPointer<Float>
  /// Gives lent memory back; nil where the memory is the object's own.
  private let release: (@Sendable () -> Void)?

  /// A copy of `values`.
  public init(_ values: [Float]) {
    count = values.count
    // At least one float, so that there is an address.
    let raw = UnsafeMutableRawBufferPointer.allocate(
      byteCount: max(count, 1) * MemoryLayout<Float>.stride, alignment: 64)
    unsafe memory = raw.bindMemory(to: Float.self)
    _ = unsafe memory.initialize(from: values)
    release = nil
  }

  /// Floats in memory of the host, which are not copied.
  /// - Parameters:
  ///   - values: Must stay as they are until `release` is called.
  ///   - release: Called once, on any thread, when the last dataset of them is gone.
  @unsafe public init(
    sharing values: UnsafeBufferPointer<Float>, release: @escaping @Sendable () -> Void
  ) {
    count = values.count
    unsafe memory = UnsafeMutableBufferPointer(mutating: values)
    self.release = release
  }

  deinit {
    if let release { release() } else { unsafe memory.deallocate() }
  }

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
