import FileSystem

/// A model's file while it is read, front to back. It never asks for memory that the file has not
/// been seen to fill: what a header claims may be wrong, and a pipe does not tell its size.
struct ModelSource: ~Copyable {
  /// Floats that are read in one go from a file of unknown size: 4 MiB.
  private static let floatsPerRead = 1 << 20

  let path: String
  private(set) var bytesRead = 0
  private let file: InputFile

  init(_ file: consuming InputFile) {
    path = file.path
    self.file = file
  }

  /// Checks the size of a regular file, before any of the rest is read.
  /// - Parameter end: The size that the file should have.
  /// - Throws: ``ModelFileError/truncated(path:needed:available:)`` or
  ///   ``ModelFileError/trailingBytes(path:expected:available:)``.
  func checkEnd(_ end: Int) throws(ModelFileError) {
    guard let size = file.size else { return }
    if size < end { throw .truncated(path: path, needed: end, available: size) }
    if size > end { throw .trailingBytes(path: path, expected: end, available: size) }
  }

  /// The next `count` bytes, fewer only at the end of the file.
  mutating func bytes(count: Int) throws(ModelFileError) -> [UInt8] {
    try unsafe elements(count: count, of: UInt8.self)
  }

  /// The next `count` floats, all of them.
  mutating func floats(count: Int) throws(ModelFileError) -> [Float] {
    let end = bytesRead + 4 * count
    let step = file.size == nil ? Self.floatsPerRead : count
    var values: [Float] = []
    while values.count < count {
      let next = try unsafe elements(count: min(step, count - values.count), of: Float.self)
      guard !next.isEmpty else {
        throw .truncated(path: path, needed: end, available: bytesRead)
      }
      if values.isEmpty { values = next } else { values += next }
    }
    return values
  }

  /// The next elements; one that the file ends within is left out.
  /// - Parameter type: A type of which any bits are a value.
  @unsafe private mutating func elements<Element: BitwiseCopyable>(
    count: Int, of type: Element.Type
  ) throws(ModelFileError) -> [Element] {
    var failure: FileError?
    var filled = 0
    let elements = unsafe [Element](unsafeUninitializedCapacity: count) { buffer, initialized in
      do throws(FileError) {
        filled = try unsafe file.fill(
          UnsafeMutableRawBufferPointer(UnsafeMutableBufferPointer(rebasing: buffer[..<count])))
      } catch {
        failure = error
      }
      initialized = filled / MemoryLayout<Element>.stride
    }
    bytesRead += filled
    if let failure { throw .file(failure) }
    return elements
  }
}
