import TestSupport
import Testing

@testable import Training

@Suite struct UsableMemoryTests {
  /// What the files of a system's control groups say: bytes, or nil for no limit.
  static let limits: [(files: [String: String], expected: Double?)] = [
    ([:], nil),
    (["/proc/self/cgroup": "0::/\n", "/sys/fs/cgroup/memory.max": "536870912\n"], 536_870_912),
    (["/proc/self/cgroup": "0::/\n", "/sys/fs/cgroup/memory.max": "max\n"], nil),
    (["/proc/self/cgroup": "0::/\n", "/sys/fs/cgroup/memory.max": "nan\n"], nil),
    (
      [
        "/proc/self/cgroup": "0::/user/service\n",
        "/sys/fs/cgroup/user/service/memory.max": "max\n",
        "/sys/fs/cgroup/user/memory.max": "1000000\n", "/sys/fs/cgroup/memory.max": "2000000\n",
      ], 1_000_000
    ),
    (
      [
        "/proc/self/cgroup": "3:memory:/docker/abc\n2:cpu,cpuacct:/docker/abc\n0::/docker/abc\n",
        "/sys/fs/cgroup/memory/memory.limit_in_bytes": "3000000\n",
      ], 3_000_000
    ),
    (
      [
        "/proc/self/cgroup": "2:cpu:/\n",
        "/sys/fs/cgroup/memory/memory.limit_in_bytes": "3000000\n",
      ], nil
    ),
  ]

  @Test(arguments: limits)
  func controlGroupsAreUnderstood(_ limit: (files: [String: String], expected: Double?)) throws {
    let folder = try SystemFixture.folder(of: limit.files)
    #expect(LinuxSystemFiles(root: folder.path).memoryLimit() == limit.expected)
  }

  @Test func aLimitCountsWhereItIsLessThanTheMachines() throws {
    let machine = try #require(UsableMemory.bytes(root: "/nowhere"))
    #expect(machine > 1e6)
    for (limit, expected) in [("1000000", 1e6), ("9223372036854771712", machine)] {
      let folder = try SystemFixture.folder(of: [
        "/proc/self/cgroup": "0::/\n", "/sys/fs/cgroup/memory.max": limit,
      ])
      #expect(UsableMemory.bytes(root: folder.path) == expected)
    }
  }
}
