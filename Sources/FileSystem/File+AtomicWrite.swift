// The file that a reader finds under a name is either the old one or the new one, whole:
//
//     follow symbolic links, so that the file they point to is replaced and not the link
//     create a temporary file in the same folder, so that a rename cannot cross file systems
//     write, set the permissions, flush to disk
//     give the old file a second name, if older versions are to be kept
//     rename over the old file             <- the one step that anyone can see
//     flush the folder, so that the new name outlives a loss of power
//
// On any failure before the rename the temporary file is removed.

extension File {
  /// Replaces the file at `path` by `bytes`, or creates it.
  ///
  /// An existing file keeps its permission bits; a new one gets 0666 less the umask. A symbolic
  /// link stays, and what it points to is replaced. A pipe or a device is written to directly.
  /// - Parameter olderVersions: How many older versions of the file to keep beside it: `path.1` is
  ///   the one before, `path.2` the one before that. There is a whole file at `path` at any time.
  /// - Throws: ``FileError``. The old file, if any, is then untouched, and no other is left; except
  ///   where it is the folder that the disk refuses: then the new file is in its place, and may not
  ///   outlive a loss of power.
  public static func writeAtomically(
    _ bytes: [UInt8], to path: String, keeping olderVersions: Int = 0
  ) throws(FileError) {
    let mode = fileMode(at: path)
    switch mode.map({ $0 & S_IFMT }) {
    case nil, S_IFREG: break
    case S_IFDIR: throw .isDirectory(path: path)
    default:
      let device = try OutputFile(path)
      return try device.write(bytes)
    }
    let target = try followingLinks(path)
    if mode != nil {
      // A rename needs leave to write to the folder only; respect the file's own bits too.
      let allowed = retrying { unsafe access(target, W_OK) }
      guard allowed.errorNumber == 0 else {
        throw .failed(.write, path: target, errorNumber: allowed.errorNumber)
      }
    }
    let folder = parentFolder(of: target)
    let temporary = try OutputFile.temporary(in: folder)
    do throws(FileError) {
      try temporary.write(bytes)
      if let mode { try temporary.setPermissions(mode & 0o7777) }
      try temporary.flush()
      if mode != nil { try keepVersions(of: target, count: olderVersions) }
      let renamed = retrying { unsafe rename(temporary.path, target) }
      guard renamed.errorNumber == 0 else {
        throw .failed(.replace, path: target, errorNumber: renamed.errorNumber)
      }
    } catch {
      _ = unsafe unlink(temporary.path)
      // The name of the temporary file means nothing to anyone by now.
      guard case .failed(let action, _, let errorNumber) = error else { throw error }
      throw .failed(action, path: target, errorNumber: errorNumber)
    }
    try flushFolder(folder)
  }

  /// Brings the names in a folder to the disk. Where the system offers no way to (a folder that may
  /// be written but not read, a file system without it) there is nothing to be done, and nothing
  /// has gone wrong.
  /// - Parameter flush: How a descriptor is flushed; leaves `errno` when it returns −1.
  static func flushFolder(
    _ folder: String, by flush: (CInt) -> CInt = { fsync($0) }
  ) throws(FileError) {
    do throws(FileError) {
      let descriptor = try Descriptor.opening(folder, flags: O_RDONLY)
      let done = retrying { flush(descriptor.number) }
      guard [0, EINVAL, ENOTSUP, EROFS].contains(done.errorNumber) else {
        throw .failed(.flush, path: folder, errorNumber: done.errorNumber)
      }
    } catch .failed(.open, _, EACCES) {
      return
    }
  }

  /// Gives the file the name of its first older version too, once the older ones have made room.
  /// Interrupted anywhere it leaves a gap in the numbers or a version twice, but none in part.
  private static func keepVersions(of path: String, count: Int) throws(FileError) {
    guard count > 0 else { return }
    for number in stride(from: count - 1, through: 1, by: -1) {
      let moved = retrying { unsafe rename("\(path).\(number)", "\(path).\(number + 1)") }
      guard moved.errorNumber == 0 || moved.errorNumber == ENOENT else {
        throw .failed(.keep, path: path, errorNumber: moved.errorNumber)
      }
    }
    // Still there only as the one version to be kept, or as a second name of the one before it.
    _ = unsafe unlink("\(path).1")
    let linked = retrying { unsafe link(path, "\(path).1") }
    guard linked.errorNumber == 0 else {
      throw .failed(.keep, path: path, errorNumber: linked.errorNumber)
    }
  }

  /// The path at the end of a chain of symbolic links, whether or not there is a file.
  static func followingLinks(_ path: String) throws(FileError) -> String {
    var target = path
    for _ in 0..<40 {
      let capacity = Int(PATH_MAX)
      var length = 0
      let bytes = unsafe [CChar](unsafeUninitializedCapacity: capacity) { buffer, count in
        if let start = buffer.baseAddress {
          length = unsafe readlink(target, start, capacity)
        }
        count = max(length, 0)
      }
      if length < 0 { return target }
      let next = String(decoding: bytes.lazy.map { UInt8(bitPattern: $0) }, as: UTF8.self)
      target = next.hasPrefix("/") ? next : File.path(parentFolder(of: target), next)
    }
    throw .failed(.open, path: path, errorNumber: ELOOP)
  }

  static func parentFolder(of path: String) -> String {
    guard let slash = path.lastIndex(of: "/") else { return "." }
    return slash == path.startIndex ? "/" : String(path[..<slash])
  }
}

/// A file that is open for writing.
struct OutputFile: ~Copyable {
  let path: String
  private let descriptor: Descriptor

  /// Opens something that is there already, or what `creating` adds to the flags.
  init(_ path: String, creating: CInt = 0) throws(FileError) {
    descriptor = try .opening(path, flags: O_WRONLY | creating)
    self.path = path
  }

  /// Creates a file in `folder` under a name that nothing else has.
  static func temporary(in folder: String) throws(FileError) -> OutputFile {
    var attempt = 0
    while true {
      let name = ".parallel-trainer-\(getpid())-\(attempt).tmp"
      do throws(FileError) {
        return try OutputFile(File.path(folder, name), creating: O_CREAT | O_EXCL)
      } catch .failed(_, _, EEXIST) where attempt < 1000 {
        attempt += 1
      } catch .failed(_, _, let number) {
        throw .failed(.create, path: folder, errorNumber: number)
      }
    }
  }

  func write(_ bytes: [UInt8]) throws(FileError) {
    var written = 0
    while written < bytes.count {
      let done = unsafe bytes.withUnsafeBytes { buffer in
        let rest = unsafe UnsafeRawBufferPointer(rebasing: buffer[written...])
        return retrying { unsafe systemWrite(descriptor.number, rest.baseAddress, rest.count) }
      }
      guard done.errorNumber == 0 else {
        throw .failed(.write, path: path, errorNumber: done.errorNumber)
      }
      written += done.value
    }
  }

  func setPermissions(_ bits: mode_t) throws(FileError) {
    let done = retrying { fchmod(descriptor.number, bits) }
    guard done.errorNumber == 0 else {
      throw .failed(.setPermissions, path: path, errorNumber: done.errorNumber)
    }
  }

  func flush() throws(FileError) {
    let done = retrying { fsync(descriptor.number) }
    guard done.errorNumber == 0 else {
      throw .failed(.flush, path: path, errorNumber: done.errorNumber)
    }
  }
}

/// The C library's `write`, under a name that members called `write` do not hide.
@unsafe private func systemWrite(
  _ descriptor: CInt, _ buffer: UnsafeRawPointer?, _ count: Int
) -> Int {
  unsafe write(descriptor, buffer, count)
}
