import Foundation

/// A fresh folder that is removed, with all that is in it, when the last reference to it goes.
package final class TemporaryFolder: Sendable {
  package let path: String

  package init() throws {
    let url = FileManager.default.temporaryDirectory
      .appendingPathComponent("parallel-trainer-tests-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: false)
    path = url.path
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  /// The names of everything in the folder, sorted.
  package var contents: [String] {
    get throws { try FileManager.default.contentsOfDirectory(atPath: path).sorted() }
  }

  /// Writes a file into the folder and returns its path.
  @discardableResult
  package func write(_ bytes: some Sequence<UInt8>, as name: String) throws -> String {
    let file = self.file(name)
    try Data(bytes).write(to: URL(fileURLWithPath: file))
    return file
  }

  /// The path of a name in the folder; nothing is created.
  package func file(_ name: String) -> String { path + "/" + name }

  /// Creates a folder in the folder and returns its path.
  @discardableResult
  package func makeFolder(_ name: String) throws -> String {
    try FileManager.default.createDirectory(
      atPath: file(name), withIntermediateDirectories: false)
    return file(name)
  }

  /// Creates a symbolic link in the folder and returns its path.
  @discardableResult
  package func makeLink(_ name: String, to destination: String) throws -> String {
    try FileManager.default.createSymbolicLink(
      atPath: file(name), withDestinationPath: destination)
    return file(name)
  }
}
