import FileSystem
import TestSupport
import Testing

@testable import Datasets

@Suite struct IDXFileTests {
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  // MARK: What must load

  @Test(arguments: [[1], [7], [300_001], [1, 1, 1], [5, 3, 2], [40, 28, 28], [3, 400, 301]])
  func roundTrip(dimensions: [Int]) throws {
    let elements = noise(dimensions.reduce(1, *), seed: dimensions.count)
    let bytes = idxBytes(dimensions: dimensions, elements: elements)
    // The name never matters: neither of a raw file called .gz, nor the other way round.
    for content in [bytes, gzipped(bytes)] {
      for name in ["file", "file.gz"] {
        let path = try folder.write(content, as: name)
        let file = try IDXFile(contentsOf: path, rank: dimensions.count)
        #expect(file.dimensions == dimensions)
        #expect(file.bytes.copy(0..<file.bytes.count) == elements)
        #expect(file.path == path)
      }
    }
  }

  /// RFC 1952, 2.2: a gzip file is a series of members, their contents in a row.
  @Test func readsSeveralGzipMembers() throws {
    let elements = noise(10_000)
    let bytes = idxBytes(dimensions: [10_000], elements: elements)
    let members = gzipped(Array(bytes[..<5])) + gzipped(Array(bytes[5...])) + gzipped([])
    let path = try folder.write(members, as: "file.gz")
    #expect(try IDXFile(contentsOf: path, rank: 1).bytes.copy(0..<10_000) == elements)
  }

  @Test func readsHighlyCompressedData() throws {
    let bytes = idxBytes(dimensions: [3_000_000], elements: repeatElement(0, count: 3_000_000))
    let path = try folder.write(gzipped(bytes), as: "file.gz")
    #expect(try IDXFile(contentsOf: path, rank: 1).bytes.count == 3_000_000)
  }

  // MARK: What must not

  @Test func failedDownload() throws {
    for content in [failedDownloadPage, gzipped(failedDownloadPage)] {
      let path = try folder.write(content, as: "train-images-idx3-ubyte.gz")
      #expect(throws: IDXError.webPage(path: path)) {
        try IDXFile(contentsOf: path, rank: 3)
      }
    }
    for start in ["<html>", "<HTML lang=\"en\">", "\u{FEFF}<!doctype html>", "  <?xml ?><html>"] {
      let path = try folder.write(start.utf8, as: "start")
      #expect(throws: IDXError.webPage(path: path)) { try IDXFile(contentsOf: path, rank: 1) }
    }
  }

  @Test func emptyFile() throws {
    let path = try folder.write([], as: "file.gz")
    #expect(throws: IDXError.emptyFile(path: path)) { try IDXFile(contentsOf: path, rank: 3) }
  }

  @Test func missingFile() throws {
    let path = folder.file("absent")
    #expect(throws: IDXError.file(.failed(.open, path: path, errorNumber: ENOENT))) {
      try IDXFile(contentsOf: path, rank: 3)
    }
  }

  @Test func folderInPlaceOfAFile() throws {
    let path = try folder.makeFolder("file.gz")
    #expect(throws: IDXError.file(.isDirectory(path: path))) {
      try IDXFile(contentsOf: path, rank: 3)
    }
  }

  @Test(.enabled(if: geteuid() != 0, "the superuser may read everything"))
  func unreadableFile() throws {
    let path = try folder.write([1], as: "file")
    try #require(chmod(path, 0) == 0)
    #expect(throws: IDXError.file(.failed(.open, path: path, errorNumber: EACCES))) {
      try IDXFile(contentsOf: path, rank: 3)
    }
  }

  /// A gzip cut at every length tells that it is cut, and where.
  @Test func truncatedGzip() throws {
    let bytes = idxBytes(dimensions: [20, 10, 10], elements: noise(2000))
    let compressed = gzipped(bytes)
    for length in 2..<compressed.count {
      let path = try folder.write(compressed[..<length], as: "file.gz")
      let error = #expect(throws: IDXError.self) { try IDXFile(contentsOf: path, rank: 3) }
      switch error {
      case .truncatedGzip(path, 2016, let found):
        // The last eight bytes are checksum and length, the content being complete by then.
        #expect(length < compressed.count - 8 ? found < 2016 : found == 2016)
      case .truncatedGzip(path, 16, let found):
        #expect(found < 16)
      default:
        Issue.record("\(length) bytes of \(compressed.count): \(String(describing: error))")
      }
    }
  }

  @Test func truncatedRawFile() throws {
    let bytes = idxBytes(dimensions: [20, 10, 10], elements: noise(2000))
    for length in 1..<bytes.count {
      let path = try folder.write(bytes[..<length], as: "file")
      let expected: IDXError =
        length < 16
        ? .truncatedHeader(path: path, expected: 16, found: length)
        : .truncated(path: path, expected: 2000, found: length - 16)
      #expect(throws: expected) { try IDXFile(contentsOf: path, rank: 3) }
    }
  }

  /// The content is shorter than the header says, inside a gzip that is whole.
  @Test func shortContentInsideGzip() throws {
    let bytes = idxBytes(dimensions: [21, 10, 10], elements: noise(2000))
    let path = try folder.write(gzipped(bytes), as: "file.gz")
    #expect(throws: IDXError.truncated(path: path, expected: 2100, found: 2000)) {
      try IDXFile(contentsOf: path, rank: 3)
    }
    let empty = try folder.write(gzipped([]), as: "empty.gz")
    #expect(throws: IDXError.truncatedHeader(path: empty, expected: 16, found: 0)) {
      try IDXFile(contentsOf: empty, rank: 3)
    }
  }

  /// One flipped bit anywhere behind gzip's header is found, if only by the checksum.
  @Test func corruptGzip() throws {
    let bytes = idxBytes(dimensions: [20, 10, 10], elements: noise(2000).map { $0 & 15 })
    let compressed = gzipped(bytes)
    for position in 10..<compressed.count {
      var damaged = compressed
      damaged[position] ^= 1 << (position % 8)
      let path = try folder.write(damaged, as: "file.gz")
      #expect(throws: IDXError.self, "byte \(position)") { try IDXFile(contentsOf: path, rank: 3) }
    }
    var wrongChecksum = compressed
    wrongChecksum[compressed.count - 8] ^= 1
    let path = try folder.write(wrongChecksum, as: "file.gz")
    let expected = IDXError.corruptGzip(path: path, found: 2016, reason: "incorrect data check")
    #expect(throws: expected) { try IDXFile(contentsOf: path, rank: 3) }
  }

  @Test func trailingData() throws {
    let bytes = idxBytes(dimensions: [20, 10, 10], elements: noise(2003))
    let expected = { IDXError.trailingData(path: $0, expected: 2000, found: 2003) }
    let raw = try folder.write(bytes, as: "raw")
    #expect(throws: expected(raw)) { try IDXFile(contentsOf: raw, rank: 3) }
    let inside = try folder.write(gzipped(bytes), as: "inside.gz")
    #expect(throws: expected(inside)) { try IDXFile(contentsOf: inside, rank: 3) }
    let behind = try folder.write(gzipped(bytes.dropLast(3)) + [1, 2, 3], as: "behind.gz")
    let notGzip = "bytes that are not gzip follow the compressed data"
    #expect(throws: IDXError.corruptGzip(path: behind, found: 2016, reason: notGzip)) {
      try IDXFile(contentsOf: behind, rank: 3)
    }
  }

  @Test func wrongMagic() throws {
    let labels = try folder.write(
      gzipped(idxBytes(dimensions: [20], elements: noise(20))), as: "labels")
    let swapped = IDXError.badMagic(path: labels, expected: 0x0803, found: 0x0801)
    #expect(throws: swapped) { try IDXFile(contentsOf: labels, rank: 3) }
    #expect(
      swapped.description == "\(labels): magic number: expected 0x00000803 (images), "
        + "found 0x00000801 (labels)")
    let floats = try folder.write(
      idxBytes(type: 0x0D, dimensions: [2], elements: noise(8)), as: "floats")
    #expect(throws: IDXError.badMagic(path: floats, expected: 0x0801, found: 0x0D01)) {
      try IDXFile(contentsOf: floats, rank: 1)
    }
    let zip = try folder.write(Array("PK\u{3}\u{4}".utf8) + noise(100), as: "zip.gz")
    #expect(throws: IDXError.badMagic(path: zip, expected: 0x0803, found: 0x504B_0304)) {
      try IDXFile(contentsOf: zip, rank: 3)
    }
  }

  @Test func headerPromisesTooMuch() throws {
    let large = [60_000, 28, 28]
    let bytes = idxBytes(dimensions: large, elements: noise(100))
    let raw = try folder.write(bytes, as: "raw")
    #expect(throws: IDXError.truncated(path: raw, expected: 47_040_000, found: 100)) {
      try IDXFile(contentsOf: raw, rank: 3)
    }
    let compressed = gzipped(bytes)
    let path = try folder.write(compressed, as: "file.gz")
    let expected = IDXError.moreThanTheFileCanHold(
      path: path, expected: 47_040_000, possible: compressed.count * 1032)
    #expect(throws: expected) { try IDXFile(contentsOf: path, rank: 3) }
  }

  @Test(arguments: [
    [0, 28, 28], [10, 0, 28], [0xFFFF_FFFF, 0xFFFF_FFFF, 0xFFFF_FFFF],
    [0xFFFF_FFFF, 0x8000_0000, 1],
  ])
  func impossibleDimensions(dimensions: [Int]) throws {
    let bytes = idxBytes(dimensions: dimensions, elements: noise(10))
    for content in [bytes, gzipped(bytes)] {
      let path = try folder.write(content, as: "file")
      #expect(throws: IDXError.badDimensions(path: path, dimensions: dimensions)) {
        try IDXFile(contentsOf: path, rank: 3)
      }
    }
  }

  /// A header that no file could keep must cost nothing, not even from a device without end.
  @Test func endlessDevice() throws {
    #expect(throws: IDXError.badMagic(path: "/dev/zero", expected: 0x0803, found: 0)) {
      try IDXFile(contentsOf: "/dev/zero", rank: 3)
    }
  }
}
