import CPUFeatures
import KernelTemplates
import KernelsBaseline

@_exported import struct KernelTemplates.ActivationKernels
@_exported import struct KernelTemplates.AdamFactors
@_exported import struct KernelTemplates.AffineMap
@_exported import struct KernelTemplates.DropoutDraw
@_exported import enum KernelTemplates.ElementwiseActivation
@_exported import struct KernelTemplates.KernelTable
@_exported import struct KernelTemplates.LossKernels
@_exported import struct KernelTemplates.ResamplingScratch
@_exported import struct KernelTemplates.UpdateKernels

#if arch(x86_64)
  import KernelsAVX2
  import KernelsAVX512
#endif
#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// The kernels chosen for this machine, and why.
public struct KernelVariant: Sendable {
  /// The environment variable that forces a variant.
  public static let environmentVariable = "PARALLEL_TRAINER_ISA"

  /// The kernels.
  public let kernels: KernelTable
  /// Why this variant was chosen, as a sentence for a person.
  public let reason: String

  /// "baseline", "neon", "avx2" or "avx512".
  public var name: String { "\(kernels.name)" }

  /// The variant that the environment variable `PARALLEL_TRAINER_ISA` names, otherwise the widest
  /// one that this processor can run.
  /// - Throws: ``KernelError`` when the variable names no variant, or one this processor lacks.
  public static func select() throws(KernelError) -> KernelVariant {
    if let forced = unsafe getenv(environmentVariable), unsafe forced[0] != 0 {
      let kernels = try unsafe table(named: String(cString: forced), by: environmentVariable)
      return KernelVariant(kernels: kernels, reason: "forced by \(environmentVariable)")
    }
    // The last one is the widest; there is always the baseline.
    let widest = available[available.count - 1]
    return KernelVariant(kernels: widest, reason: "the widest that this processor can run")
  }

  /// The variant of the given name.
  /// - Throws: ``KernelError`` when there is no such variant, or this processor lacks it.
  public static func select(named name: String) throws(KernelError) -> KernelVariant {
    KernelVariant(kernels: try table(named: name), reason: "asked for by name")
  }

  /// - Parameter variable: The environment variable that holds the name, if one does.
  private static func table(
    named name: String, by variable: String? = nil
  ) throws(KernelError) -> KernelTable {
    if let kernels = available.first(where: { "\($0.name)" == name }) { return kernels }
    let availableNames = available.map { "\($0.name)" }
    guard knownNames.contains(name) else {
      throw .unknownVariant(name, available: availableNames, variable: variable)
    }
    throw .unsupportedVariant(name, available: availableNames, variable: variable)
  }

  /// All variants that this processor can run, from the narrowest to the widest.
  public static var all: [KernelVariant] {
    available.map { KernelVariant(kernels: $0, reason: "one of all") }
  }

  #if arch(x86_64)
    private static var knownNames: [String] { ["baseline", "avx2", "avx512"] }

    private static var available: [KernelTable] {
      var tables = [kernelsBaseline()]
      if cpu_features_has_x86_64_v3() { tables.append(kernelsAVX2()) }
      if cpu_features_has_x86_64_v4() { tables.append(kernelsAVX512()) }
      return tables
    }
  #else
    private static var knownNames: [String] { available.map { "\($0.name)" } }

    private static var available: [KernelTable] { [kernelsBaseline()] }
  #endif
}

/// Why no kernels could be chosen. The variable is the one of the environment that asked for them;
/// nil where the program did.
public enum KernelError: Error, Equatable, Sendable, CustomStringConvertible {
  /// The name is not that of a kernel variant.
  case unknownVariant(String, available: [String], variable: String? = nil)
  /// This processor, or its operating system, lacks the variant's instructions.
  case unsupportedVariant(String, available: [String], variable: String? = nil)

  /// What is wrong, in a sentence for a person.
  public var description: String {
    switch self {
    case .unknownVariant(let name, let available, let variable):
      """
      \(variable.map { "\($0): " } ?? "")'\(name)' is not a kernel variant \
      (expected \(available.joined(separator: ", ")))
      """
    case .unsupportedVariant(let name, let available, let variable):
      """
      \(variable.map { "\($0): " } ?? "")this processor cannot run '\(name)' \
      (it can run \(available.joined(separator: ", ")))
      """
    }
  }
}
