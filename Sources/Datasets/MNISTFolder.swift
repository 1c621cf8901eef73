import Dispatch
import FileSystem
import Synchronization

/// The folder of four files in which MNIST, Fashion-MNIST and KMNIST come.
///
/// Each file may be gzip or not, and may have either of the names in use:
///
///     train-images-idx3-ubyte   train-images.idx3-ubyte   and these with .gz
///     train-labels-idx1-ubyte   train-labels.idx1-ubyte
///     t10k-images-idx3-ubyte    t10k-images.idx3-ubyte
///     t10k-labels-idx1-ubyte    t10k-labels.idx1-ubyte
///
/// A name says nothing about the content: a file called `.gz` that a browser has unzipped loads.
public enum MNIST {
  /// Digits 0 to 9, and as many kinds of clothes and of characters in the other two sets.
  public static let classCount = 10

  /// Whether all four files are in `directory`; what is in them is not looked at.
  public static func isPresent(in directory: String) -> Bool {
    MNISTFile.allCases.allSatisfy { $0.path(in: directory) != nil }
  }

  /// Loads the training and the test images, and checks that they make sense.
  ///
  /// The files are read concurrently. All pixels stay bytes, each set in one buffer of
  /// `count × height × width` (47 and 8 MB for MNIST), written once.
  /// - Parameters:
  ///   - directory: The folder of the four files.
  ///   - name: What the datasets are called in logs; "MNIST" by default.
  ///   - threads: Threads that read at the same time, at most 4, of Dispatch's pool; with 1, the
  ///     calling one reads alone.
  /// - Throws: ``MNISTError``, which names the file and what was expected and found in it.
  public static func load(
    from directory: String, name: String? = nil, threads: Int = 4
  ) throws(MNISTError) -> (training: Dataset, test: Dataset) {
    let files = try read(MNISTFile.allCases, in: directory, threads: threads)
    let (trainingImages, testImages) = (files[0], files[1])
    guard trainingImages.dimensions[1...] == testImages.dimensions[1...] else {
      throw .imageSizesDiffer(
        training: trainingImages.path, trainingSize: Array(trainingImages.dimensions[1...]),
        test: testImages.path, testSize: Array(testImages.dimensions[1...]))
    }
    let name = name ?? defaultName
    return (
      try dataset(named: name, images: trainingImages, labels: files[2]),
      try dataset(named: name, images: testImages, labels: files[3])
    )
  }

  /// One of the two sets.
  public enum Part: Sendable, CaseIterable {
    /// The images to train on: 60,000 in MNIST.
    case training
    /// The images to test with: 10,000 in MNIST.
    case test

    fileprivate var files: [MNISTFile] {
      switch self {
      case .training: [.trainingImages, .trainingLabels]
      case .test: [.testImages, .testLabels]
      }
    }
  }

  /// Loads one of the two sets, and leaves the files of the other alone.
  /// - Parameters:
  ///   - part: The set.
  ///   - directory: The folder of the files.
  ///   - name: What the dataset is called in logs; "MNIST" by default.
  /// - Throws: ``MNISTError``, which names the file and what was expected and found in it.
  public static func load(
    _ part: Part, from directory: String, name: String? = nil
  ) throws(MNISTError) -> Dataset {
    let files = try read(part.files, in: directory)
    return try dataset(named: name ?? defaultName, images: files[0], labels: files[1])
  }

  private static let defaultName = "MNIST"

  /// Reads files, on several threads at the same time.
  private static func read(
    _ files: [MNISTFile], in directory: String, threads: Int = 4
  ) throws(MNISTError) -> [IDXFile] {
    precondition(threads >= 1, "at least one thread must read the files")
    let paths = try locate(files, in: directory)
    let results = Mutex([Result<IDXFile, IDXError>?](repeating: nil, count: paths.count))
    // Each file is a unit of work, the largest first; two threads are never out of work before
    // the training images, 80 % of it all, are done.
    let next = Atomic<Int>(0)
    @Sendable func readOnes(_: Int) {
      while true {
        let index = next.add(1, ordering: .relaxed).oldValue
        guard index < paths.count else { return }
        let result = Result { () throws(IDXError) in
          try IDXFile(contentsOf: paths[index], rank: files[index].rank)
        }
        results.withLock { $0[index] = result }
      }
    }
    if threads == 1 {
      readOnes(0)
    } else {
      DispatchQueue.concurrentPerform(iterations: min(threads, paths.count), execute: readOnes)
    }
    var contents: [IDXFile] = []
    for result in results.withLock({ $0 }) {
      do throws(IDXError) {
        if let file = try result?.get() { contents.append(file) }
      } catch {
        throw .file(error)
      }
    }
    return contents
  }

  /// The paths of the files, in their order.
  private static func locate(
    _ files: [MNISTFile], in directory: String
  ) throws(MNISTError) -> [String] {
    guard File.isDirectory(directory) else { throw .noFolder(path: directory) }
    let paths = files.map { $0.path(in: directory) }
    let missing = zip(files, paths).filter { $1 == nil }.map { $0.0.spellings }
    guard missing.isEmpty else {
      throw .missingFiles(directory: directory, acceptedNames: missing)
    }
    return paths.compactMap { $0 }
  }

  private static func dataset(
    named name: String, images: IDXFile, labels: IDXFile
  ) throws(MNISTError) -> Dataset {
    guard images.dimensions[0] == labels.dimensions[0] else {
      throw .countsDiffer(
        images: images.path, imageCount: images.dimensions[0], labels: labels.path,
        labelCount: labels.dimensions[0])
    }
    do throws(DatasetError) {
      return try Dataset(
        name: name, pixels: images.bytes, labels: labels.bytes.copy(0..<labels.bytes.count),
        height: images.dimensions[1], width: images.dimensions[2], classCount: classCount)
    } catch {
      // The same finding, with the file in place of the dataset's name.
      switch error {
      case .labelOutOfRange(_, let index, let label, let classCount):
        throw .labelOutOfRange(
          path: labels.path, index: index, label: label, classCount: classCount)
      case .allPixelsZero:
        throw .allPixelsZero(path: images.path)
      default:
        throw .dataset(error)
      }
    }
  }
}

/// One of the four files, the largest first.
enum MNISTFile: CaseIterable {
  case trainingImages, testImages, trainingLabels, testLabels

  /// How many dimensions it has: count, height, width; or count alone.
  var rank: Int {
    switch self {
    case .trainingImages, .testImages: 3
    case .trainingLabels, .testLabels: 1
    }
  }

  /// The names it may have, in the order in which they are looked for.
  var spellings: [String] {
    let stem =
      switch self {
      case .trainingImages: "train-images"
      case .testImages: "t10k-images"
      case .trainingLabels: "train-labels"
      case .testLabels: "t10k-labels"
      }
    let names = ["\(stem)-idx\(rank)-ubyte", "\(stem).idx\(rank)-ubyte"]
    return names + names.map { $0 + ".gz" }
  }

  /// Where it is in `directory`, or nil. Some archives hold a folder of the same name beside the
  /// file; a folder is therefore the last choice.
  func path(in directory: String) -> String? {
    let present = spellings.map { File.path(directory, $0) }.filter(File.exists)
    return present.first { !File.isDirectory($0) } ?? present.first
  }
}
