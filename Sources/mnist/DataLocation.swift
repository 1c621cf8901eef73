import Datasets
import FileSystem
import Terminal

/// Where the images come from.
enum DataLocation: Equatable {
  /// A folder of the four files.
  case folder(String)
  /// The program's own digits, because they were asked for.
  case embedded
  /// The program's own digits, because there is no MNIST.
  case embeddedForWantOfData

  /// The one command that fetches the real data.
  static let fetchCommand = "tools/fetch-mnist"

  /// Decides by the options, the environment and what is on the disk:
  ///
  /// 1. `--embedded`;
  /// 2. `--data`, which must hold the data set;
  /// 3. `$MNIST_DIR` if set and not empty, which must hold it too;
  /// 4. `data/mnist` below the current folder;
  /// 5. the user's cache folder, where `tools/fetch-mnist` puts it;
  /// 6. the embedded digits.
  /// - Throws: `MNISTError` when a folder that was named, or one that holds some of the four
  ///   files, does not hold them all.
  static func find(
    data: String?, embedded: Bool, environment: (String) -> String?
  ) throws(MNISTError) -> DataLocation {
    if embedded { return .embedded }
    if let folder = data ?? environment("MNIST_DIR").flatMap({ $0.isEmpty ? nil : $0 }) {
      // Loading says what is missing.
      if !MNIST.isPresent(in: folder) { _ = try MNIST.load(from: folder) }
      return .folder(folder)
    }
    for folder in ["data/mnist"] + cacheFolders(environment) where try holdsData(folder) {
      return .folder(folder)
    }
    return .embeddedForWantOfData
  }

  /// Where `tools/fetch-mnist` puts the data set, if the environment names a home.
  static func cacheFolders(_ environment: (String) -> String?) -> [String] {
    func folder(_ variable: String, _ path: String) -> String? {
      // The XDG specification has relative paths ignored.
      guard let base = environment(variable), base.hasPrefix("/") else { return nil }
      return File.path(base, path)
    }
    #if os(macOS)
      let cache = folder("HOME", "Library/Caches")
    #else
      let cache = folder("XDG_CACHE_HOME", "") ?? folder("HOME", ".cache")
    #endif
    return cache.map { [File.path($0, "parallel-trainer/mnist")] } ?? []
  }

  /// Whether a folder that nobody named holds the data set. One that holds a part of it, as after
  /// a download that was cut short, is an error and not a reason to look elsewhere.
  private static func holdsData(_ folder: String) throws(MNISTError) -> Bool {
    guard File.isDirectory(folder) else { return false }
    if MNIST.isPresent(in: folder) { return true }
    do throws(MNISTError) {
      _ = try MNIST.load(from: folder)
      return true
    } catch .missingFiles(_, let names) where names.count == 4 {
      return false
    }
  }

  // MARK: Remembering

  /// The location as a text that ``init(remembered:)`` takes from wherever the program runs then.
  var remembered: String {
    switch self {
    case .folder(let path): File.absolutePath(path)
    case .embedded, .embeddedForWantOfData: Self.embeddedText
    }
  }

  /// The location that a text stands for; nil for a folder that does not hold the data any more.
  init?(remembered text: String) {
    if text == Self.embeddedText {
      self = .embedded
    } else if MNIST.isPresent(in: text) {
      self = .folder(text)
    } else {
      return nil
    }
  }

  private static let embeddedText = "embedded"

  /// Where the images come from, for a person.
  var text: String {
    switch self {
    case .folder(let path): "from \(path)"
    case .embedded, .embeddedForWantOfData: "drawn by the program"
    }
  }
}
