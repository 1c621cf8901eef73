import FileSystem
import Kernels
import Terminal
import Training

/// What a figure was measured on.
public struct Machine: Sendable {
  /// The processor's own name, where the system tells it.
  public let processor: String
  public let coresSeen: Int
  public let coresUsable: Int
  /// The kernel variants that were measured.
  public let kernels: [String]

  public init(kernels: [KernelVariant]) {
    let text = (try? File.read("/proc/cpuinfo", limit: 1 << 24)).map {
      String(decoding: $0, as: UTF8.self)
    }
    let line = text?.split(separator: "\n").first { $0.hasPrefix("model name") }
    let name = line?.split(separator: ":", maxSplits: 1).last
    processor = name.map { String($0.drop { $0 == " " }) } ?? "unknown"
    coresSeen = ProcessorCount.seen
    coresUsable = ProcessorCount.usable
    self.kernels = kernels.map(\.name)
  }

  /// One line for a person.
  public var text: String {
    "\(processor), \(coresSeen) cores, \(coresUsable) usable, \(kernels.joined(separator: ", ")) kernels"
  }

  public var json: JSONValue {
    .object([
      ("processor", .string(processor)), ("cores_seen", .integer(coresSeen)),
      ("cores_usable", .integer(coresUsable)), ("kernel", .string(kernels.joined(separator: ","))),
    ])
  }
}
