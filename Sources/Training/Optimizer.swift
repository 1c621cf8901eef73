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
  private let velocities: FloatBuffer?

  init(kernels: KernelTable, momentum: Float, layout: PanelLayout) {
    self.kernels = kernels
    self.momentum = momentum
    velocities = momentum > 0 ? FloatBuffer(count: layout.count) : nil
  }

  /// Moves `count` parameters, starting at `place`, along the gradient `scale · gradientSum`.
  /// - Parameter learningRate: η.
  @unsafe func update(
    _ parameters: UnsafeMutablePointer<Float>, place: Int, count: Int,
    along gradientSum: UnsafePointer<Float>, scale: Float, learningRate: Float
  ) {
    if let velocities {
      unsafe kernels.momentum(
        count, parameters + place, velocities.address + place, gradientSum, scale, learningRate,
        momentum)
    } else {
      unsafe kernels.sgd(count, parameters + place, gradientSum, scale, learningRate)
    }
  }
}
