import Dispatch
import Foundation
import ParallelTrainer
import Synchronization
import TestSupport
import Testing

/// The manners of a guest in someone else's process.
@Suite struct GuestTests {
  /// A line of `GuestProbe`.
  private struct Line {
    let source: String
    let allowed: Int
    let seen: Int
    let left: Int
    let files: Int
    let variables: Int
    let started: Int
    let names: String

    init(_ text: Substring) throws {
      let fields = text.split(separator: ",", omittingEmptySubsequences: false)
      try #require(fields.count == 9, "\(text)")
      source = String(fields[0])
      let numbers = fields[1..<7].compactMap { Int($0) }
      try #require(numbers.count == 6, "\(text)")
      (allowed, seen, left) = (numbers[0], numbers[1], numbers[2])
      (files, variables, started) = (numbers[3], numbers[4], numbers[5])
      names = fields[7...].joined(separator: ",")
    }
  }

  /// No more threads than told, no files, no environment, nothing printed, and no thread of its own
  /// left.
  @Test func whatTrainingAsksOfItsHost() throws {
    let probe = try #require(BuiltProgram.path("GuestProbe"), "GuestProbe is not built")
    let process = Process()
    process.executableURL = URL(fileURLWithPath: probe)
    let (output, errors) = (Pipe(), Pipe())
    process.standardOutput = output
    process.standardError = errors
    try process.run()
    let text = String(
      decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    let complaints = errors.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    #expect(process.terminationStatus == 0)
    // Whatever it prints beyond its own lines is not one of them.
    #expect(complaints.isEmpty)
    let lines = try text.split(separator: "\n").map(Line.init)
    try #require(lines.count == 18)
    for line in lines {
      let name = "\(line.source), \(line.allowed) threads, \(line.names)"
      #expect((1...line.allowed).contains(line.seen), "\(name)")
      if line.source == "serial" { #expect(line.seen <= 2, "\(name)") }
      if line.allowed == 1 || line.source == "suspended" { #expect(line.seen == 1, "\(name)") }
      if line.files < 0 { continue }
      #expect(line.files == 0 && line.variables == 0, "\(name)")
      // The system's pool keeps its threads for a while; those of a call are gone.
      if line.source == "own" { #expect(line.left == 0, "\(name)") }
      if line.allowed == 1 { #expect(line.started == 0, "\(name)") }
    }
  }

  static let sources: [WorkerSource] = [
    .callersPool, .threadsOfTheCall, .qualityOfService(.background),
    .queue(DispatchQueue(label: "serial")),
    .queue(DispatchQueue(label: "concurrent", attributes: .concurrent)),
  ]

  private func weights(
    _ workers: WorkerSource, threads: Int = 3, on data: Dataset? = nil
  ) throws -> UInt32 {
    let trainer = try Sectors.trainer(threads: threads, epochs: 3, workers: workers)
    let data = try data ?? Sectors.dataset()
    try trainer.fit(data, validation: data)
    return trainer.model.parameters.crc32
  }

  @Test func noNumberDependsOnWhereThreadsComeFrom() throws {
    let alone = try weights(.callersPool, threads: 1)
    for source in Self.sources { #expect(try weights(source) == alone) }
    let images = EmbeddedDigits.generate(trainingCount: 500, testCount: 1, threads: 1).training
    let byImages = try Self.sources.map { source in
      let trainer = try Trainer(
        network: Network(inputs: 784, hidden: [8], outputs: 10),
        configuration: TrainingConfiguration(epochs: 1, threads: 3), workers: source)
      try trainer.fit(images)
      return trainer.model.parameters.crc32
    }
    #expect(Set(byImages).count == 1)
  }

  /// From a thread that is not the main one, with a small stack, at a low quality of service.
  @Test func fromABackgroundThread() throws {
    let alone = try weights(.callersPool, threads: 1)
    for source in Self.sources {
      let found = Mutex<UInt32?>(nil)
      let ended = DispatchSemaphore(value: 0)
      let thread = Thread {
        let weights = try? weights(source)
        found.withLock { $0 = weights }
        ended.signal()
      }
      thread.stackSize = 512 << 10
      thread.qualityOfService = .background
      thread.start()
      ended.wait()
      #expect(found.withLock { $0 } == alone)
    }
  }

  /// Inside the host's own parallel loop, and on the very queue that is to give the threads.
  @Test func fromWithinOtherParallelWork() throws {
    let alone = try weights(.callersPool, threads: 1)
    let data = try Sectors.dataset()
    for source in Self.sources {
      let found = Mutex<[UInt32?]>([])
      DispatchQueue.concurrentPerform(iterations: 6) { _ in
        let weights = try? weights(source, on: data)
        found.withLock { $0.append(weights) }
      }
      #expect(found.withLock { $0 } == [UInt32?](repeating: alone, count: 6))
    }
    let serial = DispatchQueue(label: "its own queue")
    #expect(try serial.sync { try weights(.queue(serial)) } == alone)
    let suspended = DispatchQueue(label: "suspended")
    suspended.suspend()
    defer { suspended.resume() }
    #expect(try weights(.queue(suspended)) == alone)
  }

  /// What a queue has not begun when the call returns does nothing later: the trainer is gone.
  @Test func nothingIsLeftInAQueue() throws {
    let queue = DispatchQueue(label: "slow")
    queue.suspend()
    weak var trainer: Trainer?
    do {
      let owner = try Sectors.trainer(threads: 4, epochs: 2, workers: .queue(queue))
      trainer = owner
      try owner.fit(Sectors.dataset())
    }
    #expect(trainer == nil)
    queue.resume()
    queue.sync {}
  }

  @Test func trainersAreIndependent() throws {
    let alone = try Self.sources.map { _ in try weights(.callersPool, threads: 1) }
    let data = try Sectors.dataset()
    let found = Mutex([UInt32?](repeating: nil, count: Self.sources.count))
    let group = DispatchGroup()
    for (place, source) in Self.sources.enumerated() {
      group.enter()
      Thread {
        for _ in 0..<3 {
          let weights = try? weights(source, on: data)
          found.withLock { $0[place] = weights }
        }
        group.leave()
      }.start()
    }
    group.wait()
    #expect(found.withLock { $0 } == alone)
  }
}
