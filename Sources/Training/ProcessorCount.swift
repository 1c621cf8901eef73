import FileSystem

/// How many processor cores there are, and how many of them this process may keep busy.
public enum ProcessorCount {
  /// The processors that are online in this machine.
  public static var seen: Int { ProcessorLimits.ofThisProcess().online }

  /// How many threads can run at the same time: the processors in the affinity mask, at most the
  /// CPU quota of the control group, rounded up. At least 1. This is `--threads auto`.
  public static var usable: Int { ProcessorLimits.ofThisProcess().usable }

  /// Why ``usable`` is what it is: "affinity mask: 4, CPU quota: 1.50".
  public static var explanation: String { ProcessorLimits.ofThisProcess().explanation }
}

/// What limits the number of threads that can run at the same time.
struct ProcessorLimits: Equatable {
  /// Processors online.
  let online: Int
  /// Processors that the scheduler may use for this process; nil where that cannot be asked.
  let affinity: Int?
  /// Processors' worth of time that the control group grants; nil for no limit.
  let quota: Double?

  var usable: Int {
    let allowed = min(affinity ?? online, online)
    // Rounded up: a quota of 1.5 keeps two threads busier than one.
    let granted = quota.map { Int(min($0, 1e6).rounded(.up)) } ?? allowed
    return max(1, min(allowed, granted))
  }

  var explanation: String {
    let mask = affinity.map { "affinity mask: \($0), " } ?? ""
    let hundredths = quota.map { Int(min($0, 1e6) * 100 + 0.5) }
    let limit = hundredths.map { "\($0 / 100).\($0 / 10 % 10)\($0 % 10)" } ?? "none"
    return "\(mask)CPU quota: \(limit)"
  }

  static func ofThisProcess() -> ProcessorLimits {
    let file = { (path: String) -> String? in
      guard let bytes = try? File.read(path, limit: 1 << 20) else { return nil }
      return String(decoding: bytes, as: UTF8.self)
    }
    return ProcessorLimits(
      online: max(1, Int(sysconf(Int32(_SC_NPROCESSORS_ONLN)))), affinity: affinityCount(file),
      quota: CPUQuota.read(file))
  }

  /// The bits of this process's affinity mask, which Linux shows as comma-separated hexadecimal
  /// words (proc_pid_status(5)); Swift does not see sched_getaffinity, a GNU extension.
  static func affinityCount(_ file: (_ path: String) -> String?) -> Int? {
    let label = "Cpus_allowed:"
    guard let status = file("/proc/self/status"),
      let line = status.split(separator: "\n").first(where: { $0.hasPrefix(label) })
    else { return nil }
    let digits = line.dropFirst(label.count).filter { !$0.isWhitespace && $0 != "," }
    let bits = digits.compactMap { $0.hexDigitValue?.nonzeroBitCount }
    return bits.count == digits.count && !bits.isEmpty ? bits.reduce(0, +) : nil
  }
}

/// The share of processor time that Linux control groups grant, in version 1 and version 2.
enum CPUQuota {
  /// The smallest quota on the way from this process's group to the root, in processors.
  /// - Parameter file: The text of a file, nil where it cannot be read.
  static func read(_ file: (_ path: String) -> String?) -> Double? {
    guard let groups = file("/proc/self/cgroup") else { return nil }
    var quotas: [Double] = []
    for line in groups.split(separator: "\n") {
      // number ":" controllers ":" path; version 2 names no controllers.
      let fields = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
      guard fields.count == 3 else { continue }
      let controllers = fields[1].split(separator: ",")
      if controllers.isEmpty {
        for folder in ancestors(of: fields[2]) {
          quotas += version2(file("/sys/fs/cgroup\(folder)/cpu.max"))
        }
      } else if controllers.contains("cpu") {
        for folder in ancestors(of: fields[2]) {
          for root in Set([fields[1], "cpu"]) {
            quotas += version1(
              quota: file("/sys/fs/cgroup/\(root)\(folder)/cpu.cfs_quota_us"),
              period: file("/sys/fs/cgroup/\(root)\(folder)/cpu.cfs_period_us"))
          }
        }
      }
    }
    return quotas.min()
  }

  /// "/a/b" gives "/a/b", "/a" and "". In a container the path may be the host's, of which only
  /// the root can be seen: what cannot be read is skipped.
  private static func ancestors(of path: Substring) -> [String] {
    var parts = path.split(separator: "/")
    var folders = [""]
    while !parts.isEmpty {
      folders.append("/" + parts.joined(separator: "/"))
      parts.removeLast()
    }
    return folders
  }

  /// "150000 100000" is a quota of 1.5, "max 100000" is none.
  private static func version2(_ text: String?) -> [Double] {
    let numbers = (text ?? "").split { $0.isWhitespace }
    guard numbers.count == 2 else { return [] }
    return version1(quota: String(numbers[0]), period: String(numbers[1]))
  }

  /// Microseconds in each period; -1 is no limit.
  private static func version1(quota: String?, period: String?) -> [Double] {
    func number(_ text: String?) -> Double? {
      text.flatMap { $0.split { $0.isWhitespace }.first }.flatMap { Double($0) }
    }
    guard let quota = number(quota), let period = number(period), quota > 0, period > 0,
      quota.isFinite
    else { return [] }
    return [quota / period]
  }
}
