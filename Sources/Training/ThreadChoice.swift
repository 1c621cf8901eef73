import Datasets
import Dispatch
import Kernels
import NeuralNetwork

/// A number of threads that was found by measuring: what `--threads auto` stands for.
///
/// More threads are not always faster: a small batch is over before they have met, hardware threads
/// of one core share its arithmetic, slow cores keep fast ones waiting, and other programs may
/// hold a core. So candidates that follow from what is known of the processors train for one or two
/// milliseconds each, in turn, until 20 or 80 milliseconds are over, and the fastest is taken. One
/// thread is always among them, and anything else has to be faster than it.
public struct ThreadChoice: Sendable, Equatable {
  /// The number of threads to take.
  public let threads: Int
  /// The candidates, and the samples per second of the best lap of each; empty where nothing
  /// had to be measured.
  public let candidates: [Candidate]

  /// A number of threads that was tried.
  public struct Candidate: Sendable, Equatable {
    /// The number.
    public let threads: Int
    /// What its best lap came to.
    public let samplesPerSecond: Double
  }

  /// By how much more threads must be faster than fewer, to be worth it.
  private static let worthwhileGain = 1.02
  /// Seconds of laps after which no further round of them begins where the result is clear, and
  /// where it is not. One thread and the most have a lap each in any case.
  private static let (budget, longestBudget) = (20e-3, 80e-3)
  /// Seconds of a lap, unless one iteration takes longer. The best lap of each candidate counts, as
  /// others are disturbed.
  private static let lapSeconds = 1.5e-3
  /// Samples that the laps go through again and again: so many batches, as between epochs workers
  /// part and meet again, which they seldom do in a run; of large batches fewer, as looking at all
  /// their pixels would take longer than the measurement, but so many at least.
  private static let (batches, fewestBatches) = (32, 2)
  private static let samples = 256...8_192

  /// Finds the number of threads for training a model.
  ///
  /// The laps take 20 milliseconds, or 80 where the result is not clear; for models of which one
  /// iteration takes longer than that, as long as two iterations. Each candidate is made ready before,
  /// for up to 32 batches or 8,192 samples, but two batches at least: some milliseconds for 4,096 of
  /// MNIST's images.
  ///
  /// With ``Averaging/slabs`` the trained weights do not depend on what is chosen; with
  /// ``Averaging/perWorker`` they do, so nothing is measured there and the number of cores is taken.
  /// - Parameters:
  ///   - model: Stays as it is.
  ///   - dataset: What it is to be trained on, of which a few batches are used.
  ///   - configuration: That of the run; its number of threads plays no part.
  ///   - kernels: Those of the run.
  /// - Throws: ``TrainingError`` where dataset, configuration and model do not fit.
  public static func measure(
    model: Model, dataset: Dataset, configuration: TrainingConfiguration,
    kernels: KernelVariant
  ) throws(TrainingError) -> ThreadChoice {
    try measure(
      model: model, dataset: dataset, configuration: configuration, kernels: kernels,
      limits: .ofThisProcess())
  }

  static func measure(
    model: Model, dataset: Dataset, configuration: TrainingConfiguration,
    kernels: KernelVariant, limits: ProcessorLimits
  ) throws(TrainingError) -> ThreadChoice {
    let counts = candidates(limits)
    if counts.count == 1 || configuration.averaging == .perWorker {
      return ThreadChoice(threads: limits.usableFastCores, candidates: [])
    }
    let few = sampleCount(dataset, batchSize: configuration.batchSize)
    let sample = few == dataset.count ? dataset : dataset.subset(at: 0..<few)
    var runners: [Int: StepRunner] = [:]
    var best: [Int: Double] = [:]
    var seconds = 0.0
    // One thread and the most first, then others as long as there is time.
    let order = [1, counts[counts.count - 1]] + counts.dropFirst().dropLast().reversed()
    while seconds < budget || (seconds < longestBudget && isClose(best)) {
      for threads in order where best.count < 2 || seconds < longestBudget {
        if runners[threads] == nil {
          var configuration = configuration
          configuration.threads = threads
          configuration.measuresPhases = false
          runners[threads] = try StepRunner(
            model: model, dataset: sample, configuration: configuration, kernels: kernels,
            processors: limits.usable)
        }
        // A run that diverges at once is the trainer's to report.
        guard let lap = try? runners[threads]?.run(seconds: lapSeconds) else {
          return ThreadChoice(threads: limits.usableFastCores, candidates: [])
        }
        seconds += lap.seconds
        best[threads] = max(best[threads] ?? 0, lap.samplesPerSecond)
      }
    }
    return choose(
      best.map { Candidate(threads: $0, samplesPerSecond: $1) }.sorted { $0.threads < $1.threads })
  }

  private static func sampleCount(_ dataset: Dataset, batchSize: Int) -> Int {
    let batch = min(batchSize, dataset.count)
    let wanted = min(max(batches * batch, samples.lowerBound), samples.upperBound)
    return min(dataset.count, max(wanted, fewestBatches * batch))
  }

  /// Numbers of threads that may be the best: powers of two, the fast cores, all cores, all that can
  /// run at the same time; in ascending order, from 1.
  static func candidates(_ limits: ProcessorLimits) -> [Int] {
    var counts: Set<Int> = [limits.usableFastCores, limits.usableCores, limits.usable]
    var count = 1
    while count < limits.usable {
      counts.insert(count)
      count *= 2
    }
    counts.insert(1)
    return counts.filter { $0 <= TrainingConfiguration.maximumThreads }.sorted()
  }

  /// Whether the next disturbance may decide between one thread and more.
  private static func isClose(_ best: [Int: Double]) -> Bool {
    guard let one = best[1], let more = best.filter({ $0.key > 1 }).values.max() else {
      return true
    }
    return more < 1.1 * one && one < 1.1 * more
  }

  /// The fastest of measured candidates, in ascending order from one thread; of two that are about
  /// as fast, the one with fewer threads.
  static func choose(_ candidates: [Candidate]) -> ThreadChoice {
    var best = candidates[0]
    for candidate in candidates.dropFirst()
    where candidate.samplesPerSecond > best.samplesPerSecond * worthwhileGain {
      best = candidate
    }
    return ThreadChoice(threads: best.threads, candidates: candidates)
  }
}
