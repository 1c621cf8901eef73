import Foundation

/// Data that is not part of the package.
package enum RealData {
  /// The folder of MNIST's four files: `$MNIST_DIR`, or `../shared/data/mnist` beside the
  /// repository, if that is there.
  package static let mnist: String? = {
    if let path = ProcessInfo.processInfo.environment["MNIST_DIR"] { return path }
    let path = repository + "/../shared/data/mnist"
    return FileManager.default.fileExists(atPath: path) ? path : nil
  }()

  package static let whyNot =
    "MNIST's files are neither in $MNIST_DIR nor in ../shared/data/mnist beside the repository"

  private static let repository =
    "/" + #filePath.split(separator: "/").dropLast(3).joined(separator: "/")
}
