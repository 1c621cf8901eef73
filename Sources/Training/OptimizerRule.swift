import Kernels
import NeuralNetwork

/// An optimizer at work: knows parameters, its moments of them and a gradient, nothing else. A class,
/// because a worker that called a method of a changing value would take a copy of it each time.
final class OptimizerRule {
  let optimizer: Optimizer
  let kernels: UpdateKernels
  /// What is remembered, in the places of the parameters.
  private let moments: [PanelParameters]
  private var learningRate: Float = 0
  /// What RMSprop, Adam and AdamW do in this iteration.
  private var factors = AdamFactors(
    scale: 0, firstDecay: 0, firstGain: 0, secondDecay: 0, secondGain: 0, rootFactor: 0,
    epsilon: 0, rate: 0, kept: 1)

  /// - Parameter state: What to go on from; nil for the first step.
  /// - Precondition: the state is that of this optimizer and network.
  init(
    _ optimizer: Optimizer, kernels: KernelTable, network: Network, state: OptimizerState? = nil
  ) {
    self.optimizer = optimizer
    self.kernels = kernels.updates
    let names = optimizer.momentNames
    precondition(
      state.map { $0.moments.map(\.name) == names } ?? true, "the state of another optimizer")
    moments = names.indices.map { index in
      if let moment = state?.moments[index] {
        PanelParameters(Model(network: network, parameters: moment.values), kernels: kernels)
      } else {
        PanelParameters(zeros: network, kernels: kernels)
      }
    }
  }

  /// A copy of what is remembered from step to step.
  var state: OptimizerState {
    OptimizerState(
      moments: zip(optimizer.momentNames, moments).map {
        OptimizerState.Moment(name: $0, values: $1.export())
      })
  }

  /// Sets up the updates of an iteration: everything that is the same for all parameters.
  /// - Parameters:
  ///   - learningRate: η.
  ///   - iteration: Counted from 1.
  func begin(iteration: Int, learningRate: Float) {
    self.learningRate = learningRate
    let rate = Double(learningRate)
    switch optimizer {
    case .sgd, .momentum, .lectureMomentum, .nesterov: break
    case .rmsprop(let decay, let epsilon):
      factors.secondDecay = Float(decay)
      factors.secondGain = Float(1 - decay)
      factors.epsilon = Float(epsilon)
    case .adam(let beta1, let beta2, let epsilon), .adamW(let beta1, let beta2, let epsilon, _):
      factors.firstDecay = Float(beta1)
      factors.firstGain = Float(1 - beta1)
      factors.secondDecay = Float(beta2)
      factors.secondGain = Float(1 - beta2)
      factors.epsilon = Float(epsilon)
      factors.rootFactor = Float(1 / (1 - Self.power(beta2, iteration)).squareRoot())
      factors.rate = Float(rate / (1 - Self.power(beta1, iteration)))
      if case .adamW(_, _, _, let decay) = optimizer { factors.kept = Float(1 - rate * decay) }
    }
  }

  /// `baseⁿ` by repeated squaring: the same bits on every machine, which a C library's `pow` does
  /// not promise. Off by less than n units of 2⁻⁵³, relative.
  static func power(_ base: Double, _ exponent: Int) -> Double {
    var result = 1.0
    var factor = base
    var rest = exponent
    while rest > 0 {
      if rest & 1 == 1 { result *= factor }
      factor *= factor
      rest >>= 1
    }
    return result
  }

  /// Moves `count` parameters, starting at `place`, along the gradient `scale · gradientSum`.
  @unsafe func update(
    _ parameters: UnsafeMutablePointer<Float>, place: Int, count: Int,
    along gradientSum: UnsafePointer<Float>, scale: Float
  ) {
    let parameters = unsafe parameters + place
    switch optimizer {
    case .sgd:
      unsafe kernels.sgd(count, parameters, gradientSum, scale, learningRate)
    case .momentum(let momentum):
      unsafe kernels.momentum(
        count, parameters, moment(0) + place, gradientSum, scale, learningRate, Float(momentum))
    case .lectureMomentum(let momentum):
      // v points downhill: it takes in −(1 − λ) g, and w moves by +η v.
      unsafe kernels.momentum(
        count, parameters, moment(0) + place, gradientSum,
        Float(-(1 - momentum) * Double(scale)), -learningRate, Float(momentum))
    case .nesterov(let momentum):
      unsafe kernels.nesterov(
        count, parameters, moment(0) + place, gradientSum, scale, learningRate, Float(momentum))
    case .rmsprop:
      unsafe kernels.rmsprop(
        count, parameters, moment(0) + place, gradientSum, scale, learningRate,
        factors.secondDecay, factors.secondGain, factors.epsilon)
    case .adam, .adamW:
      var factors = factors
      factors.scale = scale
      unsafe kernels.adam(
        count, parameters, moment(0) + place, moment(1) + place, gradientSum, factors)
    }
  }

  @unsafe private func moment(_ index: Int) -> UnsafeMutablePointer<Float> {
    unsafe moments[index].buffer.address
  }
}
