/// An open file descriptor; closed when it goes away.
struct Descriptor: ~Copyable {
  let number: CInt

  private init(number: CInt) { self.number = number }

  deinit { _ = close(number) }

  /// The number, for an owner who closes it.
  consuming func release() -> CInt {
    let number = number
    discard self
    return number
  }

  /// Opens `path`; a file that `flags` create gets the permissions 0666 less the umask.
  static func opening(_ path: String, flags: CInt) throws(FileError) -> Descriptor {
    let opened = retrying { unsafe open(path, flags | O_CLOEXEC, 0o666) }
    guard opened.errorNumber == 0 else {
      throw .failed(.open, path: path, errorNumber: opened.errorNumber)
    }
    return Descriptor(number: opened.value)
  }
}
