import Testing

@testable import Training

@Test func theUsableProcessorsAreLimitedByMaskAndQuota() {
  func usable(_ online: Int, _ affinity: Int?, _ quota: Double?) -> Int {
    ProcessorLimits(online: online, affinity: affinity, quota: quota).usable
  }
  #expect(usable(8, nil, nil) == 8)
  #expect(usable(8, 4, nil) == 4)
  #expect(usable(8, 4, 2.0) == 2)
  #expect(usable(8, 4, 1.5) == 2)
  #expect(usable(8, 4, 0.01) == 1)
  #expect(usable(8, 4, 100) == 4)
  #expect(usable(8, 4, .infinity) == 4)
  #expect(usable(1, 0, nil) == 1)
  #expect(
    ProcessorLimits(online: 8, affinity: 4, quota: 1.5).explanation
      == "affinity mask: 4, CPU quota: 1.50")
  #expect(ProcessorLimits(online: 8, affinity: nil, quota: nil).explanation == "CPU quota: none")
}

@Test func theAffinityMaskIsCountedOverAllItsWords() {
  func count(_ status: String?) -> Int? {
    ProcessorLimits.affinityCount { $0 == "/proc/self/status" ? status : nil }
  }
  #expect(count("Name:\tx\nCpus_allowed:\t3\nCpus_allowed_list:\t0-1\n") == 2)
  #expect(count("Cpus_allowed:\tff,0000000f,ffffffff\n") == 44)
  #expect(count("Cpus_allowed:\t\n") == nil)
  #expect(count("Cpus_allowed:\tx\n") == nil)
  #expect(count("Name:\tx\n") == nil)
  #expect(count(nil) == nil)
}

struct ControlGroups: Sendable, CustomTestStringConvertible {
  let testDescription: String
  let files: [String: String]
  let quota: Double?

  static let all = [
    ControlGroups(testDescription: "no control groups", files: [:], quota: nil),
    ControlGroups(
      testDescription: "version 2 in a container",
      files: ["/proc/self/cgroup": "0::/\n", "/sys/fs/cgroup/cpu.max": "150000 100000\n"],
      quota: 1.5),
    ControlGroups(
      testDescription: "version 2 without a limit",
      files: ["/proc/self/cgroup": "0::/\n", "/sys/fs/cgroup/cpu.max": "max 100000\n"],
      quota: nil),
    ControlGroups(
      testDescription: "version 2, the smallest of the nested limits",
      files: [
        "/proc/self/cgroup": "0::/user/service\n",
        "/sys/fs/cgroup/user/service/cpu.max": "400000 100000\n",
        "/sys/fs/cgroup/user/cpu.max": "200000 100000\n",
      ], quota: 2),
    ControlGroups(
      testDescription: "version 1, the host's path invisible",
      files: [
        "/proc/self/cgroup": "3:memory:/x\n2:cpu,cpuacct:/docker/abc\n0::/docker/abc\n",
        "/sys/fs/cgroup/cpu,cpuacct/cpu.cfs_quota_us": "50000\n",
        "/sys/fs/cgroup/cpu,cpuacct/cpu.cfs_period_us": "100000\n",
      ], quota: 0.5),
    ControlGroups(
      testDescription: "version 1 without a limit",
      files: [
        "/proc/self/cgroup": "1:cpu:/\n",
        "/sys/fs/cgroup/cpu/cpu.cfs_quota_us": "-1\n",
        "/sys/fs/cgroup/cpu/cpu.cfs_period_us": "100000\n",
      ], quota: nil),
    ControlGroups(
      testDescription: "nonsense",
      files: [
        "/proc/self/cgroup": "x\n0::/\n", "/sys/fs/cgroup/cpu.max": "nan 0\n",
      ], quota: nil),
  ]
}

@Test(arguments: ControlGroups.all)
func theQuotaIsFoundInControlGroups(_ groups: ControlGroups) {
  #expect(CPUQuota.read { groups.files[$0] } == groups.quota)
}

@Test func thisMachineHasAtLeastOneUsableProcessor() {
  #expect(ProcessorCount.seen >= 1)
  #expect((1...ProcessorCount.seen).contains(ProcessorCount.usable))
  #expect(!ProcessorCount.explanation.isEmpty)
}
