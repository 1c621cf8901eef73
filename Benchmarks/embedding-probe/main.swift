import FileSystem
import ParallelTrainer

// What tools/embedding-figures measures from outside:
//
//     embedding-probe start             trains one batch and ends
//     embedding-probe fits COUNT        memory and threads after so many calls of fit
//     embedding-probe small THREADS     samples a second of 4-32-16-4, 10,000 samples, batches of 200

/// As many samples of four features and four classes.
func samples(_ count: Int) throws -> Dataset {
  var features: [[Float]] = []
  var labels: [Int] = []
  for sample in 0..<count {
    let row = (0..<4).map { (feature: Int) -> Float in
      let number = (sample * 31 + feature * 17 + sample / 7) % 97
      return Float(number) / 48 - 1
    }
    features.append(row)
    labels.append((row[0] > 0 ? 1 : 0) + (row[1] * row[2] > 0 ? 2 : 0))
  }
  return try Dataset(name: "figures", features: features, labels: labels, classCount: 4)
}

func trainer(epochs: Int, threads: Int, workers: WorkerSource) throws -> Trainer {
  try Trainer(
    network: Network(inputs: 4) {
      Dense(32, .relu)
      Dense(16, .relu)
      Dense(4)
    },
    configuration: TrainingConfiguration(
      epochs: epochs, batchSize: 200, learningRate: 0.001, schedule: .constant, optimizer: .adam,
      threads: threads, seed: 1), workers: workers)
}

/// Resident memory in KiB and the threads of this process, as Linux tells them; nil elsewhere.
func residentMemoryAndThreads() -> (memory: Int, threads: Int)? {
  guard let bytes = try? File.read("/proc/self/status", limit: 1 << 16) else { return nil }
  func field(_ name: String) -> Int? {
    let lines = String(decoding: bytes, as: UTF8.self).split(separator: "\n")
    return lines.first { $0.hasPrefix(name) }?.split { !$0.isNumber }.first.flatMap { Int($0) }
  }
  guard let memory = field("VmRSS:"), let threads = field("Threads:") else { return nil }
  return (memory, threads)
}

let arguments = CommandLine.arguments.dropFirst()
switch arguments.first {
case "start":
  try trainer(epochs: 1, threads: 2, workers: .callersPool).fit(samples(200))
case "fits":
  let count = arguments.dropFirst().first.flatMap { Int($0) } ?? 1000
  let data = try samples(1000)
  for (name, workers) in [
    ("threads of the call", WorkerSource.threadsOfTheCall), ("Dispatch's pool", .callersPool),
  ] {
    for call in 1...count {
      try trainer(epochs: 1, threads: 4, workers: workers).fit(data)
      guard [1, 10, 100, count].contains(call), var now = residentMemoryAndThreads() else {
        continue
      }
      if case .threadsOfTheCall = workers {
        // The system lists threads that have been joined for a moment longer.
        let end = ContinuousClock.now + .seconds(10)
        while now.threads > 1 && ContinuousClock.now < end {
          now = residentMemoryAndThreads() ?? now
        }
      }
      print("\(name): after \(call) calls \(now.memory) KiB, \(now.threads) threads")
    }
  }
case "small":
  let threads = arguments.dropFirst().first.flatMap { Int($0) } ?? 1
  let data = try samples(10_000)
  // The first one warms up.
  for repeats in 0...7 {
    let result = try trainer(epochs: 50, threads: threads, workers: .callersPool).fit(data)
    if repeats > 0 { print(Double(result.samples) / result.seconds) }
  }
default:
  print("usage: embedding-probe start | fits COUNT | small THREADS")
}
