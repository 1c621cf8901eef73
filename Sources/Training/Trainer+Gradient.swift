import Datasets
import Dispatch
import Kernels
import NeuralNetwork

extension Trainer {
  /// A diagnostic: the gradient of the mean loss over a dataset with respect to the parameters of
  /// ``model``, in their canonical order. Nothing of it runs, or takes memory, while training.
  ///
  /// The mean is over all samples at once, in the order of the first epoch, so memory for the
  /// outputs of all of them is needed: a few thousand are meant. Clipping and regularizers have no
  /// part in it.
  /// - Throws: ``TrainingError`` when the dataset does not fit the network, or its source fails.
  public func gradient(on dataset: Dataset) throws(TrainingError) -> Parameters {
    try model.network.requireFit(of: dataset, loss: configuration.loss)
    return try gradient(onFitting: dataset)
  }

  /// As `gradient`, on a dataset that is known to fit the network. The loss takes the outputs for
  /// what it wants.
  func gradient(onFitting dataset: Dataset) throws(TrainingError) -> Parameters {
    var configuration = configuration
    configuration.epochs = 1
    configuration.batchSize = dataset.count
    configuration.threads = 1
    configuration.schedule = .constant
    configuration.warmUp = .none
    configuration.optimizer = .sgd
    configuration.regularizers = []
    configuration.clipping = nil
    configuration.frozenLayers = []
    // One worker, whose shard is the whole batch, has its gradient in one piece.
    configuration.averaging = .perWorker
    let coordinator = Coordinator(
      model: model, dataset: dataset, configuration: configuration, kernels: variant.kernels,
      stop: StopRequest())
    coordinator.begin(EpochOrder(dataset: dataset, seed: configuration.seed, epoch: 1))
    // The one iteration moves the coordinator's own copy of the parameters, after the gradient.
    _ = coordinator.run(until: .distantFuture)
    try coordinator.throwSourceFailure()
    return coordinator.shardGradient(0, scale: 1 / Float(dataset.count))
  }
}

extension Coordinator {
  /// The gradient of a shard of the last batch, times `scale`.
  /// - Precondition: Gradients are averaged over workers.
  fileprivate func shardGradient(_ shard: Int, scale: Float) -> Parameters {
    let gradient = PanelParameters(zeros: parameters.network, kernels: kernels)
    unsafe gradient.buffer.address.update(
      from: memory.shardGradient(shard), count: parameters.layout.count)
    var exported = gradient.export()
    for index in exported.values.indices { exported.values[index] *= scale }
    return exported
  }
}
