import CThreads
import FileSystem

/// How many processor cores there are, and how many of them this process may keep busy.
public enum ProcessorCount {
  /// The processors that are online in this machine.
  public static var seen: Int { ProcessorLimits.ofThisProcess().online }

  /// How many threads can run at the same time: the processors in the affinity mask, at most the
  /// CPU quota of the control group, rounded up. At least 1.
  public static var usable: Int { ProcessorLimits.ofThisProcess().usable }

  /// The processors in the affinity mask, or those online where there is none: what can be told
  /// without reading a file.
  package static var allowed: Int {
    let allowed = Int(cthreads_allowed_processors())
    return allowed > 0 ? allowed : max(1, Int(sysconf(Int32(_SC_NPROCESSORS_ONLN))))
  }

  /// Why ``usable`` is what it is: "affinity mask: 4, CPU quota: 1.50".
  public static var explanation: String { ProcessorLimits.ofThisProcess().explanation }
}

/// What limits the number of threads that can run at the same time, and which processors are alike:
/// all that is known here of cores.
package struct ProcessorLimits: Equatable, Sendable {
  /// Processors online.
  package var online: Int
  /// Processors that the scheduler may use for this process; nil where that cannot be asked.
  package var affinity: Int?
  /// Processors' worth of time that the control group grants; nil for no limit.
  package var quota: Double?
  /// Cores among the allowed processors: hardware threads (SMT siblings) of one core count once.
  /// Nil where the system does not tell.
  package var physicalCores: Int?
  /// The fast ones of these cores, where they are of several kinds ("performance" and "efficiency"
  /// cores); nil where all are alike or the system does not tell.
  package var fastCores: Int?

  /// Threads that can run at the same time, hardware threads of one core counted apart.
  package var usable: Int {
    let allowed = min(affinity ?? online, online)
    return max(1, min(allowed, granted ?? allowed))
  }

  /// Threads that each have a core of their own.
  package var usableCores: Int { max(1, min(usable, physicalCores ?? usable)) }

  /// Threads that each have a fast core of their own.
  package var usableFastCores: Int { max(1, min(usableCores, fastCores ?? usableCores)) }

  /// Rounded up: a quota of 1.5 keeps two threads busier than one.
  private var granted: Int? { quota.map { Int(min($0, 1e6).rounded(.up)) } }

  package var explanation: String {
    let mask = affinity.map { "affinity mask: \($0), " } ?? ""
    let hundredths = quota.map { Int(min($0, 1e6) * 100 + 0.5) }
    let limit = hundredths.map { "\($0 / 100).\($0 / 10 % 10)\($0 % 10)" } ?? "none"
    let cores = physicalCores.map { ", cores: \($0)" } ?? ""
    let fast = fastCores.map { ", fast ones: \($0)" } ?? ""
    return "\(mask)CPU quota: \(limit)\(cores)\(fast)"
  }

  package static func ofThisProcess() -> ProcessorLimits { read(root: "") }

  /// - Parameter root: The folder that `/proc` and `/sys` are in: "" for this machine's.
  package static func read(root: String) -> ProcessorLimits {
    var limits = ProcessorLimits(online: max(1, Int(sysconf(Int32(_SC_NPROCESSORS_ONLN)))))
    let files = LinuxSystemFiles(root: root)
    let online = files.processors("/sys/devices/system/cpu/online")
    if let online { limits.online = online.count }
    let allowed = files.affinityMask()
    limits.affinity = allowed?.count
    limits.quota = files.quota()
    // A mask may also name processors that are not there.
    let processors = allowed.map { $0.intersection(online ?? $0) } ?? online
    if let processors, let cores = files.cores(of: processors) {
      limits.physicalCores = cores.count
      limits.fastCores = files.fastOnes(of: cores)?.count
    }
    return limits
  }
}
