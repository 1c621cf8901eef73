import ParallelTrainer

/// Three classes on a plane, by the angle: what a small network learns in a few epochs.
enum Sectors {
  static let count = 600

  /// The point of a sample and its class, the same for the same number.
  static func sample(_ index: Int) -> (features: [Float], label: Int) {
    // The golden angle spreads the points evenly.
    let turn = (Double(index) * 0.618_033_988_749_895).truncatingRemainder(dividingBy: 1)
    let radius = 0.5 + 0.5 * Double(index % 7) / 7
    // sin and cos by the half-angle formulas of t = tan(x / 2), without a C library.
    let x = (turn - 0.5) * 2
    let t = x / (1.2 - abs(x))
    let features = [
      Float(radius * (1 - t * t) / (1 + t * t)), Float(radius * 2 * t / (1 + t * t)),
    ]
    return (features, min(2, Int(turn * 3)))
  }

  /// The samples in arrays.
  static func dataset(count: Int = count) throws -> Dataset {
    let samples = (0..<count).map(sample)
    return try Dataset(
      name: "sectors", features: samples.map(\.features), labels: samples.map(\.label),
      classCount: 3)
  }

  static func network(_ activation: Activation = .relu) throws -> Network {
    try Network(inputs: 2) {
      Dense(16, activation)
      Dense(3)
    }
  }

  static func trainer(
    threads: Int = 2, epochs: Int = 5, workers: WorkerSource = .callersPool,
    schedule: LearningRateSchedule = .constant, optimizer: Optimizer = .adam
  ) throws -> Trainer {
    try Trainer(
      network: network(),
      configuration: TrainingConfiguration(
        epochs: epochs, batchSize: 32, learningRate: 0.01, schedule: schedule,
        optimizer: optimizer, threads: threads, seed: 7),
      workers: workers)
  }
}
