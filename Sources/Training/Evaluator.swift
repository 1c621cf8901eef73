import Datasets
import Kernels
import NeuralNetwork

/// Runs a model forward: its loss and accuracy on datasets, its predictions for samples.
///
/// All of its methods can be called on any number of threads at the same time.
public final class Evaluator: @unchecked Sendable {
  // Sendable, because:
  // 1. Everything is constant but the numbers in the parameters' buffer.
  // 2. The buffer of an evaluator that is made of a model is its own and written by nothing but the
  //    initializer, before another thread can know the evaluator.
  // 3. An evaluator of a run's parameters, which change, is known to the run alone, and works
  //    between iterations.
  // 4. What a call writes is memory of that call.

  let parameters: PanelParameters
  let loss: Loss
  let kernels: KernelTable
  let threads: Int
  private let processors: Int
  private let workers: WorkerSource

  /// An evaluator of a model, whose parameters it copies.
  /// - Parameters:
  ///   - model: The network and its parameters.
  ///   - loss: What ``Evaluation/loss`` is the mean of, with its label smoothing: the same criterion
  ///     as in training, so that the two can be compared.
  ///   - variant: The kernels.
  ///   - threads: Workers at most, at least 1; no result depends on it.
  ///   - workers: Where they come from.
  public convenience init(
    model: Model, loss: Loss = .softmaxCrossEntropy(), kernels variant: KernelVariant,
    threads: Int, workers: WorkerSource = .callersPool
  ) {
    self.init(
      parameters: PanelParameters(model, kernels: variant.kernels), loss: loss,
      kernels: variant.kernels, threads: threads, processors: ProcessorCount.allowed,
      workers: workers)
  }

  /// As the other, with the widest kernels that this processor can run, or those that the
  /// environment variable forces.
  /// - Throws: ``KernelError`` when the variable names none.
  public convenience init(
    model: Model, loss: Loss = .softmaxCrossEntropy(), threads: Int = 1,
    workers: WorkerSource = .callersPool
  ) throws(KernelError) {
    self.init(
      model: model, loss: loss, kernels: try KernelVariant.select(), threads: threads,
      workers: workers)
  }

  init(
    parameters: PanelParameters, loss: Loss, kernels: KernelTable, threads: Int, processors: Int,
    workers: WorkerSource = .callersPool
  ) {
    precondition(threads >= 1, "an evaluation needs at least one thread")
    self.parameters = parameters
    self.loss = loss
    self.kernels = kernels
    self.threads = threads
    self.processors = processors
    self.workers = workers
  }

  /// The mean loss on a dataset and, where its samples belong to classes, the accuracy, the
  /// confusion matrix and what follows from it.
  /// - Throws: ``TrainingError`` when the dataset does not fit the network, or its source fails.
  public func evaluate(_ dataset: Dataset) throws(TrainingError) -> Evaluation {
    try parameters.network.requireFit(of: dataset, loss: loss)
    return try evaluateFitting(dataset, byClass: dataset.classCount > 0)
  }

  /// As `evaluate`, of a dataset that is known to fit the network.
  /// - Parameter byClass: Whether to count what is predicted of which class.
  func evaluateFitting(
    _ dataset: Dataset, byClass: Bool = false
  ) throws(TrainingError) -> Evaluation {
    let pass = EvaluationPass(
      dataset: dataset, parameters: parameters, loss: loss, kernels: kernels, threads: threads,
      countsByClass: byClass)
    run(pass, workers: pass.workers, units: pass.chunks.parts)
    if let failure = pass.sourceFailure.failure { throw .source(failure) }
    return pass.evaluation
  }

  /// Runs a phase of work.
  func run(_ work: some PhasedWork, workers size: Int, units: Int) {
    WorkerTeam(
      size: size, patience: WorkerTeam.patience(ofTeam: size, processors: processors),
      source: workers
    ).run(work, firstUnits: units)
  }
}
