import Foundation
import TestSupport
import Testing

@testable import FileSystem

@Test func placesThatCanBeWrittenToPassAndStayAsTheyAre() throws {
  let folder = try TemporaryFolder()
  let old = try folder.write([1, 2, 3], as: "old")
  try File.checkWritable(old)
  try File.checkWritable(folder.file("new"))
  try File.checkWritable(try folder.makeLink("dangling", to: folder.file("elsewhere")))
  try File.checkWritable("/dev/null")
  #expect(try folder.contents == ["dangling", "old"])
  #expect(try File.read(old) == [1, 2, 3])
}

@Test func placesThatCannotBeWrittenToAreFoundOut() throws {
  let folder = try TemporaryFolder()
  let file = try folder.write([1], as: "file")
  #expect(throws: FileError.isDirectory(path: folder.path)) {
    try File.checkWritable(folder.path)
  }
  #expect(throws: FileError.failed(.create, path: folder.file("no"), errorNumber: ENOENT)) {
    try File.checkWritable(folder.file("no/model"))
  }
  #expect(throws: FileError.failed(.create, path: file, errorNumber: ENOTDIR)) {
    try File.checkWritable(file + "/model")
  }
  #expect(throws: FileError.self) { try File.checkWritable("") }
  #expect(throws: FileError.self) { try File.checkWritable(folder.file("new/")) }
  if getuid() != 0 {
    chmod(folder.path, 0o500)
    defer { chmod(folder.path, 0o700) }
    #expect(throws: FileError.failed(.create, path: folder.path, errorNumber: EACCES)) {
      try File.checkWritable(folder.file("new"))
    }
  }
}

@Test(.enabled(if: File.isDirectory("/proc/self"), "needs /proc"))
func foldersThatTakeNoFilesAreFoundOutByTheSuperuserToo() {
  #expect(throws: FileError.self) { try File.checkWritable("/proc/x") }
}

@Test func oneFileHasManyPaths() throws {
  let folder = try TemporaryFolder()
  let file = try folder.write([1], as: "file")
  let other = try folder.write([1], as: "other")
  #expect(File.isSame(file, folder.path + "/./file"))
  #expect(File.isSame(file, try folder.makeLink("link", to: file)))
  #expect(!File.isSame(file, other))
  #expect(!File.isSame(file, folder.file("missing")))
  #expect(File.isSame("missing", "missing"))
}
