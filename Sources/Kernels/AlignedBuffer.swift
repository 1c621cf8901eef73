/// A block of numbers, aligned to a cache line and freed with its owner.
///
/// It hands out raw addresses: the kernels' memory, never part of a public interface above the
/// trainer.
@safe public final class AlignedBuffer<Element: BitwiseCopyable> {
  /// The number of elements.
  public let count: Int
  @usableFromInline let memory: UnsafeMutableBufferPointer<Element>

  /// `count` elements, all `value`; not-a-number shows whoever reads what was never written.
  @inlinable
  public convenience init(count: Int, repeating value: Element) {
    self.init(unwritten: count)
    unsafe memory.initialize(repeating: value)
  }

  /// `count` elements, each to be written before it is read: the system gives large blocks their
  /// memory page by page, to the threads that write first.
  @inlinable
  public init(unwritten count: Int) {
    precondition(count >= 0, "the size of a buffer must not be negative")
    self.count = count
    // At least one element, so that there is an address.
    let raw = UnsafeMutableRawBufferPointer.allocate(
      byteCount: max(count, 1) * MemoryLayout<Element>.stride, alignment: 64)
    unsafe memory = raw.bindMemory(to: Element.self)
  }

  deinit { unsafe memory.deallocate() }

  /// The address of the first element; valid as long as the object lives.
  @unsafe @inlinable public var address: UnsafeMutablePointer<Element> {
    unsafe memory.baseAddress.unsafelyUnwrapped
  }
}

/// The kernels' memory for parameters, features, activations and gradients.
public typealias FloatBuffer = AlignedBuffer<Float>

extension AlignedBuffer where Element == Float {
  /// `count` floats, all zero.
  @inlinable
  public convenience init(count: Int) { self.init(count: count, repeating: 0) }
}
