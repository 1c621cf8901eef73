import Datasets
import Dispatch
import Foundation
import Kernels
import Synchronization
import Testing

@testable import Training

/// Trainers that run at the same time in one process give what each gives alone.
@Suite struct ConcurrentTrainersTests {
  /// Every run on another number of threads, alone, one after the other.
  private let alone: [UInt32]
  private let kernels: KernelVariant
  private let runs: [(run: Run, threads: Int)]

  init() throws {
    let variant = try KernelVariant.select()
    let runs = zip(Run.all, [2, 3, 1, 4, 2, 2, 1, 8, 2, 3, 5, 2]).map { (run: $0, threads: $1) }
    kernels = variant
    alone = try runs.map { try $0.run.weights(threads: $0.threads, kernels: variant) }
    self.runs = runs
  }

  /// The weights that a `Trainer` comes to: what an embedder runs.
  private func weights(_ index: Int, on dataset: Dataset? = nil) throws -> UInt32 {
    let (run, threads) = runs[index]
    let trainer = try Trainer(
      model: run.model(), configuration: run.configuration(threads: threads), kernels: kernels)
    try trainer.fit(dataset ?? run.dataset)
    return trainer.model.parameters.crc32
  }

  /// Threads of their own, each of which trains again and again while the others train.
  @Test func twoTrainersInTwoThreads() throws {
    try expectEqual(inThreads: [2, 5])
  }

  @Test func manyTrainersInManyThreads() throws {
    try expectEqual(inThreads: Array(runs.indices))
  }

  /// Same network, same data, same configuration: nothing but the dataset is shared.
  @Test func equalTrainersOnOneDataset() throws {
    let dataset = try runs[8].run.dataset
    try expectEqual(inThreads: [8, 8, 8, 8], on: dataset)
  }

  /// Inside the caller's own parallel loop, whose threads are those the teams ask for.
  @Test func trainersInsideAConcurrentPerform() {
    let found = Mutex([UInt32?](repeating: nil, count: runs.count))
    DispatchQueue.concurrentPerform(iterations: runs.count) { index in
      let weights = try? weights(index)
      found.withLock { $0[index] = weights }
    }
    #expect(found.withLock { $0 } == alone)
  }

  /// - Parameter indices: Of the runs; each in a thread of its own.
  private func expectEqual(inThreads indices: [Int], on dataset: Dataset? = nil) throws {
    let repetitions = 3
    let found = Mutex([[UInt32]](repeating: [], count: indices.count))
    let start = DispatchSemaphore(value: 0)
    let ended = DispatchGroup()
    for (place, index) in indices.enumerated() {
      ended.enter()
      Thread {
        start.wait()
        for _ in 0..<repetitions {
          if let weights = try? weights(index, on: dataset) {
            found.withLock { $0[place].append(weights) }
          }
        }
        ended.leave()
      }.start()
    }
    for _ in indices { start.signal() }
    ended.wait()
    let expected = indices.map { [UInt32](repeating: alone[$0], count: repetitions) }
    #expect(found.withLock { $0 } == expected)
  }
}
