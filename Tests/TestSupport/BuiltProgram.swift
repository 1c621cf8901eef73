import Foundation

/// Programs that the package built along with the tests.
package enum BuiltProgram {
  /// The path of the program called `name`, beside the test runner or the test bundle.
  package static func path(_ name: String) -> String? {
    let bundles = Bundle.allBundles.map(\.bundleURL) + [Bundle.main.bundleURL]
    let runner = URL(fileURLWithPath: CommandLine.arguments[0])
    let folders =
      [runner.deletingLastPathComponent()]
      + bundles.flatMap { [$0, $0.deletingLastPathComponent()] }
    return folders.map { $0.appendingPathComponent(name).path }
      .first { FileManager.default.isExecutableFile(atPath: $0) }
  }
}
