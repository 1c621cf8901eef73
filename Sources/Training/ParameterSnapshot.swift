import Kernels
import NeuralNetwork

/// A copy of a run's parameters at the end of an epoch, in the kernels' own layout: the memory is
/// taken once, and a copy costs no more than reading and writing them.
final class ParameterSnapshot {
  /// The epoch whose end it is from, counted from 1; 0 for the start of the run.
  private(set) var epoch: Int
  private let copy: FloatBuffer

  /// - Parameter parameters: What to take the first copy of.
  init(of parameters: PanelParameters, epoch: Int) {
    self.epoch = epoch
    copy = FloatBuffer(count: parameters.layout.count)
    take(parameters, epoch: epoch)
  }

  /// Replaces the copy.
  /// - Precondition: the parameters are of the same network, for the same kernels.
  func take(_ parameters: PanelParameters, epoch: Int) {
    precondition(parameters.layout.count == copy.count, "the parameters of another network")
    unsafe copy.address.update(from: parameters.buffer.address, count: copy.count)
    self.epoch = epoch
  }

  /// Puts the copy in the place of `parameters`.
  /// - Precondition: the parameters are of the same network, for the same kernels.
  func restore(_ parameters: PanelParameters) {
    precondition(parameters.layout.count == copy.count, "the parameters of another network")
    unsafe parameters.buffer.address.update(from: copy.address, count: copy.count)
  }

  /// The copy in the canonical order.
  func export(network: Network, kernels: KernelTable) -> Parameters {
    let parameters = PanelParameters(zeros: network, kernels: kernels)
    restore(parameters)
    return parameters.export()
  }
}
