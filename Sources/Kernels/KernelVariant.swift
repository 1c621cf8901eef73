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
      let kernels = try unsafe select(named: String(cString: forced)).kernels
      return KernelVariant(kernels: kernels, reason: "forced by \(environmentVariable)")
    }
    // The last one is the widest; there is always the baseline.
    let widest = available[available.count - 1]
    return KernelVariant(kernels: widest, reason: "the widest that this processor can run")
  }

  /// The variant of the given name.
  /// - Throws: ``KernelError`` when there is no such variant, or this processor lacks it.
  public static func select(named name: String) throws(KernelError) -> KernelVariant {
    if let kernels = available.first(where: { "\($0.name)" == name }) {
      return KernelVariant(kernels: kernels, reason: "asked for by name")
    }
    let availableNames = available.map { "\($0.name)" }
    guard knownNames.contains(name) else {
      throw .unknownVariant(name, available: availableNames)
    }
    throw .unsupportedVariant(name, available: availableNames)
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

/// Why no kernels could be chosen.
public enum KernelError: Error, Equatable, Sendable, CustomStringConvertible {
  /// The name is not that of a kernel variant.
  case unknownVariant(String, available: [String])
  /// This processor, or its operating system, lacks the variant's instructions.
  case unsupportedVariant(String, available: [String])

  public var description: String {
    switch self {
    case .unknownVariant(let name, let available):
      """
      \(KernelVariant.environmentVariable): '\(name)' is not a kernel variant \
      (expected \(available.joined(separator: ", ")))
      """
    case .unsupportedVariant(let name, let available):
      """
      \(KernelVariant.environmentVariable): this processor cannot run '\(name)' \
      (it can run \(available.joined(separator: ", ")))
      """
    }
  }
}
