#if arch(x86_64)
  import Foundation
  import Testing

  /// Object files of modules that are compiled for more than every processor has.
  ///
  /// A module compiled with wider flags may emit weak copies of generic standard-library code that
  /// the linker then uses for the whole program, which would crash on a processor without those
  /// instructions. So the only weak symbols allowed are those that carry the module's own name.
  @Suite struct SymbolTests {
    @Test(
      .enabled(if: symbolLister != nil, "neither llvm-nm nor nm is in PATH or beside swift"),
      arguments: ["KernelsAVX2", "KernelsAVX512"])
    func weakSymbolsCarryTheModulesName(module: String) throws {
      let objects = try objectFiles(of: module)
      try #require(!objects.isEmpty, "no object files of \(module): where does the build put them?")
      var weak = 0
      var foreign: [String] = []
      for object in objects {
        for (type, name) in try symbols(of: object) where "WVwvu".contains(type) {
          weak += 1
          if !isOwn(name, of: module) && name != "__swift_reflection_version" {
            foreign.append(name)
          }
        }
      }
      // The kernels themselves are weak: none would mean that the listing was not understood.
      #expect(weak > 1)
      #expect(foreign.sorted().prefix(3) == [])
    }

    /// Whether a mangled name carries the module's. A word that came up before in the name, as
    /// "Kernels" in a type's, is not spelled out again: then only the rest is, after its length.
    private func isOwn(_ name: String, of module: String) -> Bool {
      let rest = module.dropFirst("Kernels".count)
      return name.contains(module) || name.contains("\(rest.count)\(rest)")
    }

    /// Everything that the build made of `module`, next to the running tests.
    private func objectFiles(of module: String) throws -> [URL] {
      let products = URL(fileURLWithPath: CommandLine.arguments[0]).deletingLastPathComponent()
      let folder = products.appendingPathComponent("\(module).build")
      let files = FileManager.default.enumerator(at: folder, includingPropertiesForKeys: nil)
      return (files?.allObjects as? [URL] ?? []).filter { $0.pathExtension == "o" }
    }

    /// The symbols of an object file, as `nm` prints them: "[address] type name".
    private func symbols(of object: URL) throws -> [(type: Character, name: String)] {
      let process = Process()
      process.executableURL = symbolLister
      process.arguments = [object.path]
      let listing = Pipe()
      process.standardOutput = listing
      process.standardError = FileHandle.nullDevice
      try process.run()
      let bytes = try listing.fileHandleForReading.readToEnd() ?? Data()
      process.waitUntilExit()
      try #require(process.terminationStatus == 0)
      return String(decoding: bytes, as: UTF8.self).split(separator: "\n").compactMap { line in
        let fields = line.split(separator: " ")
        guard fields.count >= 2, let type = fields[fields.count - 2].first else { return nil }
        return (type, String(fields[fields.count - 1]))
      }
    }
  }

  /// The toolchain's `llvm-nm`, in PATH or beside the `swift` that PATH leads to; otherwise the
  /// system's `nm`.
  private let symbolLister: URL? = {
    let path = ProcessInfo.processInfo.environment["PATH"] ?? ""
    let folders = path.split(separator: ":").map { URL(fileURLWithPath: String($0)) }
    let toolchains = folders.map { $0.appendingPathComponent("swift") }
      .filter { FileManager.default.isExecutableFile(atPath: $0.path) }
      .map { $0.resolvingSymlinksInPath().deletingLastPathComponent() }
    let candidates =
      (toolchains + folders).map { $0.appendingPathComponent("llvm-nm") }
      + folders.map { $0.appendingPathComponent("nm") }
    return candidates.first { FileManager.default.isExecutableFile(atPath: $0.path) }
  }()
#endif
