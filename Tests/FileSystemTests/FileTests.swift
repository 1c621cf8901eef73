import TestSupport
import Testing

@testable import FileSystem

@Suite struct FileTests {
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  @Test(arguments: [0, 1, 4095, 65_536, 65_537, 300_000])
  func roundTrip(count: Int) throws {
    let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 31) }
    let path = folder.file("file")
    try File.writeAtomically(bytes, to: path)
    #expect(try File.read(path) == bytes)
    #expect(try folder.contents == ["file"])
  }

  @Test func tellsFilesFromFolders() throws {
    let file = try folder.write([1], as: "file")
    #expect(File.exists(file) && !File.isDirectory(file))
    #expect(File.exists(folder.path) && File.isDirectory(folder.path))
    #expect(!File.exists(folder.file("absent")) && !File.isDirectory(folder.file("absent")))
  }

  @Test func joinsPaths() {
    #expect(File.path("a", "b") == "a/b")
    #expect(File.path("a/", "b") == "a/b")
    #expect(File.path("", "b") == "b")
    #expect(File.path("/", "b") == "/b")
  }

  @Test func readingSaysWhatIsWrong() throws {
    let absent = folder.file("absent")
    let missing = FileError.failed(.open, path: absent, errorNumber: ENOENT)
    #expect(throws: missing) { try File.read(absent) }
    #expect(missing.isMissing)
    #expect(missing.description == "cannot open \(absent): No such file or directory")
    #expect(throws: FileError.isDirectory(path: folder.path)) { try File.read(folder.path) }
    let file = try folder.write([1, 2, 3], as: "file")
    #expect(throws: FileError.tooLarge(path: file, limit: 2)) { try File.read(file, limit: 2) }
    #expect(try File.read(file, limit: 3) == [1, 2, 3])
  }

  /// /proc files are regular files that claim to be empty; devices have no size at all.
  @Test func readsFilesThatDoNotKnowTheirSize() throws {
    #expect(try File.read("/dev/null").isEmpty)
    #expect(throws: FileError.tooLarge(path: "/dev/zero", limit: 100_000)) {
      try File.read("/dev/zero", limit: 100_000)
    }
    #if os(Linux)
      #expect(try !File.read("/proc/self/maps").isEmpty)
    #endif
  }

  @Test func replacesAndKeepsPermissions() throws {
    let path = try folder.write([1, 2, 3], as: "file")
    try #require(chmod(path, 0o640) == 0)
    try File.writeAtomically([4], to: path)
    #expect(try File.read(path) == [4])
    #expect(permissions(of: path) == 0o640)
    #expect(try folder.contents == ["file"])
  }

  @Test func newFilesFollowTheUmask() throws {
    // The umask can be read only by setting it, for the whole process: ask a file instead.
    let other = folder.file("other")
    let descriptor = open(other, O_WRONLY | O_CREAT, 0o666)
    try #require(descriptor >= 0)
    close(descriptor)
    let path = folder.file("file")
    try File.writeAtomically([1], to: path)
    #expect(permissions(of: path) == permissions(of: other))
  }

  @Test func writesThroughLinks() throws {
    try folder.makeFolder("models")
    let target = try folder.write([1], as: "models/target")
    // A chain of two links, both relative, the second one to a file in another folder.
    try folder.makeLink("second", to: "models/target")
    let link = try folder.makeLink("first", to: "second")
    try File.writeAtomically([2], to: link)
    #expect(try File.read(target) == [2])
    #expect(try folder.contents == ["first", "models", "second"])
    var info = stat()
    try #require(lstat(link, &info) == 0)
    #expect(info.st_mode & S_IFMT == S_IFLNK)
  }

  @Test func createsWhatADanglingLinkPointsTo() throws {
    let link = try folder.makeLink("link", to: "target")
    try File.writeAtomically([7], to: link)
    #expect(try File.read(folder.file("target")) == [7])
    #expect(try folder.contents == ["link", "target"])
  }

  @Test func refusesALoopOfLinks() throws {
    try folder.makeLink("a", to: "b")
    let link = try folder.makeLink("b", to: "a")
    #expect(throws: FileError.failed(.open, path: link, errorNumber: ELOOP)) {
      try File.writeAtomically([1], to: link)
    }
    #expect(try folder.contents == ["a", "b"])
  }

  @Test func failuresLeaveNothingBehind() throws {
    let inNoFolder = folder.file("absent/file")
    #expect(throws: FileError.failed(.create, path: folder.file("absent"), errorNumber: ENOENT)) {
      try File.writeAtomically([1], to: inNoFolder)
    }
    let subfolder = try folder.makeFolder("subfolder")
    #expect(throws: FileError.isDirectory(path: subfolder)) {
      try File.writeAtomically([1], to: subfolder)
    }
    #expect(try folder.contents == ["subfolder"])
  }

  /// The rename itself fails: the name is too long, the temporary file's was not.
  @Test func removesTheTemporaryFile() throws {
    let path = folder.file(String(repeating: "n", count: 300))
    #expect(throws: FileError.failed(.replace, path: path, errorNumber: ENAMETOOLONG)) {
      try File.writeAtomically([1], to: path)
    }
    #expect(try folder.contents == [])
  }

  @Test(.enabled(if: geteuid() != 0, "the superuser may write everywhere"))
  func keepsTheOldFileInAProtectedFolder() throws {
    let path = try folder.write([1], as: "file")
    try #require(chmod(folder.path, 0o555) == 0)
    defer { chmod(folder.path, 0o755) }
    #expect(throws: FileError.failed(.create, path: folder.path, errorNumber: EACCES)) {
      try File.writeAtomically([2], to: path)
    }
    #expect(try File.read(path) == [1])
  }

  @Test(.enabled(if: geteuid() != 0, "the superuser may write everywhere"))
  func respectsAProtectedFile() throws {
    let path = try folder.write([1], as: "file")
    try #require(chmod(path, 0o444) == 0)
    #expect(throws: FileError.failed(.write, path: path, errorNumber: EACCES)) {
      try File.writeAtomically([2], to: path)
    }
    #expect(try File.read(path) == [1])
  }

  @Test func leavesDevicesInPlace() throws {
    try File.writeAtomically([1, 2, 3], to: "/dev/null")
    #expect(!File.isDirectory("/dev/null"))
    #expect(try File.read("/dev/null").isEmpty)
    #if os(Linux)
      #expect(throws: FileError.failed(.write, path: "/dev/full", errorNumber: ENOSPC)) {
        try File.writeAtomically([1], to: "/dev/full")
      }
    #endif
  }

  @Test func writersInOneFolderDoNotCollide() async throws {
    let folder = folder
    try await withThrowingTaskGroup { group in
      for writer in 0..<16 {
        group.addTask {
          let bytes = [UInt8](repeating: UInt8(writer), count: 10_000)
          for _ in 0..<5 { try File.writeAtomically(bytes, to: folder.file("shared")) }
        }
      }
      try await group.waitForAll()
    }
    let bytes = try File.read(folder.file("shared"))
    #expect(bytes.count == 10_000 && Set(bytes).count == 1)
    #expect(try folder.contents == ["shared"])
  }

  private func permissions(of path: String) -> mode_t {
    var info = stat()
    return stat(path, &info) == 0 ? info.st_mode & 0o7777 : 0
  }
}

@Suite struct FileVersionTests {
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  /// The contents of the file and of its older versions, 0 for none.
  private func versions(_ path: String) -> [UInt8] {
    ["", ".1", ".2", ".3"].map { (try? File.read(path + $0))?.first ?? 0 }
  }

  @Test(arguments: [
    (0, [4, 0, 0, 0]), (1, [4, 3, 0, 0]), (2, [4, 3, 2, 0]), (3, [4, 3, 2, 1]),
  ])
  func keepsAsManyAsWanted(count: Int, expected: [UInt8]) throws {
    let path = folder.file("file")
    for version in 1...4 {
      try File.writeAtomically([UInt8(version)], to: path, keeping: count)
    }
    #expect(versions(path) == expected)
    #expect(try folder.contents.count == count + 1)
  }

  /// What a process leaves that was killed between two steps of the rotation.
  @Test func goesOnAfterAnInterruption() throws {
    let path = folder.file("file")
    for version in 1...3 {
      try File.writeAtomically([UInt8(version)], to: path, keeping: 2)
    }
    // Room was made, and no more.
    try #require(rename(path + ".1", path + ".2") == 0)
    try File.writeAtomically([4], to: path, keeping: 2)
    #expect(versions(path) == [4, 3, 2, 0])
    // The old version had its second name already, but was not replaced.
    try #require(rename(path + ".1", path + ".2") == 0)
    try #require(link(path, path + ".1") == 0)
    try File.writeAtomically([5], to: path, keeping: 2)
    #expect(versions(path) == [5, 4, 4, 0])
    try File.writeAtomically([6], to: path, keeping: 2)
    #expect(versions(path) == [6, 5, 4, 0])
    // Only the one older version there is.
    try File.writeAtomically([7], to: path, keeping: 1)
    #expect(versions(path) == [7, 6, 4, 0])
  }

  /// The older version's name is taken by a folder, which no file replaces.
  @Test func aFailureKeepsTheFile() throws {
    let path = folder.file("file")
    try File.writeAtomically([1], to: path)
    try folder.makeFolder("file.1")
    #expect(throws: FileError.failed(.keep, path: path, errorNumber: EEXIST)) {
      try File.writeAtomically([2], to: path, keeping: 1)
    }
    #expect(versions(path) == [1, 0, 0, 0])
    #expect(try folder.contents == ["file", "file.1"])
  }
}

@Test func aFolderThatTheDiskRefusesIsReported() throws {
  let folder = try TemporaryFolder()
  #expect(throws: FileError.failed(.flush, path: folder.path, errorNumber: EIO)) {
    try File.flushFolder(folder.path) { _ in
      errno = EIO
      return -1
    }
  }
  // A file system that cannot flush folders has done nothing wrong, nor has an interruption.
  for number in [EINVAL, ENOTSUP] {
    try File.flushFolder(folder.path) { _ in
      errno = number
      return -1
    }
  }
  var calls = 0
  try File.flushFolder(folder.path) { _ in
    calls += 1
    errno = EINTR
    return calls < 3 ? -1 : 0
  }
  #expect(calls == 3)
  try File.flushFolder(folder.path)
}
