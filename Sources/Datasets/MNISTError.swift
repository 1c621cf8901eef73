/// What can be wrong with a folder of MNIST's files. Every case names the files it is about.
public enum MNISTError: Error, Equatable, Sendable, CustomStringConvertible {
  /// There is no folder at this path.
  case noFolder(path: String)
  /// Files are missing: for each of them, the names under which it was looked for.
  case missingFiles(directory: String, acceptedNames: [[String]])
  /// A file cannot be read.
  case file(IDXError)
  /// There are not as many labels as images.
  case countsDiffer(images: String, imageCount: Int, labels: String, labelCount: Int)
  /// A label is not the number of a class. `index` counts from 0.
  case labelOutOfRange(path: String, index: Int, label: Int, classCount: Int)
  /// Every pixel of every image is 0.
  case allPixelsZero(path: String)
  /// Training and test images are not of one size; sizes are `[height, width]`.
  case imageSizesDiffer(
    training: String, trainingSize: [Int], test: String, testSize: [Int])
  /// The files are right one by one and make no dataset together.
  case dataset(DatasetError)

  /// What is wrong, in a sentence for a person.
  public var description: String {
    switch self {
    case .noFolder(let path):
      return "\(path): there is no such folder"
    case .missingFiles(let directory, let acceptedNames):
      let list = acceptedNames.map { names in
        guard let first = names.first else { return "" }
        return "\(first) (or \(names.dropFirst().joined(separator: ", ")))"
      }
      let files = acceptedNames.count == 1 ? "a file is" : "\(acceptedNames.count) files are"
      return "\(directory): \(files) missing: \(list.joined(separator: "; "))"
    case .file(let error):
      return error.description
    case .countsDiffer(let images, let imageCount, let labels, let labelCount):
      return "\(images) holds \(imageCount) images, but \(labels) holds \(labelCount) labels"
    case .labelOutOfRange(let path, let index, let label, let classCount):
      return "\(path): label \(label) at index \(index): expected 0 to \(classCount - 1)"
    case .allPixelsZero(let path):
      return "\(path): every pixel of every image is 0"
    case .imageSizesDiffer(let training, let trainingSize, let test, let testSize):
      return "\(training) holds images of \(Self.size(trainingSize)) pixels, but \(test) holds "
        + "images of \(Self.size(testSize))"
    case .dataset(let error):
      return error.description
    }
  }

  private static func size(_ size: [Int]) -> String {
    size.map(String.init).joined(separator: " × ")
  }
}
