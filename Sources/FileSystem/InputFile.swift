/// A file that is open for reading from its first byte to its last; closed when it goes away.
///
/// The one owner of its descriptor, so it is neither copied nor shared between threads.
package struct InputFile: ~Copyable {
  package let path: String
  /// The size in bytes of a regular file; nil for a pipe or a device, which only their end tells.
  package let size: Int?
  private let descriptor: Descriptor

  /// Opens the file at `path`.
  /// - Throws: ``FileError/isDirectory(path:)``, or ``FileError/failed(_:path:errorNumber:)`` when
  ///   the file is missing or may not be read.
  package init(_ path: String) throws(FileError) {
    let descriptor = try Descriptor.opening(path, flags: O_RDONLY)
    var info = stat()
    let inspected = retrying { unsafe fstat(descriptor.number, &info) }
    guard inspected.errorNumber == 0 else {
      throw .failed(.inspect, path: path, errorNumber: inspected.errorNumber)
    }
    let kind = info.st_mode & S_IFMT
    guard kind != S_IFDIR else { throw .isDirectory(path: path) }
    self.path = path
    self.descriptor = descriptor
    size = kind == S_IFREG ? Int(info.st_size) : nil
  }

  /// Reads the next bytes.
  /// - Parameter buffer: Where they go; must not be empty.
  /// - Returns: How many bytes were read, at most `buffer.count`; 0 at the end of the file.
  @unsafe package func read(
    into buffer: UnsafeMutableRawBufferPointer
  ) throws(FileError) -> Int {
    unsafe assert(!buffer.isEmpty, "an empty buffer cannot tell the end of the file")
    let done = retrying {
      unsafe systemRead(descriptor.number, buffer.baseAddress, buffer.count)
    }
    guard done.errorNumber == 0 else {
      throw .failed(.read, path: path, errorNumber: done.errorNumber)
    }
    return done.value
  }

  /// Reads until the buffer is full or the file ends.
  /// - Returns: How many bytes were read; less than `buffer.count` only at the end of the file.
  @unsafe package func fill(
    _ buffer: UnsafeMutableRawBufferPointer
  ) throws(FileError) -> Int {
    var count = 0
    while count < buffer.count {
      let rest = unsafe UnsafeMutableRawBufferPointer(rebasing: buffer[count...])
      let done = try unsafe read(into: rest)
      if done == 0 { break }
      count += done
    }
    return count
  }
}

/// The C library's `read`, under a name that members called `read` do not hide.
@unsafe func systemRead(
  _ descriptor: CInt, _ buffer: UnsafeMutableRawPointer?, _ count: Int
) -> Int {
  unsafe read(descriptor, buffer, count)
}
