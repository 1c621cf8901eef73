/// An immutable block of bytes that any number of datasets and threads share without copying: its
/// own, aligned to a cache line, or memory of the host.
@safe public final class PixelStorage: @unchecked Sendable {
  // Sendable, because:
  // 1. The object owns its memory, or has it lent until `release`; the address never changes and
  //    never leaves the object except as read-only pointers.
  // 2. Its own memory is written only inside `init`, before any other thread can know the object;
  //    whoever lends memory promises not to write to it meanwhile.
  // 3. Handing the object to another thread orders those writes before that thread's reads.

  /// The number of bytes.
  public let count: Int
  private let memory: UnsafeMutableRawBufferPointer
  /// Gives lent memory back; nil where the memory is the object's own.
  private let release: (@Sendable () -> Void)?

  /// Allocates `count` bytes, zero-filled, and has `fill` write them.
  /// - Throws: What `fill` throws.
  public init<Failure: Error>(
    count: Int, fill: (UnsafeMutableRawBufferPointer) throws(Failure) -> Void
  ) throws(Failure) {
    precondition(count >= 0, "the size of a pixel storage must not be negative")
    self.count = count
    // At least one byte, so that there is an address.
    unsafe memory = .allocate(byteCount: max(count, 1), alignment: 64)
    unsafe memory.initializeMemory(as: UInt8.self, repeating: 0)
    release = nil
    try unsafe fill(UnsafeMutableRawBufferPointer(rebasing: memory[..<count]))
  }

  /// Bytes in memory of the host, which are not copied.
  /// - Parameters:
  ///   - bytes: Must stay as they are until `release` is called.
  ///   - release: Called once, on any thread, when the last dataset of them is gone.
  @unsafe public init(
    sharing bytes: UnsafeRawBufferPointer, release: @escaping @Sendable () -> Void
  ) {
    count = bytes.count
    unsafe memory = UnsafeMutableRawBufferPointer(mutating: bytes)
    self.release = release
  }

  deinit {
    if let release { release() } else { unsafe memory.deallocate() }
  }

  /// The bytes; valid as long as the object lives.
  @unsafe public var bytes: UnsafeRawBufferPointer {
    unsafe UnsafeRawBufferPointer(rebasing: memory[..<count])
  }

  /// A copy of the bytes in `range`. Unlike ``bytes`` it is safe on a storage that nothing else
  /// refers to any more.
  /// - Precondition: `range` lies in `0 ..< count`.
  public func copy(_ range: Range<Int>) -> [UInt8] {
    precondition(range.lowerBound >= 0 && range.upperBound <= count, "bytes out of range")
    return withExtendedLifetime(self) { unsafe Array(memory[range]) }
  }
}
