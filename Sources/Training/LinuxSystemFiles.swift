import FileSystem

/// The files in which Linux tells what it knows of processors, and what this process may have of the
/// machine. Other systems have none of them, and all answers are nil there.
struct LinuxSystemFiles {
  let root: String

  /// The text of a file; nil where it cannot be read.
  private func text(_ path: String) -> String? {
    guard let bytes = try? File.read(root + path, limit: 1 << 20) else { return nil }
    return String(decoding: bytes, as: UTF8.self)
  }

  private func number(_ path: String) -> Double? {
    text(path).flatMap { $0.split(whereSeparator: \.isWhitespace).first }.flatMap { Double($0) }
  }

  /// A file with a list of processors: "0-3,8" is 0, 1, 2, 3 and 8.
  func processors(_ path: String) -> Set<Int>? {
    guard let list = text(path)?.filter({ !$0.isWhitespace }), !list.isEmpty else { return nil }
    var found: Set<Int> = []
    for part in list.split(separator: ",") {
      let ends = part.split(separator: "-").map { Int($0) }
      guard (1...2).contains(ends.count), let first = ends[0], let last = ends[ends.count - 1],
        0 <= first, first <= last, last < 1 << 16
      else { return nil }
      found.formUnion(first...last)
    }
    return found
  }

  /// The affinity mask of this process, comma-separated hexadecimal words of which the last holds
  /// the first processors (proc_pid_status(5)); Swift does not see sched_getaffinity, a GNU
  /// extension.
  func affinityMask() -> Set<Int>? {
    let label = "Cpus_allowed:"
    guard let status = text("/proc/self/status"),
      let line = status.split(separator: "\n").first(where: { $0.hasPrefix(label) })
    else { return nil }
    let digits = line.dropFirst(label.count).filter { !$0.isWhitespace && $0 != "," }
    var found: Set<Int> = []
    for (place, digit) in digits.reversed().enumerated() {
      guard let bits = digit.hexDigitValue else { return nil }
      for bit in 0..<4 where bits >> bit & 1 == 1 { found.insert(4 * place + bit) }
    }
    return digits.isEmpty ? nil : found
  }

  // MARK: Cores

  /// The cores that some processors belong to, each with one of these processors: what the system
  /// lists as siblings are hardware threads of one core.
  func cores(of processors: Set<Int>) -> [Int]? {
    var found: [Int] = []
    var seen: Set<Int> = []
    for processor in processors.sorted() where !seen.contains(processor) {
      let folder = "/sys/devices/system/cpu/cpu\(processor)/topology"
      // The second name is the one before Linux 5.6.
      guard
        let siblings = self.processors(folder + "/core_cpus_list")
          ?? self.processors(folder + "/thread_siblings_list")
      else { return nil }
      found.append(processor)
      seen.formUnion(siblings)
    }
    return found.isEmpty ? nil : found
  }

  /// The fast ones of cores of several kinds; nil where they are of one kind, or nobody tells.
  func fastOnes(of cores: [Int]) -> [Int]? {
    // Hybrid x86 processors: a performance unit for each kind of core.
    if let fast = processors("/sys/devices/cpu_core/cpus"),
      let slow = processors("/sys/devices/cpu_atom/cpus")
    {
      let ones = cores.filter(fast.contains)
      return ones.isEmpty || !cores.contains(where: slow.contains) ? nil : ones
    }
    // Arm: the capacity of a processor, 1024 for the fastest. Somewhat slower ones are fast too: a
    // unit of work takes 4/3 as long there at most.
    let capacities = cores.map { number("/sys/devices/system/cpu/cpu\($0)/cpu_capacity") }
    guard let largest = capacities.compactMap(\.self).max() else { return nil }
    let ones = zip(cores, capacities).filter { ($0.1 ?? 0) >= 0.75 * largest }.map(\.0)
    return ones.count == cores.count ? nil : ones
  }

  // MARK: Control groups

  /// The smallest share of processor time on the way from this process's group to the root, in
  /// processors.
  func quota() -> Double? {
    smallestLimit("cpu") { folder in
      version2(text(folder + "/cpu.max"))
    } version1: { folder in
      version1(
        quota: text(folder + "/cpu.cfs_quota_us"), period: text(folder + "/cpu.cfs_period_us"))
    }
  }

  /// The least memory that is granted on the way from this process's group to the root, in bytes.
  /// Version 1 has a limit without a limit, some 2⁶³.
  func memoryLimit() -> Double? {
    smallestLimit("memory") { folder in
      number(folder + "/memory.max")
    } version1: { folder in
      number(folder + "/memory.limit_in_bytes")
    }
  }

  /// The smallest of what a controller's files say in the folders of this process's group and of all
  /// groups that it is in, in version 1 and version 2.
  private func smallestLimit(
    _ controller: Substring, version2: (String) -> Double?, version1: (String) -> Double?
  ) -> Double? {
    guard let groups = text("/proc/self/cgroup") else { return nil }
    var limits: [Double?] = []
    for line in groups.split(separator: "\n") {
      // number ":" controllers ":" path; version 2 names no controllers.
      let fields = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
      guard fields.count == 3 else { continue }
      let controllers = fields[1].split(separator: ",")
      if controllers.isEmpty {
        limits += ancestors(of: fields[2]).map { version2("/sys/fs/cgroup\($0)") }
      } else if controllers.contains(controller) {
        for mount in Set([fields[1], controller]) {
          limits += ancestors(of: fields[2]).map { version1("/sys/fs/cgroup/\(mount)\($0)") }
        }
      }
    }
    return limits.compactMap(\.self).filter { $0 > 0 && $0.isFinite }.min()
  }

  /// "/a/b" gives "/a/b", "/a" and "". In a container the path may be the host's, of which only
  /// the root can be seen: what cannot be read is skipped.
  private func ancestors(of path: Substring) -> [String] {
    var parts = path.split(separator: "/")
    var folders = [""]
    while !parts.isEmpty {
      folders.append("/" + parts.joined(separator: "/"))
      parts.removeLast()
    }
    return folders
  }

  /// "150000 100000" is a quota of 1.5, "max 100000" is none.
  private func version2(_ text: String?) -> Double? {
    let numbers = (text ?? "").split { $0.isWhitespace }
    guard numbers.count == 2 else { return nil }
    return version1(quota: String(numbers[0]), period: String(numbers[1]))
  }

  /// Microseconds in each period; -1 is no limit.
  private func version1(quota: String?, period: String?) -> Double? {
    func number(_ text: String?) -> Double? {
      text.flatMap { $0.split { $0.isWhitespace }.first }.flatMap { Double($0) }
    }
    guard let quota = number(quota), let period = number(period), quota > 0, period > 0,
      quota.isFinite
    else { return nil }
    return quota / period
  }
}
