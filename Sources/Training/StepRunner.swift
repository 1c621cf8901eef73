import Datasets
import Dispatch
import Kernels
import NeuralNetwork

/// The step on data that stay in place, run for short times again and again: for measurements.
///
/// Everything that a run does once (parameters into panels, masks of the pixels, memory) is done
/// when the runner is made; what it does in every epoch (shuffling) and in every iteration is part
/// of what is timed.
package final class StepRunner {
  /// What some time of training came to.
  package struct Lap: Sendable {
    package let iterations: Int
    package let samples: Int
    package let seconds: Double
    package var samplesPerSecond: Double { Double(samples) / seconds }
  }

  private let coordinator: Coordinator
  private let dataset: Dataset
  private let seed: UInt64
  private var epoch = 1

  /// - Parameters:
  ///   - configuration: Its epochs, schedule and stopping rules play no part.
  ///   - processors: Threads that can run at the same time.
  /// - Throws: ``TrainingError`` where the dataset, the configuration and the model do not fit.
  package init(
    model: Model, dataset: Dataset, configuration: TrainingConfiguration,
    kernels variant: KernelVariant, processors: Int = ProcessorCount.usable
  ) throws(TrainingError) {
    try configuration.validate()
    try configuration.validate(for: model.network)
    try model.network.requireFit(of: dataset, loss: configuration.loss)
    var endless = configuration
    endless.epochs = TrainingConfiguration.maximumEpochs
    endless.schedule = .constant
    endless.warmUp = .none
    endless.stopping = StoppingRules()
    try endless.requireBatch(of: dataset)
    self.dataset = dataset
    seed = configuration.seed
    coordinator = Coordinator(
      model: model, dataset: dataset, configuration: endless, kernels: variant.kernels,
      stop: StopRequest(), processors: processors)
    coordinator.begin(EpochOrder(dataset: dataset, seed: seed, epoch: epoch))
  }

  /// Runs iterations, at least one, until the time is over; the last one is finished.
  /// - Throws: When the loss is no longer finite: arithmetic on such numbers takes another time.
  package func run(seconds: Double) throws(StepDivergence) -> Lap {
    let samples = coordinator.samples
    let iterations = coordinator.iterations
    let start = DispatchTime.now()
    let deadline = start + seconds
    running: while true {
      switch coordinator.run(until: deadline) {
      case .epochEnd:
        epoch += 1
        coordinator.begin(EpochOrder(dataset: dataset, seed: seed, epoch: epoch))
        if coordinator.iterations > iterations, DispatchTime.now() >= deadline { break running }
      case .diverged: throw StepDivergence(iteration: coordinator.iterations + 1)
      case .timeToReport, .iterationReached, .stopRequested, .sourceFailed: break running
      }
    }
    return Lap(
      iterations: coordinator.iterations - iterations, samples: coordinator.samples - samples,
      seconds: start.seconds(until: DispatchTime.now()))
  }

  /// Where the time of all laps went, if the configuration measures that.
  package var phases: PhaseSeconds? { coordinator.clock?.seconds }

  /// The checksum of the parameters, which depends on the iterations done and on nothing else.
  package var parametersCRC32: UInt32 { coordinator.parameters.export().crc32 }
}

/// A loss that is not finite, in a run that is only measured.
package struct StepDivergence: Error, CustomStringConvertible {
  package let iteration: Int

  package var description: String {
    "the loss of iteration \(iteration) is not finite: expected a learning rate small enough"
  }
}
