/// What the operating system refused to do with a file, and why.
public enum FileError: Error, Equatable, Sendable, CustomStringConvertible {
  /// A system call failed; `errorNumber` is the `errno` that it left.
  case failed(Action, path: String, errorNumber: CInt)
  /// A file was expected, and the path leads to a folder.
  case isDirectory(path: String)
  /// The file holds more bytes than the caller wants to have in memory.
  case tooLarge(path: String, limit: Int)

  /// What was being done, in the words of a sentence that starts with "cannot".
  public enum Action: String, Sendable {
    /// Opening a file.
    case open
    /// Reading from an open file.
    case read
    /// Writing to an open file, or asking for leave to.
    case write
    /// Giving a new file the name of the old one.
    case replace
    /// Asking what a path leads to.
    case inspect = "look at"
    /// Creating a file in the folder at the path.
    case create = "create a file in"
    /// Bringing what was written from the system's memory to the disk.
    case flush = "flush to disk"
    /// Giving a new file the permission bits of the old one.
    case setPermissions = "set the permissions of"
    /// Giving an older version another name.
    case keep = "keep the older version of"
  }

  /// The path that the error is about.
  public var path: String {
    switch self {
    case .failed(_, let path, _), .isDirectory(let path), .tooLarge(let path, _): path
    }
  }

  /// Whether the file, or a folder on the way to it, does not exist.
  public var isMissing: Bool {
    guard case .failed(_, _, let number) = self else { return false }
    return number == ENOENT || number == ENOTDIR
  }

  /// What is wrong, in a sentence for a person.
  public var description: String {
    switch self {
    case .failed(let action, let path, let errorNumber):
      "cannot \(action.rawValue) \(path): \(systemText(errorNumber))"
    case .isDirectory(let path):
      "\(path) is a folder; expected a file"
    case .tooLarge(let path, let limit):
      "\(path) is too large; expected at most \(limit) bytes"
    }
  }
}
