/// What the program tells the shell.
enum ExitStatus: Int32, Sendable {
  case success = 0
  /// A file is missing, wrong or cannot be written; or training diverged.
  case failure = 1
  /// The arguments are wrong.
  case usage = 2
  /// Ctrl-C: 128 + SIGINT, as shells do it.
  case interrupted = 130
  /// Asked to end: 128 + SIGTERM.
  case terminated = 143
  /// The reader of the standard output went away: 128 + SIGPIPE.
  case brokenPipe = 141
}
