import FileSystem

/// What can be wrong with a PGM image. `source` is the file, or what the caller called the bytes.
public enum PGMError: Error, Equatable, Sendable, CustomStringConvertible {
  /// The part of a PGM image that an error is about.
  public enum Field: Equatable, Sendable, CustomStringConvertible {
    /// Pixels in a row.
    case width
    /// Rows.
    case height
    /// The value of white.
    case maximum
    /// A pixel, counted from 0, row by row.
    case pixel(Int)

    /// The part, in words.
    public var description: String {
      switch self {
      case .width: "width"
      case .height: "height"
      case .maximum: "maximum value"
      case .pixel(let index): "pixel \(index)"
      }
    }
  }

  /// The file is missing, is a folder, or may not be read.
  case file(FileError)
  /// The first two bytes are neither P2 nor P5.
  case badMagic(source: String, found: String)
  /// The image ends where this field is expected.
  case missing(source: String, field: Field)
  /// Something that is not a decimal number stands in the place of one.
  case notANumber(source: String, field: Field, found: String)
  /// A number is outside the range that the format or this reader allows.
  case outOfRange(source: String, field: Field, expected: ClosedRange<Int>, found: Int)
  /// The image has more pixels than this reader is ready to hold.
  case tooManyPixels(source: String, limit: Int, width: Int, height: Int)
  /// The pixels end too early. Counts in bytes; for text, the least that the pixels could take.
  case truncated(source: String, expected: Int, found: Int)
  /// There is something behind the last pixel; `found` counts its bytes.
  case trailingData(source: String, found: Int)

  /// What is wrong, in a sentence for a person.
  public var description: String {
    switch self {
    case .file(let error):
      error.description
    case .badMagic(let source, let found):
      "\(source): expected a grayscale PGM image (P2 or P5), found \(found)"
    case .missing(let source, let field):
      "\(source): expected the \(field), found the end of the file"
    case .notANumber(let source, let field, let found):
      "\(source): \(field): expected a number, found \(found)"
    case .outOfRange(let source, let field, let expected, let found):
      "\(source): \(field): expected \(expected.lowerBound) to \(expected.upperBound), found "
        + "\(found)"
    case .tooManyPixels(let source, let limit, let width, let height):
      "\(source): expected at most \(limit) pixels, found \(width) × \(height)"
    case .truncated(let source, let expected, let found):
      "\(source): expected \(expected) bytes of pixels, found \(found)"
    case .trailingData(let source, let found):
      "\(source): expected the end behind the last pixel, found \(found) more bytes"
    }
  }
}
