import Dispatch
import Kernels
import Synchronization

/// The multiply-adds that some threads can do together: the yardstick of products.
public enum Peak {
  /// GFLOP/s of multiply-adds in registers, by as many threads at the same time.
  /// - Parameters:
  ///   - rounds: Of the kernel, in each thread: 500,000 take about 3 ms.
  public static func measure(
    _ kernels: KernelTable, threads: Int = 1, rounds: Int = 500_000
  ) -> Double {
    let operations = Atomic<Int>(0)
    let start = DispatchTime.now().uptimeNanoseconds
    DispatchQueue.concurrentPerform(iterations: threads) { _ in
      let (done, result) = kernels.peak(rounds)
      precondition(result.isFinite, "the sum of the peak's chains is finite")
      operations.add(done, ordering: .relaxed)
    }
    let end = DispatchTime.now().uptimeNanoseconds
    return Double(operations.load(ordering: .relaxed)) / Double(end - start)
  }
}
