extension File {
  /// Finds out, without a trace, whether ``writeAtomically(_:to:)`` could write to `path`: for
  /// work that takes long and must not be lost for want of a place to put it.
  /// - Throws: The ``FileError`` that the write would throw. That it does not throw is no promise:
  ///   a disk can fill up.
  public static func checkWritable(_ path: String) throws(FileError) {
    switch fileMode(at: path).map({ $0 & S_IFMT }) {
    case S_IFDIR:
      throw .isDirectory(path: path)
    case S_IFREG:
      let target = try followingLinks(path)
      try checkAccess(target, W_OK, .write)
      try checkCreating(in: parentFolder(of: target))
    case nil:
      guard !path.isEmpty, !path.hasSuffix("/") else {
        throw .failed(.create, path: path, errorNumber: ENOENT)
      }
      let folder = parentFolder(of: try followingLinks(path))
      guard !exists(folder) || isDirectory(folder) else {
        throw .failed(.create, path: folder, errorNumber: ENOTDIR)
      }
      try checkCreating(in: folder)
    default:
      try checkAccess(path, W_OK, .write)
    }
  }

  /// Whether both paths lead to one and the same file, links followed.
  public static func isSame(_ path: String, _ other: String) -> Bool {
    var first = stat()
    var second = stat()
    guard retrying({ unsafe stat(path, &first) }).errorNumber == 0,
      retrying({ unsafe stat(other, &second) }).errorNumber == 0
    else { return path == other }
    return first.st_dev == second.st_dev && first.st_ino == second.st_ino
  }

  /// Creates the temporary file of a write, and removes it: asking for leave is no proof where
  /// the superuser has it but the file system (/proc, say) takes no files.
  private static func checkCreating(in folder: String) throws(FileError) {
    let temporary = try OutputFile.temporary(in: folder)
    _ = unsafe unlink(temporary.path)
  }

  private static func checkAccess(
    _ path: String, _ mode: CInt, _ action: FileError.Action
  ) throws(FileError) {
    let allowed = retrying { unsafe access(path, mode) }
    guard allowed.errorNumber == 0 else {
      throw .failed(action, path: path, errorNumber: allowed.errorNumber)
    }
  }
}
