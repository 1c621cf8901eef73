import FileSystem

/// Text written to an open file descriptor with write(2), nothing held back.
///
/// The first failure is remembered and everything after it is dropped, so that a program whose
/// reader went away (`mnist | head -1`) can finish quietly and say so in its exit code. The
/// program must ignore SIGPIPE for that: see ``prepareStandardStreams()``.
public final class TextOutput {
  /// The descriptor, which the stream does not close.
  public let descriptor: Int32
  /// The `errno` of the first write that failed; nil as long as all went well.
  public private(set) var failure: Int32?

  /// - Parameter descriptor: An open descriptor; the caller keeps it open while the stream lives.
  public init(descriptor: Int32) {
    self.descriptor = descriptor
  }

  /// Whether the reader of this stream has gone away.
  public var isBrokenPipe: Bool { failure == EPIPE }

  /// Writes `text`, all of it, unless an earlier write failed.
  public func write(_ text: String) {
    guard failure == nil else { return }
    var text = text
    let error: Int32? = text.withUTF8 { bytes in
      var written = 0
      while written < bytes.count {
        let rest = unsafe UnsafeRawBufferPointer(
          rebasing: UnsafeRawBufferPointer(bytes)[written...])
        let count = unsafe systemWrite(descriptor, rest.baseAddress, rest.count)
        if count >= 0 {
          written += count
        } else if errno == EAGAIN {
          // Somebody made the terminal non-blocking: wait until it takes more.
          var wanted = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
          _ = unsafe poll(&wanted, 1, -1)
        } else if errno != EINTR {
          return errno
        }
      }
      return nil
    }
    failure = error
  }

  /// Writes `text` and a line break in one piece.
  public func writeLine(_ text: String = "") {
    write(text + "\n")
  }

  /// Makes the process's standard streams safe to use; for the first line of a program, since it
  /// changes the whole process.
  ///
  /// Writes to a pipe without a reader fail with `EPIPE` in place of ending the process. A stream
  /// that was closed by whoever started the program leads nowhere: otherwise the next file to be
  /// opened, a log or a model, would take its number and its text.
  public static func prepareStandardStreams() {
    _ = signal(SIGPIPE, SIG_IGN)
    for descriptor in Int32(0)...2 where fcntl(descriptor, F_GETFD) == -1 {
      // The lowest free number is this one: those below are open by now.
      _ = unsafe open("/dev/null", O_RDWR)
    }
  }
}

/// The C library's `write`, under a name that members called `write` do not hide.
@unsafe private func systemWrite(
  _ descriptor: CInt, _ buffer: UnsafeRawPointer?, _ count: Int
) -> Int {
  unsafe write(descriptor, buffer, count)
}
