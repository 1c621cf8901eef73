import Dispatch
import GuestCounter
import ParallelTrainer
import Synchronization

// What training asks of its host: prints a line for each way of running it, with the threads it was
// allowed, the most that were at work at the same time, the threads of the process after the call
// less those at first, the files that were opened, the environment variables that were read and the
// threads that were started. A process of its own, because it counts whatever any thread of it does,
// and because nothing else may be on its standard output and standard error.

/// Samples of which each call for a batch notes that it is at work, and takes a while.
struct Noting: SampleSource {
  let count = 640
  let featureCount = 8
  let targets = Dataset.Targets.classes(count: 2)
  let note: @Sendable () -> Void

  func fill(_ batch: inout SampleBatch) {
    note()
    for row in 0..<batch.count {
      let sample = batch.sample(row: row)
      batch.withFeatures(row: row) { $0[sample % 8] = Float(sample % 3) }
      batch.setLabel(sample % 2, row: row)
    }
  }
}

let atWork = Atomic<Int>(0)
let mostAtWork = Atomic<Int>(0)
let noting = try Dataset(
  name: "noting",
  source: Noting {
    let now = atWork.add(1, ordering: .relaxed).newValue
    mostAtWork.max(now, ordering: .relaxed)
    let end = DispatchTime.now() + .microseconds(50)
    while DispatchTime.now() < end {}
    atWork.subtract(1, ordering: .relaxed)
  })
let images = EmbeddedDigits.generate(trainingCount: 640, testCount: 64, threads: 1)

/// Everything that a trainer does, once.
func work(threads: Int, workers: WorkerSource) throws {
  let configuration = TrainingConfiguration(
    epochs: 3, batchSize: 64, schedule: .constant, threads: threads, seed: 1)
  let trainer = try Trainer(
    network: Network(inputs: 8, hidden: [16], outputs: 2), configuration: configuration,
    workers: workers)
  try trainer.fit(noting, validation: noting)
  try trainer.partialFit(noting)
  _ = try trainer.evaluate(noting)
  _ = try trainer.predict([1, 2, 3, 4, 5, 6, 7, 8])
  let other = try Trainer(
    network: Network(inputs: 784, hidden: [16], outputs: 10), configuration: configuration,
    workers: workers)
  try other.fit(images.training, validation: images.test)
  _ = try other.predict(images.test)
}

let threadsAtFirst = guest_threads_now()

/// Threads that were not there at first; awaited are those that have been joined, which the system
/// lists for a moment longer.
func threadsLeft(awaited: Bool) -> Int {
  let end = DispatchTime.now() + .seconds(10)
  while awaited && guest_threads_now() > threadsAtFirst && DispatchTime.now() < end {}
  return guest_threads_now() - threadsAtFirst
}

let serial = DispatchQueue(label: "serial", qos: .background)
let suspended = DispatchQueue(label: "suspended")
suspended.suspend()
let sources: [(name: String, source: WorkerSource)] = [
  ("own", .threadsOfTheCall), ("pool", .callersPool), ("utility", .qualityOfService(.utility)),
  ("serial", .queue(serial)), ("suspended", .queue(suspended)),
  ("concurrent", .queue(DispatchQueue(label: "concurrent", attributes: .concurrent))),
]
for (name, source) in sources {
  for threads in [1, 2, 4] {
    // The first run of a process loads things.
    if name == "own" && threads == 1 { try work(threads: threads, workers: source) }
    mostAtWork.store(0, ordering: .relaxed)
    guest_start()
    try work(threads: threads, workers: source)
    guest_stop()
    let most = mostAtWork.load(ordering: .relaxed)
    print(
      name, threads, most, threadsLeft(awaited: name == "own"), guest_files(),
      guest_variables(), guest_threads(), unsafe String(cString: guest_last_file()),
      unsafe String(cString: guest_last_variable()), separator: ",")
  }
}
suspended.resume()
