import Checksums
import FileSystem

/// A model's file while it is read, front to back. It never asks for memory that the file has not
/// been seen to fill: what a header claims may be wrong, and a pipe does not tell its size.
struct ModelSource: ~Copyable {
  /// Elements that are read in one go from a file of unknown size: 4 MiB of floats.
  private static let elementsPerRead = 1 << 20

  let path: String
  private(set) var bytesRead = 0
  /// The checksum of these bytes.
  private(set) var checksum = CRC32()
  private let file: InputFile

  init(_ file: consuming InputFile) {
    path = file.path
    self.file = file
  }

  /// Checks the size of a regular file, before any of the rest is read.
  /// - Parameters:
  ///   - end: The size that the file should have.
  ///   - limit: The largest size that anyone would read.
  /// - Throws: ``ModelFileError/truncated(path:needed:available:)`` or
  ///   ``ModelFileError/trailingBytes(path:expected:available:)``; of a file that has the size,
  ///   ``FileError/tooLarge(path:limit:)``.
  func checkEnd(_ end: Int, limit: Int) throws(ModelFileError) {
    if let size = file.size {
      if size < end { throw .truncated(path: path, needed: end, available: size) }
      if size > end { throw .trailingBytes(path: path, expected: end, available: size) }
    }
    guard end <= limit else { throw .file(.tooLarge(path: path, limit: limit)) }
  }

  /// Throws unless the file ends here.
  mutating func requireEnd() throws(ModelFileError) {
    let end = bytesRead
    guard try bytes(count: 1).isEmpty else {
      throw .trailingBytes(path: path, expected: end, available: bytesRead)
    }
  }

  /// The next `count` bytes, fewer only at the end of the file.
  mutating func bytes(count: Int) throws(ModelFileError) -> [UInt8] {
    try unsafe elements(count: count, of: UInt8.self)
  }

  /// The next `count` floats, all of them.
  mutating func floats(count: Int) throws(ModelFileError) -> [Float] {
    try unsafe allElements(count: count)
  }

  /// The next `count` doubles, all of them.
  mutating func doubles(count: Int) throws(ModelFileError) -> [Double] {
    try unsafe allElements(count: count)
  }

  /// The next `count` 64-bit integers, all of them.
  mutating func integers(count: Int) throws(ModelFileError) -> [Int] {
    try unsafe allElements(count: count)
  }

  @unsafe private mutating func allElements<Element: BitwiseCopyable>(
    count: Int
  ) throws(ModelFileError) -> [Element] {
    let end = bytesRead + MemoryLayout<Element>.stride * count
    let step = file.size == nil ? Self.elementsPerRead : count
    var values: [Element] = []
    while values.count < count {
      let next = try unsafe elements(count: min(step, count - values.count), of: Element.self)
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
      unsafe checksum.update(UnsafeRawBufferPointer(start: buffer.baseAddress, count: filled))
      initialized = filled / MemoryLayout<Element>.stride
    }
    bytesRead += filled
    if let failure { throw .file(failure) }
    return elements
  }
}
