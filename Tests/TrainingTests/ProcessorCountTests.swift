import Foundation
import Kernels
import NeuralNetwork
import TestSupport
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
  #expect(ProcessorLimits(online: 8).explanation == "CPU quota: none")
  #expect(
    ProcessorLimits(online: 8, physicalCores: 6, fastCores: 2).explanation
      == "CPU quota: none, cores: 6, fast ones: 2")
}

@Test func threadsOfTheirOwnCoresAreNoMoreThanUsable() {
  let limits = ProcessorLimits(online: 16, affinity: 8, physicalCores: 6, fastCores: 2)
  #expect((limits.usable, limits.usableCores, limits.usableFastCores) == (8, 6, 2))
  let granted = ProcessorLimits(online: 16, quota: 1, physicalCores: 6, fastCores: 2)
  #expect((granted.usable, granted.usableCores, granted.usableFastCores) == (1, 1, 1))
  let unknown = ProcessorLimits(online: 16)
  #expect((unknown.usable, unknown.usableCores, unknown.usableFastCores) == (16, 16, 16))
}

@Test func thisMachineHasAtLeastOneUsableProcessor() {
  #expect(ProcessorCount.seen >= 1)
  #expect((1...ProcessorCount.seen).contains(ProcessorCount.usable))
  #expect(!ProcessorCount.explanation.isEmpty)
}

/// What Linux shows in `/proc` and `/sys`, as a folder of files.
struct SystemFixture: Sendable, CustomTestStringConvertible {
  let testDescription: String
  let files: [String: String]
  let expected: ProcessorLimits

  init(_ description: String, _ files: [String: String], _ expected: ProcessorLimits) {
    testDescription = description
    // Without it, the number of this machine's processors would be found.
    self.files = files.merging(["/sys/devices/system/cpu/online": "0-7\n"]) { own, _ in own }
    self.expected = expected
  }

  /// A folder that has these files, by their paths in a system.
  static func folder(of files: [String: String]) throws -> TemporaryFolder {
    let folder = try TemporaryFolder()
    for (path, text) in files {
      let file = URL(fileURLWithPath: folder.path + path)
      try FileManager.default.createDirectory(
        at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
      try Data(text.utf8).write(to: file)
    }
    return folder
  }

  static func status(_ mask: String) -> [String: String] {
    [
      "/proc/self/status":
        "Name:\tx\nCpus_allowed:\t\(mask)\nCpus_allowed_list:\t(not read)\n"
    ]
  }

  static func siblings(_ lists: [String], file: String = "core_cpus_list") -> [String: String] {
    Dictionary(
      uniqueKeysWithValues: lists.enumerated().map {
        ("/sys/devices/system/cpu/cpu\($0)/topology/\(file)", $1 + "\n")
      })
  }

  static let masks = [
    SystemFixture("nothing is told", [:], ProcessorLimits(online: 8)),
    SystemFixture(
      "two processors allowed", status("3"), ProcessorLimits(online: 8, affinity: 2)),
    SystemFixture(
      "a mask of several words", status("ff,0000000f,ffffffff"),
      ProcessorLimits(online: 8, affinity: 44)),
    SystemFixture("no mask", status(""), ProcessorLimits(online: 8)),
    SystemFixture("a mask that is none", status("x"), ProcessorLimits(online: 8)),
    SystemFixture(
      "no line of a mask", ["/proc/self/status": "Name:\tx\n"], ProcessorLimits(online: 8)),
    SystemFixture(
      "processors that are offline", ["/sys/devices/system/cpu/online": "0-2,5,7\n"],
      ProcessorLimits(online: 5)),
  ]

  static let groups = [
    SystemFixture(
      "version 2 in a container",
      ["/proc/self/cgroup": "0::/\n", "/sys/fs/cgroup/cpu.max": "150000 100000\n"],
      ProcessorLimits(online: 8, quota: 1.5)),
    SystemFixture(
      "version 2 without a limit",
      ["/proc/self/cgroup": "0::/\n", "/sys/fs/cgroup/cpu.max": "max 100000\n"],
      ProcessorLimits(online: 8)),
    SystemFixture(
      "version 2, the smallest of the nested limits",
      [
        "/proc/self/cgroup": "0::/user/service\n",
        "/sys/fs/cgroup/user/service/cpu.max": "400000 100000\n",
        "/sys/fs/cgroup/user/cpu.max": "200000 100000\n",
      ], ProcessorLimits(online: 8, quota: 2)),
    SystemFixture(
      "version 1, the host's path invisible",
      [
        "/proc/self/cgroup": "3:memory:/x\n2:cpu,cpuacct:/docker/abc\n0::/docker/abc\n",
        "/sys/fs/cgroup/cpu,cpuacct/cpu.cfs_quota_us": "50000\n",
        "/sys/fs/cgroup/cpu,cpuacct/cpu.cfs_period_us": "100000\n",
      ], ProcessorLimits(online: 8, quota: 0.5)),
    SystemFixture(
      "version 1 without a limit",
      [
        "/proc/self/cgroup": "1:cpu:/\n",
        "/sys/fs/cgroup/cpu/cpu.cfs_quota_us": "-1\n",
        "/sys/fs/cgroup/cpu/cpu.cfs_period_us": "100000\n",
      ], ProcessorLimits(online: 8)),
    SystemFixture(
      "groups of nonsense",
      ["/proc/self/cgroup": "x\n0::/\n", "/sys/fs/cgroup/cpu.max": "nan 0\n"],
      ProcessorLimits(online: 8)),
  ]

  static let cores = [
    SystemFixture(
      "four cores of two hardware threads each",
      siblings(["0,4", "1,5", "2,6", "3,7", "0,4", "1,5", "2,6", "3,7"]),
      ProcessorLimits(online: 8, physicalCores: 4)),
    SystemFixture(
      "the same in the words of older systems",
      siblings(
        ["0-1", "0-1", "2-3", "2-3", "4-5", "4-5", "6-7", "6-7"], file: "thread_siblings_list"),
      ProcessorLimits(online: 8, physicalCores: 4)),
    SystemFixture(
      "one core and a half of them allowed",
      status("31").merging(
        siblings(["0,4", "1,5", "2,6", "3,7", "0,4", "1,5", "2,6", "3,7"])
      ) { $1 },
      ProcessorLimits(online: 8, affinity: 3, physicalCores: 2)),
    SystemFixture(
      "a mask that names processors which are not there",
      status("ffff").merging(siblings((0..<8).map { "\($0)" })) { $1 },
      ProcessorLimits(online: 8, affinity: 16, physicalCores: 8)),
    SystemFixture(
      "two fast cores of two hardware threads each, and four slow ones",
      siblings(["0-1", "0-1", "2-3", "2-3", "4", "5", "6", "7"]).merging([
        "/sys/devices/cpu_core/cpus": "0-3\n", "/sys/devices/cpu_atom/cpus": "4-7\n",
      ]) { $1 },
      ProcessorLimits(online: 8, physicalCores: 6, fastCores: 2)),
    SystemFixture(
      "the same, slow ones allowed only",
      status("f0").merging(
        siblings(["0-1", "0-1", "2-3", "2-3", "4", "5", "6", "7"])
      ) { $1 }.merging([
        "/sys/devices/cpu_core/cpus": "0-3\n", "/sys/devices/cpu_atom/cpus": "4-7\n",
      ]) { $1 },
      ProcessorLimits(online: 8, affinity: 4, physicalCores: 4)),
    SystemFixture(
      "cores of three capacities",
      siblings((0..<8).map { "\($0)" }).merging(
        Dictionary(
          uniqueKeysWithValues: [300, 300, 300, 300, 900, 900, 900, 1024].enumerated().map {
            ("/sys/devices/system/cpu/cpu\($0)/cpu_capacity", "\($1)\n")
          })
      ) { $1 },
      ProcessorLimits(online: 8, physicalCores: 8, fastCores: 4)),
    SystemFixture(
      "cores of one capacity",
      siblings((0..<8).map { "\($0)" }).merging(
        Dictionary(
          uniqueKeysWithValues: (0..<8).map {
            ("/sys/devices/system/cpu/cpu\($0)/cpu_capacity", "1024\n")
          })
      ) { $1 },
      ProcessorLimits(online: 8, physicalCores: 8)),
    SystemFixture(
      "siblings of nonsense", siblings(["3-1", "x", "2", "3"]), ProcessorLimits(online: 8)),
  ]
}

@Test(arguments: SystemFixture.masks + SystemFixture.groups + SystemFixture.cores)
func theSystemsFilesAreUnderstood(_ fixture: SystemFixture) throws {
  let folder = try SystemFixture.folder(of: fixture.files)
  #expect(ProcessorLimits.read(root: folder.path) == fixture.expected)
}
@Suite struct ThreadChoiceTests {
  @Test func candidatesFollowFromTheProcessors() {
    func candidates(_ limits: ProcessorLimits) -> [Int] { ThreadChoice.candidates(limits) }
    #expect(candidates(ProcessorLimits(online: 1)) == [1])
    #expect(candidates(ProcessorLimits(online: 2)) == [1, 2])
    #expect(candidates(ProcessorLimits(online: 8, physicalCores: 4)) == [1, 2, 4, 8])
    #expect(
      candidates(ProcessorLimits(online: 20, physicalCores: 14, fastCores: 6))
        == [1, 2, 4, 6, 8, 14, 16, 20])
    #expect(candidates(ProcessorLimits(online: 64, affinity: 3)) == [1, 2, 3])
    #expect(candidates(ProcessorLimits(online: 4096)).max() == 1024)
  }

  @Test func moreThreadsMustBeFasterThanFewer() {
    func chosen(_ rates: [(Int, Double)]) -> Int {
      ThreadChoice.choose(
        rates.map { ThreadChoice.Candidate(threads: $0.0, samplesPerSecond: $0.1) }
      ).threads
    }
    #expect(chosen([(1, 100), (2, 190), (4, 360)]) == 4)
    #expect(chosen([(1, 100), (2, 90), (4, 80)]) == 1)
    #expect(chosen([(1, 100), (2, 101)]) == 1)
    #expect(chosen([(1, 100), (2, 190), (4, 191)]) == 2)
    #expect(chosen([(1, 100), (2, 90), (4, 150)]) == 4)
    #expect(chosen([(1, 100)]) == 1)
  }

  @Test func theModelStaysAndTheChoiceIsACandidate() throws {
    let variant = try KernelVariant.select()
    let dataset = try randomDataset(count: 200, features: 31, classes: 3)
    let network = try Network(inputs: 31, hidden: [16], outputs: 3)
    let model = Model(network: network, parameters: Parameters(heInitializing: network, seed: 1))
    let limits = ProcessorLimits(online: 4, physicalCores: 2)
    for averaging in Averaging.allCases {
      let choice = try ThreadChoice.measure(
        model: model, dataset: dataset,
        configuration: TrainingConfiguration(batchSize: 32, averaging: averaging),
        kernels: variant, limits: limits)
      switch averaging {
      case .slabs:
        let one = try #require(choice.candidates.first)
        let taken = try #require(choice.candidates.first { $0.threads == choice.threads })
        #expect(one.threads == 1)
        #expect(taken.samplesPerSecond >= one.samplesPerSecond)
      case .perWorker:
        #expect(choice == ThreadChoice(threads: 2, candidates: []))
      }
    }
    #expect(
      model.parameters == Parameters(heInitializing: network, seed: 1))
  }

  @Test func whatDoesNotFitIsRefused() throws {
    let dataset = try randomDataset(count: 20, features: 30, classes: 3)
    let network = try Network(inputs: 31, hidden: [16], outputs: 3)
    let model = Model(network: network, parameters: Parameters(heInitializing: network, seed: 1))
    #expect(throws: TrainingError.self) {
      try ThreadChoice.measure(
        model: model, dataset: dataset, configuration: TrainingConfiguration(),
        kernels: .select(), limits: ProcessorLimits(online: 2))
    }
  }
}
