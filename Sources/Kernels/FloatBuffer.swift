/// A block of floats, aligned to a cache line and freed with its owner.
///
/// It hands out raw addresses: the kernels' memory, never part of a public interface above the
/// trainer.
@safe public final class FloatBuffer {
  /// The number of floats.
  public let count: Int
  private let memory: UnsafeMutableBufferPointer<Float>

  /// `count` floats, all `value`; not-a-number shows whoever reads what was never written.
  public init(count: Int, repeating value: Float = 0) {
    precondition(count >= 0, "the size of a buffer must not be negative")
    self.count = count
    let raw = UnsafeMutableRawBufferPointer.allocate(
      byteCount: max(count, 1) * MemoryLayout<Float>.stride, alignment: 64)
    unsafe memory = raw.bindMemory(to: Float.self)
    unsafe memory.initialize(repeating: value)
  }

  deinit { unsafe memory.deallocate() }

  /// The address of the first float; valid as long as the object lives.
  @unsafe public var address: UnsafeMutablePointer<Float> {
    // A buffer of at least one float always has a base address.
    unsafe memory.baseAddress.unsafelyUnwrapped
  }

  /// A copy of the floats.
  public var values: [Float] { unsafe Array(memory[..<count]) }
}
