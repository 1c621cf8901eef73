import FileSystem

/// Why a model or a checkpoint could not be read or written. Every case names the file.
public enum ModelFileError: Error, Equatable, Sendable, CustomStringConvertible {
  /// The file cannot be read or written.
  case file(FileError)
  /// The file does not start as a model does.
  case notAModel(path: String, found: String)
  /// The file ends too early.
  case truncated(path: String, needed: Int, available: Int)
  /// There are bytes behind the end.
  case trailingBytes(path: String, expected: Int, available: Int)
  /// A field of the header is missing or is not what it should be.
  case badField(path: String, field: String, expected: String, found: String)
  /// The file comes from a later version of the package.
  case newerVersion(path: String, found: String, supported: Int)
  /// The parameters are not the ones that were written.
  case checksumMismatch(path: String, expected: String, found: String)
  /// The bytes of a checkpoint are not the ones that were written.
  case damaged(path: String, expected: String, found: String)

  /// What is wrong, in a sentence for a person.
  public var description: String {
    switch self {
    case .file(let error):
      error.description
    case .notAModel(let path, let found):
      "\(path): expected a model or checkpoint (safetensors) file, found \(found)"
    case .truncated(let path, let needed, let available):
      "\(path): the file is truncated: expected \(needed) bytes, found \(available)"
    case .trailingBytes(let path, let expected, let available):
      "\(path): the file is too long: expected \(expected) bytes, found \(available)"
    case .badField(let path, let field, let expected, let found):
      "\(path): \(field): expected \(expected), found \(found)"
    case .newerVersion(let path, let found, let supported):
      """
      \(path): format_version: found \(found), this program reads versions up to \
      \(supported)
      """
    case .checksumMismatch(let path, let expected, let found):
      "\(path): the parameters are damaged: expected CRC-32 \(expected), found \(found)"
    case .damaged(let path, let expected, let found):
      "\(path): the checkpoint is damaged: checksum: expected CRC-32 \(expected), found \(found)"
    }
  }
}
