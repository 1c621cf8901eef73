/// Whole files: read into memory, or replaced in one step.
public enum File {
  /// Whether there is anything at `path`; a symbolic link counts as what it points to.
  public static func exists(_ path: String) -> Bool {
    fileMode(at: path) != nil
  }

  /// Whether `path` leads to a folder.
  public static func isDirectory(_ path: String) -> Bool {
    fileMode(at: path).map { $0 & S_IFMT == S_IFDIR } ?? false
  }

  /// The path of `name` inside `folder`.
  public static func path(_ folder: String, _ name: String) -> String {
    folder.isEmpty ? name : folder.hasSuffix("/") ? folder + name : folder + "/" + name
  }

  /// `path` from the root of the file system, without links, if it leads anywhere; else as it is.
  public static func absolutePath(_ path: String) -> String {
    guard let resolved = unsafe realpath(path, nil) else { return path }
    defer { unsafe free(resolved) }
    return unsafe String(cString: resolved)
  }

  /// Opens the file at `path` for writing from its start; creates it where there is none, and
  /// leaves what it holds.
  /// - Returns: The number of a descriptor, which the caller closes.
  /// - Throws: ``FileError/isDirectory(path:)``, or ``FileError/failed(_:path:errorNumber:)`` when
  ///   the file may not be written.
  public static func openForWriting(_ path: String) throws(FileError) -> CInt {
    guard !isDirectory(path) else { throw .isDirectory(path: path) }
    return try Descriptor.opening(path, flags: O_WRONLY | O_CREAT).release()
  }

  /// Cuts an open file to nothing. A pipe or a device stays as it is: it cannot be cut, and need
  /// not be.
  public static func empty(_ descriptor: CInt) {
    _ = retrying { ftruncate(descriptor, 0) }
  }

  /// All bytes of the file at `path`. Pipes and devices are read to their end.
  /// - Parameter limit: The most bytes that the caller is ready to hold.
  /// - Throws: ``FileError``; nothing is returned in part.
  /// - Complexity: One pass; for a regular file one allocation of its size.
  public static func read(
    _ path: String, limit: Int = 1 << 30
  ) throws(FileError) -> [UInt8] {
    let file = try InputFile(path)
    if let size = file.size, size > limit { throw .tooLarge(path: path, limit: limit) }
    // One byte more than the file should have: a full buffer then means that it grew.
    var capacity = (file.size ?? 65_536) + 1
    var bytes: [UInt8] = []
    while true {
      var failure: FileError?
      let tail = unsafe [UInt8](unsafeUninitializedCapacity: capacity) { buffer, count in
        do throws(FileError) {
          count = try unsafe file.fill(UnsafeMutableRawBufferPointer(buffer))
        } catch {
          failure = error
        }
      }
      if let failure { throw failure }
      let atEnd = tail.count < capacity
      if bytes.isEmpty { bytes = tail } else { bytes += tail }
      guard bytes.count <= limit else { throw .tooLarge(path: path, limit: limit) }
      if atEnd { return bytes }
      capacity = max(bytes.count, 65_536)
    }
  }
}

/// The type and permission bits of what `path` leads to, or nil where there is nothing.
func fileMode(at path: String) -> mode_t? {
  var info = stat()
  guard retrying({ unsafe stat(path, &info) }).errorNumber == 0 else { return nil }
  return info.st_mode
}
