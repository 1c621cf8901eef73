import Datasets
import Foundation
import NeuralNetwork
import Randomness
import Training

/// A network of any activations and loss, with dropout, in double precision and written as plainly
/// as possible, with bounds on what floats differ by: see `SumOfProducts`. The loss takes the outputs
/// for what it wants, whatever their activation.
struct ActivatedNetwork {
  let network: Network
  let loss: Loss
  /// All parameters in the canonical order, exact.
  var values: [Double]
  /// What dropout multiplies the inputs and each layer's outputs by, for each sample.
  let factors: [[[Double]]]

  /// - Parameter samples: Their places in the dataset's storage.
  init(
    _ model: Model, loss: Loss = .softmaxCrossEntropy(), samples: [Int32], seed: UInt64, epoch: Int
  ) {
    network = model.network
    self.loss = loss
    values = model.parameters.values.map(Double.init)
    factors = samples.map { sample in
      zip(model.network.dropouts, model.network.layerSizes).enumerated().map { layer, part in
        guard let dropout = Dropout(part.0) else { return [Double](repeating: 1, count: part.1) }
        return (0..<part.1).map { element in
          let (group, place) = element.quotientAndRemainder(dividingBy: 128)
          let words = Philox.block(
            counter: SIMD4(
              UInt32(layer << 16 | 16 * group + place % 16), UInt32(sample), UInt32(epoch), 5),
            key: SIMD2(UInt32(truncatingIfNeeded: seed), UInt32(seed >> 32)))
          let word = words[place % 64 / 16]
          let bits = place < 64 ? word & 0xFFFF : word >> 16
          return bits < dropout.threshold ? 0 : 1 / (1 - dropout.share)
        }
      }
    }
  }

  // MARK: Plain numbers

  /// The mean loss.
  func meanLoss(_ samples: [TargetSample]) -> Double {
    zip(samples, factors).reduce(0) { total, pair in
      let (sample, factors) = pair
      var x = zip(sample.x, factors[0]).map { $0.value * $1 }
      var rest = values[...]
      for (layer, factors) in zip(network.layers, factors.dropFirst()) {
        let weights = rest.prefix(layer.weightCount)
        let biases = rest.dropFirst(layer.weightCount).prefix(layer.units)
        let z = biases.enumerated().map { unit, bias in
          zip(weights.dropFirst(unit * layer.inputs), x).reduce(bias) { $0 + $1.0 * $1.1 }
        }
        x = zip(layer.activation.exact(z), factors).map { $0 * $1 }
        rest = rest.dropFirst(layer.parameterCount)
      }
      return total + loss.reference(outputs: x, targets: sample.targets)
    } / Double(samples.count)
  }

  /// What is needed for central differences by each parameter.
  func probes(_ samples: [TargetSample]) -> [Probe] {
    var moved = self
    return values.indices.map { index in
      defer { moved.values[index] = values[index] }
      return Probe(
        value: values[index],
        losses: Probe.steps.map {
          moved.values[index] = values[index] + $0
          return moved.meanLoss(samples)
        })
    }
  }

  /// The mean losses around the value of one parameter.
  struct Probe {
    private static let h = 1e-5
    fileprivate static let steps = [h, -h, 2 * h, -2 * h]

    let value: Double
    let losses: [Double]

    /// The central difference of the loss and a penalty, with what it can be off by: to the next
    /// order, (L(w + h) − L(w − h)) / 2h is off by a third of what it differs by from that with 2h;
    /// the losses themselves are rounded.
    func difference(of penalty: (Double) -> Double = { _ in 0 }) -> Estimate {
      let sums = zip(losses, Self.steps).map { $0 + penalty(value + $1) }
      let near = (sums[0] - sums[1]) / (2 * Self.h)
      let far = (sums[2] - sums[3]) / (4 * Self.h)
      return Estimate(near, error: abs(near - far) + 1e-14 / Self.h)
    }
  }

  // MARK: Numbers with bounds

  /// The gradient of the mean loss in the canonical order, and what floats can differ by.
  func gradient(_ samples: [TargetSample]) -> [Estimate] {
    var sums = values.map { _ in SumOfProducts() }
    for (sample, factors) in zip(samples, factors) {
      var x = zip(sample.x, factors[0]).map {
        $1 == 1 ? $0 : $0.times(Estimate($1, error: unitRoundoff * $1))
      }
      var inputs: [[Estimate]] = []
      var steps: [ActivationStep] = []
      var place = 0
      for (layer, factors) in zip(network.layers, factors.dropFirst()) {
        inputs.append(x)
        let z = (0..<layer.units).map { unit in
          var sum = SumOfProducts(from: Estimate(values[place + layer.weightCount + unit]))
          for (index, x) in x.enumerated() {
            sum.add(Estimate(values[place + unit * layer.inputs + index]), x)
          }
          return sum.estimate
        }
        let step = ActivationStep(layer.activation, z, factors: factors)
        steps.append(step)
        x = step.outputs
        place += layer.parameterCount
      }
      var gradient = lossGradient(x, sample.targets)
      for (index, layer) in network.layers.enumerated().reversed() {
        place -= layer.parameterCount
        let deltas = steps[index].deltas(gradient)
        for (unit, delta) in deltas.enumerated() {
          for (input, x) in inputs[index].enumerated() {
            sums[place + unit * layer.inputs + input].add(x, delta)
          }
          sums[place + layer.weightCount + unit].add(Estimate(1), delta)
        }
        gradient = (0..<layer.inputs).map { input in
          var sum = SumOfProducts()
          for (unit, delta) in deltas.enumerated() {
            sum.add(Estimate(values[place + unit * layer.inputs + input]), delta)
          }
          return sum.estimate
        }
      }
    }
    // The scale is rounded, and so is the product with it.
    let scale = Estimate(
      1 / Double(samples.count), error: unitRoundoff / Double(samples.count))
    return sums.map { $0.estimate.times(scale) }
  }

  private func lossGradient(_ y: [Estimate], _ targets: [Double]) -> [Estimate] {
    if loss == .softmaxCrossEntropy(), let label = targets.firstIndex(of: 1) {
      return Self.lossGradient(y, label: label)
    }
    let error = y.reduce(0) { max($0, $1.error) }
    let exact = loss.referenceGradient(outputs: y.map(\.value), targets: targets)
    return exact.indices.map { n in
      var bound = loss.gradientError(of: exact[n], outputs: y.count, error: error)
      if loss == .meanAbsoluteError, abs(y[n].value - targets[n]) <= y[n].error {
        bound += 2 / Double(y.count)
      }
      return Estimate(exact[n], error: bound)
    }
  }

  /// As in `AnalyzedNetwork`: that of a class has a smaller bound than that of any distribution.
  private static func lossGradient(_ y: [Estimate], label: Int) -> [Estimate] {
    let largest = y.reduce(-.infinity) { max($0, $1.value) }
    let exponentials = y.map { exp($0.value - largest) }
    let sum = exponentials.reduce(0, +)
    let factor = exp(2 * y.reduce(0) { max($0, $1.error) })
    let rounding = (1.4 * Double(y.count) + 5) * unitRoundoff
    return exponentials.enumerated().map { n, e in
      Estimate(e / sum - (n == label ? 1 : 0), error: e / sum * (factor - 1) + rounding)
    }
  }
}

/// A sample with target values, as `ActivatedNetwork` takes it.
struct TargetSample {
  let x: [Estimate]
  let targets: [Double]

  /// Pixels, each the product of its value and a rounded 1/255, and the row of a class.
  init(_ sample: ReferenceSample, classes: Int) {
    x = sample.x.map { Estimate($0, error: gamma(2) * $0) }
    targets = (0..<classes).map { $0 == sample.label ? 1 : 0 }
  }

  /// Floats as they are.
  init(floats dataset: Dataset, at position: Int) {
    x = dataset.features(at: position).map { Estimate(Double($0)) }
    targets = dataset.target(at: position).map(Double.init)
  }
}

extension Estimate {
  /// `self × other` in floats.
  func times(_ other: Estimate) -> Estimate {
    Estimate(
      value * other.value,
      error: abs(value) * other.error + error * other.magnitude
        + unitRoundoff * magnitude * other.magnitude)
  }
}

extension Activation {
  /// The outputs for a layer's linear outputs.
  func exact(_ z: [Double]) -> [Double] {
    switch self {
    case .maxout(let pieces):
      let outputs = z.count / pieces
      return (0..<outputs).map { n in (0..<pieces).map { z[$0 * outputs + n] }.max() ?? 0 }
    case .softmax:
      let largest = z.max() ?? 0
      let exponentials = z.map { exp($0 - largest) }
      let sum = exponentials.reduce(0, +)
      return exponentials.map { $0 / sum }
    default: return z.map { exact($0).value }
    }
  }

  /// f and f′ of the others.
  func exact(_ z: Double) -> (value: Double, slope: Double) {
    let sigma = 1 / (1 + exp(-z))
    let normal = erfc(-z / 2.0.squareRoot()) / 2
    switch self {
    case .identity, .maxout, .softmax: return (z, 1)
    case .step: return (z >= 0 ? 1 : 0, 0)
    case .sigmoid: return (sigma, sigma * (1 - sigma))
    case .tanh: return (Foundation.tanh(z), 1 - Foundation.tanh(z) * Foundation.tanh(z))
    case .relu: return (max(0, z), z > 0 ? 1 : 0)
    case .leakyReLU(let slope): return z > 0 ? (z, 1) : (Double(slope) * z, Double(slope))
    case .elu(let alpha):
      return z > 0 ? (z, 1) : (Double(alpha) * expm1(z), Double(alpha) * exp(z))
    case .gelu:
      return (z * normal, normal + z * exp(-z * z / 2) / (2 * Double.pi).squareRoot())
    case .silu: return (z * sigma, sigma + z * sigma * (1 - sigma))
    }
  }

  /// The largest |f′| and, away from the jump at 0, |f″|; and the jump of f′ at 0.
  fileprivate var slopes: (first: Double, second: Double, jump: Double) {
    switch self {
    case .identity, .maxout, .softmax: (1, 0, 0)
    case .step: (0, 0, 0)
    case .sigmoid: (0.25, 0.1, 0)
    case .tanh: (1, 0.77, 0)
    case .relu: (1, 0, 1)
    case .leakyReLU(let slope): (1, 0, 1 - Double(slope))
    case .elu(let alpha): (max(1, Double(alpha)), Double(alpha), abs(1 - Double(alpha)))
    case .gelu: (1.13, 0.8, 0)
    case .silu: (1.1, 0.5, 0)
    }
  }
}

/// An activation and the dropout behind it, with bounds on what floats differ by.
private struct ActivationStep {
  private(set) var outputs: [Estimate] = []
  /// The derivative of each unit's output with respect to the unit, dropout included.
  private var slopes: [Estimate] = []
  /// Of softmax, its outputs before dropout.
  private var probabilities: [Estimate]?

  init(_ activation: Activation, _ z: [Estimate], factors: [Double]) {
    let kept = factors.map { Estimate($0, error: unitRoundoff * $0) }
    switch activation {
    case .softmax:
      let exact = activation.exact(z.map(\.value))
      let growth = exp(2 * z.reduce(0) { max($0, $1.error) }) - 1
      // The bound of the kernel's test.
      let rounding = (Double(z.count) + 14) * unitRoundoff
      let p = exact.map { Estimate($0, error: $0 * (growth + rounding)) }
      probabilities = p
      outputs = zip(p, kept).map { $0.times($1) }
    case .maxout(let pieces):
      let count = z.count / pieces
      slopes = [Estimate](repeating: Estimate(0), count: z.count)
      for n in 0..<count {
        let units = (0..<pieces).map { $0 * count + n }
        let best = units.reduce(n) { z[$1].value > z[$0].value ? $1 : $0 }
        outputs.append(z[best].times(kept[n]))
        for unit in units {
          // Where floats may see another one as the largest, the derivative may be there or not.
          let isUnclear = units.contains {
            $0 != unit && (unit == best || $0 == best)
              && abs(z[$0].value - z[unit].value) <= z[$0].error + z[unit].error
          }
          slopes[unit] = Estimate(unit == best ? 1 : 0, error: isUnclear ? 1 : 0).times(kept[n])
        }
      }
    default:
      let limits = activation.slopes
      // At most 8 units in the last place: the bounds of the kernels' tests.
      let relative = 16 * unitRoundoff
      for (z, kept) in zip(z, kept) {
        let (value, slope) = activation.exact(z.value)
        let isUnclear = abs(z.value) <= z.error
        let y = Estimate(
          value,
          error: limits.first * z.error + relative * abs(value)
            + (isUnclear && activation == .step ? 1 : 0))
        let d = Estimate(
          slope,
          error: limits.second * z.error + relative * max(abs(slope), limits.second)
            + (isUnclear ? limits.jump : 0))
        outputs.append(y.times(kept))
        slopes.append(d.times(kept))
      }
    }
  }

  /// The deltas, from the gradient with respect to the outputs.
  func deltas(_ gradient: [Estimate]) -> [Estimate] {
    guard let probabilities else {
      return slopes.enumerated().map { $1.times(gradient[$0 % gradient.count]) }
    }
    var sum = SumOfProducts()
    for (g, y) in zip(gradient, outputs) { sum.add(g, y) }
    return outputs.indices.map { n in
      let first = outputs[n].times(gradient[n])
      let p = Estimate(-probabilities[n].value, error: probabilities[n].error)
      return first.addingProduct(p, sum.estimate)
    }
  }
}
