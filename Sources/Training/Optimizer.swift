import Kernels
import NeuralNetwork

/// Stochastic gradient descent, with or without momentum: knows parameters, their velocities and
/// a gradient, nothing else.
///
///     v ← μ v + g        w ← w − η v
///
/// Source: I. Sutskever, J. Martens, G. Dahl, G. Hinton, "On the importance of initialization and
/// momentum in deep learning", ICML 2013, in the form of the common libraries (η outside v).
struct StochasticGradientDescent {
  let kernels: KernelTable
  /// μ.
  let momentum: Float
  /// v, in the places of the parameters; none without momentum.
  private let velocities: PanelParameters?

  static let name = "sgd"

  /// - Parameter state: What to go on from; nil for the first step.
  /// - Precondition: the state is that of this network, with or without momentum as here.
  init(kernels: KernelTable, momentum: Float, network: Network, state: OptimizerState? = nil) {
    self.kernels = kernels
    self.momentum = momentum
    precondition(
      state.map { $0.moments.map(\.name) == Self.momentNames(momentum: momentum) } ?? true,
      "the state of another optimizer")
    velocities =
      if let velocity = state?.moments.first {
        PanelParameters(Model(network: network, parameters: velocity.values), kernels: kernels)
      } else if momentum > 0 {
        PanelParameters(zeros: network, kernels: kernels)
      } else {
        nil
      }
  }

  /// The names of the moments in the state.
  static func momentNames(momentum: Float) -> [String] { momentum > 0 ? ["velocity"] : [] }

  /// A copy of what is remembered from step to step.
  var state: OptimizerState {
    OptimizerState(
      optimizer: Self.name,
      moments: zip(Self.momentNames(momentum: momentum), [velocities].compactMap(\.self))
        .map { OptimizerState.Moment(name: $0, values: $1.export()) })
  }

  /// Moves `count` parameters, starting at `place`, along the gradient `scale · gradientSum`.
  /// - Parameter learningRate: η.
  @unsafe func update(
    _ parameters: UnsafeMutablePointer<Float>, place: Int, count: Int,
    along gradientSum: UnsafePointer<Float>, scale: Float, learningRate: Float
  ) {
    if let velocities {
      unsafe kernels.momentum(
        count, parameters + place, velocities.buffer.address + place, gradientSum, scale,
        learningRate, momentum)
    } else {
      unsafe kernels.sgd(count, parameters + place, gradientSum, scale, learningRate)
    }
  }
}
