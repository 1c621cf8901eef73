import FileSystem

/// What can be wrong with an IDX file. Every case names the file.
public enum IDXError: Error, Equatable, Sendable, CustomStringConvertible {
  /// The file is missing, is a folder, or may not be read.
  case file(FileError)
  /// The file has no bytes at all: usually a download that failed.
  case emptyFile(path: String)
  /// The file is a web page, which a server sent in place of the data.
  case webPage(path: String)
  /// The file ends before its header does. Counts in bytes, uncompressed.
  case truncatedHeader(path: String, expected: Int, found: Int)
  /// The first four bytes are not those of the expected kind of file.
  case badMagic(path: String, expected: UInt32, found: UInt32)
  /// A dimension is 0, or their product is beyond all bounds.
  case badDimensions(path: String, dimensions: [Int])
  /// The header promises more than a file of this size can hold, however well it is compressed.
  /// `expected` and `possible` count the bytes behind the header.
  case moreThanTheFileCanHold(path: String, expected: Int, possible: Int)
  /// The data ends before the header's dimensions are filled. Bytes behind the header.
  case truncated(path: String, expected: Int, found: Int)
  /// The data goes on after the header's dimensions are filled. Bytes behind the header; of
  /// compressed ones not all are counted.
  case trailingData(path: String, expected: Int, found: Int)
  /// The compressed data breaks off. Uncompressed bytes, header included.
  case truncatedGzip(path: String, expected: Int, found: Int)
  /// The compressed data is damaged behind `found` good bytes, or its checksum is wrong.
  case corruptGzip(path: String, found: Int, reason: String)

  /// The file that the error is about.
  public var path: String {
    switch self {
    case .file(let error): error.path
    case .emptyFile(let path), .webPage(let path), .truncatedHeader(let path, _, _),
      .badMagic(let path, _, _), .badDimensions(let path, _),
      .moreThanTheFileCanHold(let path, _, _), .truncated(let path, _, _),
      .trailingData(let path, _, _), .truncatedGzip(let path, _, _),
      .corruptGzip(let path, _, _):
      path
    }
  }

  /// What is wrong, in a sentence for a person.
  public var description: String {
    switch self {
    case .file(let error):
      error.description
    case .emptyFile(let path):
      "\(path): the file is empty; expected IDX data (a failed download?)"
    case .webPage(let path):
      "\(path): the file looks like a web page; expected IDX data (a failed download?)"
    case .truncatedHeader(let path, let expected, let found):
      "\(path): expected a header of \(expected) bytes, found \(found) bytes in all"
    case .badMagic(let path, let expected, let found):
      "\(path): magic number: expected \(Self.words(expected)), found \(Self.words(found))"
    case .badDimensions(let path, let dimensions):
      "\(path): dimensions: expected positive numbers of a sane product, found "
        + Self.product(dimensions)
    case .moreThanTheFileCanHold(let path, let expected, let possible):
      "\(path): the header promises \(expected) bytes of data, but a file of this size holds "
        + "\(possible) at most (cut short, or not this kind of file)"
    case .truncated(let path, let expected, let found):
      "\(path): the header promises \(expected) bytes of data, found only \(found)"
    case .trailingData(let path, let expected, let found):
      "\(path): the header promises \(expected) bytes of data, found at least \(found)"
    case .truncatedGzip(let path, let expected, let found):
      "\(path): the compressed data breaks off; expected \(expected) uncompressed bytes, found "
        + "\(found) (an incomplete download?)"
    case .corruptGzip(let path, let found, let reason):
      "\(path): the compressed data is damaged after \(found) uncompressed bytes: \(reason)"
    }
  }

  private static func words(_ magic: UInt32) -> String {
    let digits = String(magic, radix: 16, uppercase: true)
    let number = "0x" + String(repeating: "0", count: 8 - digits.count) + digits
    switch magic {
    case 0x0801: return number + " (labels)"
    case 0x0803: return number + " (images)"
    case 0x0800...0x08FF: return number + " (unsigned bytes of \(magic & 0xFF) dimensions)"
    case 0x0900...0x0EFF: return number + " (not unsigned bytes)"
    default: return number
    }
  }

  private static func product(_ dimensions: [Int]) -> String {
    dimensions.map(String.init).joined(separator: " × ")
  }
}
