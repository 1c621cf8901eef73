// swift-tools-version: 6.2
import PackageDescription

// MARK: Settings

/// Code that touches samples or parameters one by one is optimized in debug builds too, so that
/// `swift test` trains real networks in seconds; assertions stay on there.
let optimizedAlways: [SwiftSetting] = [
  .unsafeFlags(["-O", "-assert-config", "Debug"], .when(configuration: .debug))
]
/// Settings of every target that instantiates the kernel templates. An incremental build looks at
/// interfaces only: it would keep the kernels compiled from an older body of a template.
let instantiatesTemplates: [SwiftSetting] =
  optimizedAlways + [
    .unsafeFlags(
      ["-disable-batch-mode", "-whole-module-optimization", "-num-threads", "2"],
      .when(configuration: .debug))
  ]
let strict: [SwiftSetting] = [.strictMemorySafety()]

/// The kernel variants of this architecture: target name and code-generation flags.
#if arch(x86_64)
  let kernelVariants: [(name: String, flags: [String])] = [
    ("KernelsAVX2", ["-Xcc", "-march=x86-64-v3"]),
    ("KernelsAVX512", ["-Xcc", "-march=x86-64-v4", "-Xcc", "-mprefer-vector-width=512"]),
  ]
#else
  let kernelVariants: [(name: String, flags: [String])] = []
#endif

let package = Package(
  name: "ParallelTrainer",
  platforms: [.macOS(.v26)],
  products: [
    .library(name: "ParallelTrainer", targets: ["ParallelTrainer"]),
    .library(name: "parallel_trainer", type: .dynamic, targets: ["CParallelTrainer"]),
    .executable(name: "mnist", targets: ["mnist"]),
  ],
  targets: [
    // MARK: Public API
    .target(
      name: "ParallelTrainer",
      dependencies: [
        "Datasets", "NeuralNetwork", "Training", "ModelFormats", "Kernels", "FileSystem",
      ],
      exclude: ["README.md"], swiftSettings: strict),

    // The C interface: a header, and what it declares written in Swift. All boundary, so it is the
    // one target of the library that does without the compiler's strict memory safety.
    .target(name: "CParallelTrainerHeader", exclude: ["README.md"]),
    .target(
      name: "CParallelTrainer",
      dependencies: ["CParallelTrainerHeader", "ParallelTrainer", "Datasets"],
      exclude: ["README.md"]),

    // MARK: Rooms of the house
    .target(
      name: "Training",
      dependencies: [
        "NeuralNetwork", "Datasets", "FileSystem", "Kernels", "Randomness", "Checksums",
        "CPUFeatures", "CThreads",
      ],
      exclude: ["README.md"], swiftSettings: strict + optimizedAlways),
    .target(
      name: "NeuralNetwork", dependencies: ["Kernels", "Randomness", "Checksums", "PlainText"],
      exclude: ["README.md"], swiftSettings: strict + optimizedAlways),
    .target(
      name: "Datasets", dependencies: ["CZlib", "Checksums", "FileSystem", "Randomness"],
      exclude: ["README.md"], swiftSettings: strict + optimizedAlways),
    .target(
      name: "ModelFormats",
      dependencies: ["Training", "NeuralNetwork", "Datasets", "FileSystem", "Checksums"],
      exclude: ["README.md"], swiftSettings: strict + optimizedAlways),
    .target(name: "Randomness", exclude: ["README.md"], swiftSettings: strict + optimizedAlways),
    .target(
      name: "Checksums", dependencies: ["CZlib"], exclude: ["README.md"],
      swiftSettings: strict + optimizedAlways),
    .target(name: "PlainText", exclude: ["README.md"], swiftSettings: strict),

    // MARK: Kernels
    .target(
      name: "Kernels",
      dependencies: ["KernelTemplates", "KernelsBaseline", "CPUFeatures"]
        + kernelVariants.map { .init(stringLiteral: $0.name) },
      exclude: ["README.md"], swiftSettings: strict + optimizedAlways),
    .target(
      name: "KernelTemplates", dependencies: ["CPUFeatures"], exclude: ["README.md"],
      swiftSettings: optimizedAlways),
    .target(
      name: "KernelsBaseline", dependencies: ["KernelTemplates"],
      exclude: ["README.md"], swiftSettings: instantiatesTemplates),

    // MARK: System
    .target(name: "CPUFeatures", exclude: ["README.md"]),
    .target(name: "CThreads", exclude: ["README.md"]),
    .target(name: "FileSystem", exclude: ["README.md"], swiftSettings: strict + optimizedAlways),
    .systemLibrary(
      name: "CZlib", pkgConfig: "zlib",
      providers: [.apt(["zlib1g-dev"]), .yum(["zlib-devel"]), .brew(["zlib"])]),

    // MARK: Programs
    .executableTarget(
      name: "mnist",
      dependencies: [
        "ParallelTrainer", "Datasets", "NeuralNetwork", "Training", "ModelFormats", "Kernels",
        "FileSystem", "Checksums", "Terminal",
      ], exclude: ["README.md"],
      swiftSettings: strict),
    .target(
      name: "Terminal", dependencies: ["FileSystem", "PlainText"], exclude: ["README.md"],
      swiftSettings: strict),

    .executableTarget(
      name: "example-arrays", dependencies: ["ParallelTrainer"], path: "Sources/Examples/Arrays",
      swiftSettings: strict),
    .executableTarget(
      name: "example-digit-service", dependencies: ["ParallelTrainer"],
      path: "Sources/Examples/DigitService", swiftSettings: strict),

    .target(
      name: "ScalingModel",
      dependencies: ["FileSystem", "NeuralNetwork", "Randomness", "Training"],
      path: "Benchmarks/ScalingModel", swiftSettings: strict + optimizedAlways),
    .target(
      name: "BenchmarkSupport",
      dependencies: [
        "Datasets", "FileSystem", "Kernels", "NeuralNetwork", "ParallelTrainer", "Randomness",
        "ScalingModel", "Terminal", "Training",
      ],
      path: "Benchmarks/BenchmarkSupport", swiftSettings: strict),
    .executableTarget(
      name: "bench-throughput",
      dependencies: [
        "BenchmarkSupport", "Datasets", "Kernels", "NeuralNetwork", "ScalingModel", "Training",
        "Terminal",
      ],
      path: "Benchmarks/bench-throughput", swiftSettings: strict),
    .executableTarget(
      name: "bench-kernels",
      dependencies: ["BenchmarkSupport", "Kernels", "Randomness", "ScalingModel", "Terminal"],
      path: "Benchmarks/bench-kernels", swiftSettings: strict),
    .executableTarget(
      name: "bench-scaling",
      dependencies: [
        "BenchmarkSupport", "Datasets", "Kernels", "NeuralNetwork", "ScalingModel", "Terminal",
        "Training",
      ],
      path: "Benchmarks/bench-scaling", swiftSettings: strict),

    .executableTarget(
      name: "embedding-probe", dependencies: ["ParallelTrainer", "FileSystem"],
      path: "Benchmarks/embedding-probe", swiftSettings: strict),

    // MARK: Tests
    .target(name: "TestSupport", path: "Tests/TestSupport"),
    .testTarget(name: "FileSystemTests", dependencies: ["FileSystem", "TestSupport"]),
    .testTarget(name: "RandomnessTests", dependencies: ["Randomness"]),
    .testTarget(name: "ChecksumsTests", dependencies: ["Checksums"]),
    .testTarget(
      name: "KernelsTests",
      dependencies: ["Kernels", "KernelTemplates", "Randomness", "TestSupport"],
      swiftSettings: instantiatesTemplates),
    .testTarget(
      name: "NeuralNetworkTests",
      dependencies: ["NeuralNetwork", "Kernels", "Randomness", "TestSupport"],
      swiftSettings: optimizedAlways),
    .testTarget(
      name: "DatasetsTests", dependencies: ["Datasets", "FileSystem", "CZlib", "TestSupport"]),
    .target(name: "AllocationCounter", path: "Tests/AllocationCounter"),
    .executableTarget(
      name: "AllocationProbe",
      dependencies: ["AllocationCounter", "Datasets", "Kernels", "NeuralNetwork", "Training"],
      path: "Tests/AllocationProbe"),
    .testTarget(
      name: "TrainingTests",
      dependencies: [
        "Training", "KernelTemplates", "Randomness", "AllocationProbe", "TestSupport",
      ],
      swiftSettings: instantiatesTemplates),
    .target(name: "GuestCounter", path: "Tests/GuestCounter"),
    .executableTarget(
      name: "GuestProbe", dependencies: ["GuestCounter", "ParallelTrainer"],
      path: "Tests/GuestProbe"),
    .testTarget(
      name: "EmbeddingTests", dependencies: ["ParallelTrainer", "GuestProbe", "TestSupport"]),
    .testTarget(
      name: "CParallelTrainerTests",
      dependencies: [
        "CParallelTrainer", "CParallelTrainerHeader", "ParallelTrainer", "TestSupport",
      ]),
    .testTarget(
      name: "ModelFormatsTests",
      dependencies: [
        "ModelFormats", "Training", "NeuralNetwork", "Datasets", "FileSystem", "Checksums",
        "TestSupport",
      ]),
    .testTarget(name: "TerminalTests", dependencies: ["Terminal", "TestSupport"]),
    .testTarget(
      name: "BenchmarkTests",
      dependencies: [
        "BenchmarkSupport", "NeuralNetwork", "Randomness", "ScalingModel", "Terminal",
        "TestSupport", "Training",
      ],
      swiftSettings: optimizedAlways),
    .testTarget(
      name: "CommandLineTests",
      dependencies: [
        "mnist", "Checksums", "Datasets", "FileSystem", "Kernels", "ModelFormats",
        "NeuralNetwork", "Training", "TestSupport",
      ]),
  ]
    + kernelVariants.map { variant in
      .target(
        name: variant.name, dependencies: ["KernelTemplates"], exclude: ["README.md"],
        swiftSettings: instantiatesTemplates + [.unsafeFlags(variant.flags)])
    },
  swiftLanguageModes: [.v6]
)
