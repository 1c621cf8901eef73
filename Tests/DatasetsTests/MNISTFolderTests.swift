import FileSystem
import TestSupport
import Testing

@testable import Datasets

/// The whole folder, with files of a handful of small images.
@Suite struct MNISTFolderTests {
  let folder: TemporaryFolder
  let trainingPixels = noise(30 * 4 * 5, seed: 1)
  let testPixels = noise(12 * 4 * 5, seed: 2)
  let trainingLabels = (0..<30).map { UInt8($0 % 10) }
  let testLabels = (0..<12).map { UInt8($0 * 7 % 10) }

  init() throws { folder = try TemporaryFolder() }

  /// The content of the four files under their usual names.
  private var files: [String: [UInt8]] {
    [
      "train-images-idx3-ubyte": idxBytes(dimensions: [30, 4, 5], elements: trainingPixels),
      "train-labels-idx1-ubyte": idxBytes(dimensions: [30], elements: trainingLabels),
      "t10k-images-idx3-ubyte": idxBytes(dimensions: [12, 4, 5], elements: testPixels),
      "t10k-labels-idx1-ubyte": idxBytes(dimensions: [12], elements: testLabels),
    ]
  }

  /// Writes the four files as gzip, one of them with other content.
  /// - Returns: The path of that one.
  @discardableResult
  private func writeFiles(replacing name: String = "", by content: [UInt8] = []) throws -> String {
    for (file, bytes) in files where file != name {
      try folder.write(gzipped(bytes), as: file + ".gz")
    }
    return name.isEmpty ? "" : try folder.write(content, as: name + ".gz")
  }

  private func expectEverything(_ loaded: (training: Dataset, test: Dataset)) {
    #expect(loaded.training.count == 30 && loaded.test.count == 12)
    #expect(loaded.training.height == 4 && loaded.training.width == 5)
    #expect(loaded.training.classCount == 10)
    #expect(loaded.training.storedLabels == trainingLabels)
    #expect(loaded.test.storedLabels == testLabels)
    #expect(loaded.training.pixels.copy(0..<600) == trainingPixels)
    #expect(loaded.test.pixels.copy(0..<240) == testPixels)
  }

  // MARK: What must load

  @Test(arguments: [false, true], [false, true])
  func spellings(dotted: Bool, zipped: Bool) throws {
    for (file, bytes) in files {
      let name = dotted ? file.replacing("-idx", with: ".idx") : file
      try folder.write(zipped ? gzipped(bytes) : bytes, as: zipped ? name + ".gz" : name)
    }
    #expect(MNIST.isPresent(in: folder.path))
    #expect(MNIST.isPresent(in: folder.path + "/"))
    try expectEverything(MNIST.load(from: folder.path))
  }

  /// The files of the other set are not looked at, not even for being there.
  @Test func oneSetAlone() throws {
    let files = self.files.filter { $0.key.hasPrefix("t10k") }
    for (file, bytes) in files { try folder.write(gzipped(bytes), as: file + ".gz") }
    let test = try MNIST.load(.test, from: folder.path, name: "a half")
    #expect(test.name == "a half")
    #expect(test.storedLabels == testLabels)
    #expect(test.pixels.copy(0..<240) == testPixels)
    #expect(throws: MNISTError.self) { try MNIST.load(.training, from: folder.path) }
  }

  @Test func mixedSpellings() throws {
    try folder.write(files["train-images-idx3-ubyte"]!, as: "train-images.idx3-ubyte")
    try folder.write(
      gzipped(files["train-labels-idx1-ubyte"]!), as: "train-labels.idx1-ubyte.gz")
    try folder.write(files["t10k-images-idx3-ubyte"]!, as: "t10k-images-idx3-ubyte")
    try folder.write(gzipped(files["t10k-labels-idx1-ubyte"]!), as: "t10k-labels-idx1-ubyte")
    try expectEverything(MNIST.load(from: folder.path))
  }

  /// A browser that unzips what it downloads and keeps the name.
  @Test func alreadyUnzipped() throws {
    for (file, bytes) in files { try folder.write(bytes, as: file + ".gz") }
    try expectEverything(MNIST.load(from: folder.path))
  }

  /// One archive in use has, beside each file, a folder with the other spelling of its name.
  @Test func foldersOfTheSameName() throws {
    for (file, bytes) in files {
      try folder.makeFolder(file)
      try folder.write(bytes, as: file.replacing("-idx", with: ".idx"))
    }
    try expectEverything(MNIST.load(from: folder.path))
  }

  @Test func names() throws {
    try writeFiles()
    let unnamed = try MNIST.load(from: folder.path)
    #expect(unnamed.training.name == "MNIST" && unnamed.test.name == "MNIST")
    let named = try MNIST.load(from: folder.path, name: "Fashion-MNIST")
    #expect(named.training.name == "Fashion-MNIST" && named.test.name == "Fashion-MNIST")
  }

  // MARK: What must not

  @Test func noFolder() throws {
    let absent = folder.file("absent")
    #expect(throws: MNISTError.noFolder(path: absent)) { try MNIST.load(from: absent) }
    #expect(!MNIST.isPresent(in: absent))
    let file = try folder.write([1], as: "file")
    #expect(throws: MNISTError.noFolder(path: file)) { try MNIST.load(from: file) }
  }

  @Test func missingFiles() throws {
    for (file, bytes) in files where file.contains("images") {
      try folder.write(bytes, as: file)
    }
    let expected = MNISTError.missingFiles(
      directory: folder.path,
      acceptedNames: ["train", "t10k"].map { set in
        [
          "\(set)-labels-idx1-ubyte", "\(set)-labels.idx1-ubyte", "\(set)-labels-idx1-ubyte.gz",
          "\(set)-labels.idx1-ubyte.gz",
        ]
      })
    #expect(throws: expected) { try MNIST.load(from: folder.path) }
    #expect(!MNIST.isPresent(in: folder.path))
    #expect(
      expected.description == """
        \(folder.path): 2 files are missing: train-labels-idx1-ubyte (or \
        train-labels.idx1-ubyte, train-labels-idx1-ubyte.gz, train-labels.idx1-ubyte.gz); \
        t10k-labels-idx1-ubyte (or t10k-labels.idx1-ubyte, t10k-labels-idx1-ubyte.gz, \
        t10k-labels.idx1-ubyte.gz)
        """)
  }

  @Test(arguments: [
    "train-images-idx3-ubyte", "train-labels-idx1-ubyte", "t10k-images-idx3-ubyte",
    "t10k-labels-idx1-ubyte",
  ])
  func badFiles(name: String) throws {
    let good = try #require(files[name])
    let rank = good[3]
    let count = good.count - 4 - 4 * Int(rank)
    let bad: [(content: [UInt8], error: (String) -> IDXError)] = [
      (failedDownloadPage, { .webPage(path: $0) }),
      ([], { .emptyFile(path: $0) }),
      (
        Array(gzipped(good).dropLast(4)),
        { .truncatedGzip(path: $0, expected: good.count, found: good.count) }
      ),
      (
        good.dropLast(),
        { .truncated(path: $0, expected: count, found: count - 1) }
      ),
      (good + [0], { .trailingData(path: $0, expected: count, found: count + 1) }),
      (
        [0, 0, 8, 4 - rank] + good[4...],
        { .badMagic(path: $0, expected: 0x0800 | UInt32(rank), found: 0x0800 | UInt32(4 - rank)) }
      ),
    ]
    for (content, error) in bad {
      let path = try writeFiles(replacing: name, by: content)
      #expect(throws: MNISTError.file(error(path))) { try MNIST.load(from: folder.path) }
    }
    // A reader leaves nothing behind.
    #expect(try folder.contents == files.keys.map { $0 + ".gz" }.sorted())
  }

  @Test func differentCounts() throws {
    let path = try writeFiles(
      replacing: "train-labels-idx1-ubyte",
      by: idxBytes(dimensions: [29], elements: trainingLabels.dropLast()))
    let expected = MNISTError.countsDiffer(
      images: folder.file("train-images-idx3-ubyte.gz"), imageCount: 30, labels: path,
      labelCount: 29)
    #expect(throws: expected) { try MNIST.load(from: folder.path) }
  }

  @Test func labelOutOfRange() throws {
    var labels = testLabels
    labels[7] = 10
    let path = try writeFiles(
      replacing: "t10k-labels-idx1-ubyte", by: idxBytes(dimensions: [12], elements: labels))
    let expected = MNISTError.labelOutOfRange(path: path, index: 7, label: 10, classCount: 10)
    #expect(throws: expected) { try MNIST.load(from: folder.path) }
    #expect(expected.description == "\(path): label 10 at index 7: expected 0 to 9")
  }

  @Test func allZeroImages() throws {
    let zeros = idxBytes(dimensions: [30, 4, 5], elements: repeatElement(0, count: 600))
    let path = try writeFiles(replacing: "train-images-idx3-ubyte", by: zeros)
    #expect(throws: MNISTError.allPixelsZero(path: path)) { try MNIST.load(from: folder.path) }
  }

  @Test func differentSizes() throws {
    let path = try writeFiles(
      replacing: "t10k-images-idx3-ubyte",
      by: idxBytes(dimensions: [12, 5, 4], elements: testPixels))
    let expected = MNISTError.imageSizesDiffer(
      training: folder.file("train-images-idx3-ubyte.gz"), trainingSize: [4, 5], test: path,
      testSize: [5, 4])
    #expect(throws: expected) { try MNIST.load(from: folder.path) }
  }
}
