import FileSystem
import Kernels
import ParallelTrainer
import Terminal
import Training

/// What a figure was measured on and with.
public struct Machine: Sendable {
  /// The processor's own name, where the system tells it.
  public let processor: String
  package let limits: ProcessorLimits
  /// The kernel variants that were measured.
  public let kernels: [String]
  /// The operating system and its release.
  public let system: String

  public init(kernels: [KernelVariant]) {
    let text = (try? File.read("/proc/cpuinfo", limit: 1 << 24)).map {
      String(decoding: $0, as: UTF8.self)
    }
    let line = text?.split(separator: "\n").first { $0.hasPrefix("model name") }
    let name = line?.split(separator: ":", maxSplits: 1).last
    processor = name.map { String($0.drop { $0 == " " }) } ?? "unknown"
    limits = .ofThisProcess()
    self.kernels = kernels.map(\.name)
    let release = (try? File.read("/proc/sys/kernel/osrelease", limit: 1 << 12)).map {
      String(decoding: $0, as: UTF8.self).filter { !$0.isWhitespace }
    }
    system = release.map { "Linux \($0)" } ?? "unknown"
  }

  /// One line for a person.
  public var text: String {
    let cores = limits.usableCores == limits.usable ? "" : " on \(limits.usableCores) cores"
    return "\(processor), \(limits.online) processors, \(limits.usable) usable\(cores) "
      + "(\(limits.explanation)), \(kernels.joined(separator: ", ")) kernels"
  }

  /// See Benchmarks/README.md.
  public var json: JSONValue {
    .object([
      ("processor", .string(processor)), ("cores_seen", .integer(limits.online)),
      ("cores_usable", .integer(limits.usable)),
      ("kernel", .string(kernels.joined(separator: ","))),
      ("affinity", .optional(limits.affinity)), ("cpu_quota", .optional(limits.quota)),
      ("physical_cores", .optional(limits.physicalCores)),
      ("fast_cores", .optional(limits.fastCores)), ("system", .string(system)),
    ])
  }

  /// The versions of what was measured.
  public static var versions: JSONValue {
    .object([
      ("parallel_trainer", .string(PackageVersion.current)), ("swift", .string(compiler)),
    ])
  }

  /// The compiler's version, as far as a program can know it.
  private static var compiler: String {
    #if compiler(>=6.5)
      "6.5 or later"
    #elseif compiler(>=6.4)
      "6.4"
    #elseif compiler(>=6.3)
      "6.3"
    #else
      "6.2"
    #endif
  }
}
