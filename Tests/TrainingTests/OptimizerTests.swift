import KernelTemplates
import Kernels
import NeuralNetwork
import Randomness
import Testing

@testable import Training

/// A number in double precision and a bound on what floats make of it, by running error analysis:
/// every operation is rounded once. A fused multiply-add is rounded less often than its two
/// operations, so the bounds hold for both.
private struct Rounded {
  var value: Double
  var error: Double

  init(_ value: Double, error: Double = 0) {
    self.value = value
    self.error = error
  }

  /// A coefficient in double precision, rounded to a float.
  static func coefficient(_ value: Double) -> Rounded {
    Rounded(value, error: unitRoundoff * abs(value))
  }

  private static func rounding(_ value: Double, _ inherited: Double) -> Rounded {
    Rounded(value, error: inherited + unitRoundoff * (abs(value) + inherited))
  }

  static func + (a: Rounded, b: Rounded) -> Rounded {
    rounding(a.value + b.value, a.error + b.error)
  }

  static func - (a: Rounded, b: Rounded) -> Rounded {
    rounding(a.value - b.value, a.error + b.error)
  }

  static func * (a: Rounded, b: Rounded) -> Rounded {
    rounding(
      a.value * b.value,
      abs(a.value) * b.error + a.error * abs(b.value) + a.error * b.error)
  }

  /// |a/b − a'/b'| ≤ (|a − a'| + |a/b| |b − b'|) / |b'|.
  static func / (a: Rounded, b: Rounded) -> Rounded {
    let quotient = a.value / b.value
    return rounding(
      quotient, (a.error + abs(quotient) * b.error) / max(abs(b.value) - b.error, 0))
  }

  /// |√a − √a'| ≤ |a − a'| / √a, and ≤ √|a − a'|.
  var squareRoot: Rounded {
    let root = value.squareRoot()
    let inherited = min(error.squareRoot(), root > 0 ? error / root : .infinity)
    return Self.rounding(root, inherited)
  }
}

/// The definitions of the optimizers, one parameter at a time.
private struct ReferenceOptimizer {
  let optimizer: Optimizer
  var first = Rounded(0)
  var second = Rounded(0)

  mutating func step(_ w: inout Rounded, along g: Rounded, rate: Double, iteration t: Int) {
    let eta = Rounded(rate)
    func coefficient(_ value: Double) -> Rounded { .coefficient(value) }
    func power(_ base: Double) -> Double { (0..<t).reduce(1) { product, _ in product * base } }
    switch optimizer {
    case .sgd: w = w - eta * g
    case .momentum(let mu):
      first = coefficient(mu) * first + g
      w = w - eta * first
    case .lectureMomentum(let lambda):
      first = coefficient(lambda) * first - coefficient(1 - lambda) * g
      w = w + eta * first
    case .nesterov(let mu):
      first = coefficient(mu) * first + g
      w = w - eta * (g + coefficient(mu) * first)
    case .rmsprop(let decay, let epsilon):
      second = coefficient(decay) * second + coefficient(1 - decay) * (g * g)
      w = w - eta * (g / (second.squareRoot + coefficient(epsilon)))
    case .adam(let beta1, let beta2, let epsilon), .adamW(let beta1, let beta2, let epsilon, _):
      if case .adamW(_, _, _, let decay) = optimizer { w = coefficient(1 - rate * decay) * w }
      first = coefficient(beta1) * first + coefficient(1 - beta1) * g
      second = coefficient(beta2) * second + coefficient(1 - beta2) * (g * g)
      let root = second.squareRoot * coefficient(1 / (1 - power(beta2)).squareRoot())
      w = w - coefficient(rate / (1 - power(beta1))) * (first / (root + coefficient(epsilon)))
    }
  }
}

@Suite struct OptimizerTests {
  private static let tables = KernelVariant.all.map(\.kernels) + emulatedKernels

  /// Ten steps of every optimizer along gradients of many sizes, zeros among them, on every variant.
  @Test(arguments: Optimizer.defaults)
  func stepsFollowTheDefinitions(optimizer: Optimizer) throws {
    let network = try Network(inputs: 5, hidden: [], outputs: 64)
    for kernels in Self.tables {
      var random = RandomStream(seed: 4, purpose: .initialization)
      let parameters = PanelParameters(zeros: network, kernels: kernels)
      let count = 128
      let w = parameters.buffer.address
      for index in 0..<count { w[index] = random.uniform(-1, 1) }
      var expected = (0..<count).map { Rounded(Double(w[$0])) }
      let start = expected
      var references = expected.map { _ in ReferenceOptimizer(optimizer: optimizer) }
      let rule = OptimizerRule(optimizer, kernels: kernels, network: network)
      let scale: Float = 0.125
      for iteration in 1...10 {
        let gradient = (0..<count).map { index -> Float in
          index % 7 == 0 ? 0 : random.uniform(-1, 1) * (index % 5 == 0 ? 1e-4 : 1)
        }
        let rate: Float = 1 / Float(iteration + 15)
        rule.begin(iteration: iteration, learningRate: rate)
        rule.update(w, place: 0, count: count, along: gradient, scale: scale)
        for index in 0..<count {
          references[index].step(
            &expected[index], along: Rounded(Double(gradient[index] * scale)),
            rate: Double(rate), iteration: iteration)
        }
        guard iteration == 1 || iteration == 10 else { continue }
        let wrong = (0..<count).count {
          !(abs(Double(w[$0]) - expected[$0].value) <= expected[$0].error)
        }
        #expect(wrong == 0)
      }
      // The test says something only if the way is far longer than the bounds.
      let way = zip(start, expected).reduce(0) { max($0, abs($1.0.value - $1.1.value)) }
      #expect(way > 1000 * expected.reduce(0) { max($0, $1.error) })
    }
  }

  /// Places without a gradient, such as those that fill up a panel, do not move from 0.
  @Test(arguments: Optimizer.defaults)
  func zerosStayZero(optimizer: Optimizer) throws {
    let network = try Network(inputs: 1, hidden: [], outputs: 64)
    for kernels in Self.tables {
      let parameters = PanelParameters(zeros: network, kernels: kernels)
      let rule = OptimizerRule(optimizer, kernels: kernels, network: network)
      for iteration in 1...3 {
        rule.begin(iteration: iteration, learningRate: 0.1)
        rule.update(
          parameters.buffer.address, place: 0, count: 64, along: [Float](repeating: 0, count: 64),
          scale: 1)
      }
      #expect(parameters.export().values.allSatisfy { $0 == 0 })
    }
  }

  /// The lectures' momentum: with λ = 0.9, η = 0.5 and a gradient of 1, v is −0.1 and then −0.19.
  @Test func theMomentumOfTheLectures() throws {
    let network = try Network(inputs: 1, hidden: [], outputs: 16)
    let kernels = try KernelVariant.select().kernels
    let parameters = PanelParameters(zeros: network, kernels: kernels)
    let rule = OptimizerRule(.lectureMomentum(0.9), kernels: kernels, network: network)
    for (iteration, w) in [(1, -0.05), (2, -0.145)] {
      rule.begin(iteration: iteration, learningRate: 0.5)
      rule.update(
        parameters.buffer.address, place: 0, count: 16,
        along: [Float](repeating: 1, count: 16), scale: 1)
      #expect(abs(Double(parameters.buffer.address[0]) - w) < 4 * unitRoundoff)
    }
    #expect(abs(Double(rule.state.moments[0].values.values[0]) + 0.19) < 2 * unitRoundoff)
  }

  @Test func powersAreExactEnough() {
    for base in [0.0, 0.5, 0.9, 0.999] {
      var product = 1.0
      for exponent in 1...2000 {
        product *= base
        let bound = Double(2 * exponent) * 0x1p-52 * product + .leastNonzeroMagnitude
        #expect(abs(OptimizerRule.power(base, exponent) - product) <= bound)
      }
    }
  }

  @Test func textsReadBack() {
    for optimizer in Optimizer.defaults + [
      .adam(beta1: 0.1 + 0.2, beta2: 0, epsilon: 1e-30), .nesterov(1 / 3),
    ] {
      #expect(Optimizer(optimizer.description) == optimizer)
    }
    #expect(Optimizer("adam") == .adam)
    #expect(
      Optimizer("adamw:0.8")
        == .adamW(
          beta1: 0.8, beta2: 0.999, epsilon: 1e-8, weightDecay: 0.01))
    for text in ["", "adagrad", "sgd:0.1", "adam:", "momentum:x", "rmsprop:1:2:3"] {
      #expect(Optimizer(text) == nil)
    }
    for regularizer in [
      Regularizer.l2(1e-4), .l1(0.3, layers: [0, 2]), .maximumNorm(3, includingBiases: true),
      .weightElimination(1, layers: [1], includingBiases: true), .decoupledWeightDecay(0.01),
    ] {
      #expect(Regularizer(regularizer.description) == regularizer)
    }
    for text in ["l2", "l2:x", "l2:1:layers=0", "l2:1:layers=", "l2:1:biases:x", "l3:1"] {
      #expect(Regularizer(text) == nil)
    }
    for clipping in [Clipping.norm(0.1), .value(1e-7)] {
      #expect(Clipping(clipping.description) == clipping)
    }
  }
}
