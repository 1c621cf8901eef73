import BenchmarkSupport
import Terminal
import Training

/// What is measured, as the command line says it.
enum ScalingOptions {
  static let models = Option(
    "model", .words(Workload.models, placeholder: "A,B,C"), default: ["A", "B"],
    defaultText: "A,B", help: Workload.modelsText)
  static let batchSizes = Option(
    "batch-size", .numbers(1...1_000_000, placeholder: "N,N"), default: [32, 128],
    defaultText: "32,128", help: "images in a batch; with weak scaling in each thread's shard")
  static let threadCounts = Option(
    "threads",
    ValueSyntax<[Int]>.numbers(1...TrainingConfiguration.maximumThreads, placeholder: "N,N")
      .optional,
    default: nil, defaultText: "1,2,4,… and cores − 1, cores, 2 × cores",
    help: "numbers of threads; 1 is always among them")
  static let kinds = Option(
    "scaling",
    .words(ScalingGroup.Kind.allCases.map(\.rawValue), placeholder: "strong|weak"),
    default: ["strong"], defaultText: "strong",
    help: "strong: the batch stays; weak: each thread's shard stays, and the batch grows")
  static let averaging = Option(
    "averaging", .words(Averaging.allCases.map(\.rawValue), placeholder: "slabs|perWorker"),
    default: ["slabs"], defaultText: "slabs", help: "how gradients are averaged")
  static let pixels = Option(
    "pixels", .words(["mnist", "dense"], placeholder: "mnist|dense"), default: ["mnist"],
    defaultText: "mnist",
    help: "MNIST's pixels (the embedded digits' where there is no MNIST), or random ones without "
      + "a zero")
  static let data = Option(
    "data", ValueSyntax.text("DIR", allowed: "a folder of the four MNIST files").optional,
    default: nil,
    help: "folder of MNIST's four files; default: $MNIST_DIR, or data/mnist where it is there")
  static let repeats = Option(
    "repeats", .integer(1...10_000), default: 15, defaultText: "15",
    help: "rounds, each of which measures everything once")
  static let seconds = Option(
    "seconds", .decimal("above 0, up to 3600") { $0 > 0 && $0 <= 3600 }, default: 0.1,
    defaultText: "0.1", help: "least length of a measurement, in whole iterations")
  static let predictions = Option(
    "predict", .numbers(1...1_000_000, placeholder: "N,N"), default: [4, 8, 16, 32, 64, 128],
    defaultText: "4,8,16,32,64,128", help: "numbers of threads to predict throughput for")

  static let modelCheck = Option(
    flag: "model-check",
    help: "measure the cost model's parameters, and compare its times with the step's, on models "
      + "A, B, C and batches of 8 to 2,048 unless others are given",
    conflicts: ["simulate"])
  static let simulated = Option(
    "simulate",
    ValueSyntax<[Int]>.numbers(1...TrainingConfiguration.maximumThreads, placeholder: "N,N")
      .optional,
    default: nil,
    help: "compute the throughput of machines with so many cores, and the sizes of shards and "
      + "slabs that are best there",
    conflicts: ["model-check"])
  static let bandwidths = Option(
    "bandwidth", .numbers(1...1_000_000, placeholder: "N,N"), default: [],
    defaultText: "this machine's",
    help: "GB/s between memory and all cores of simulated machines")

  static var all: [any OptionDeclaration] {
    [
      models, batchSizes, threadCounts, kinds, averaging, pixels, data, repeats, seconds,
      predictions, modelCheck, simulated, bandwidths,
    ]
  }

  /// 1, 2, 4 and so on below the cores, cores − 1, cores and 2 × cores.
  static func defaultThreads(cores: Int) -> [Int] {
    var counts: Set<Int> = [1, max(1, cores - 1), cores, 2 * cores]
    var count = 1
    while count < cores {
      counts.insert(count)
      count *= 2
    }
    return counts.filter { $0 <= TrainingConfiguration.maximumThreads }.sorted()
  }
}
