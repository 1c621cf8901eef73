import FileSystem

/// A file of JSON Lines: one object a line, in the file as soon as it is written.
public final class JSONLinesWriter {
  private let path: String
  private let stream: TextOutput
  private var isEmptied = false

  /// Opens the file, so that a bad path is found out early; what the file held before is lost only
  /// when the first line is written.
  public init(path: String) throws(FileError) {
    stream = TextOutput(descriptor: try File.openForWriting(path))
    self.path = path
  }

  deinit { close(stream.descriptor) }

  /// Writes one object as a line.
  public func write(_ members: [(name: String, value: JSONValue)]) throws(FileError) {
    if !isEmptied {
      File.empty(stream.descriptor)
      isEmptied = true
    }
    stream.writeLine(JSONValue.object(members).text)
    if let failure = stream.failure {
      throw .failed(.write, path: path, errorNumber: failure)
    }
  }
}
