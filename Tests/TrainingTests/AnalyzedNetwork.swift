import Datasets
import NeuralNetwork

/// A network and its gradient in double precision, with bounds on what the trainer's floats differ
/// by: see `SumOfProducts`. The bounds hold for every kernel variant, every number of threads and
/// every way of averaging, because they hold for sums in any order.
struct AnalyzedNetwork {
  struct Layer {
    /// [outputs][inputs].
    var weights: [[Estimate]]
    var biases: [Estimate]
  }

  var layers: [Layer]

  init(_ model: Model) {
    layers = ReferenceNetwork(model).layers.map { layer in
      Layer(
        weights: layer.weights.map { $0.map { Estimate($0) } },
        biases: layer.biases.map { Estimate($0) })
    }
  }

  /// All parameters in the canonical order.
  var values: [Estimate] {
    get { layers.flatMap { $0.weights.flatMap { $0 } + $0.biases } }
    set {
      var rest = newValue[...]
      for index in layers.indices {
        for row in layers[index].weights.indices {
          let count = layers[index].weights[row].count
          layers[index].weights[row] = Array(rest.prefix(count))
          rest = rest.dropFirst(count)
        }
        layers[index].biases = Array(rest.prefix(layers[index].biases.count))
        rest = rest.dropFirst(layers[index].biases.count)
      }
    }
  }

  /// The mean loss over samples. The trainer adds the losses in double precision.
  func loss(_ samples: [ReferenceSample]) -> Estimate {
    let losses = samples.map { loss(logits: outputs($0).last ?? [], label: $0.label) }
    let count = Double(samples.count)
    return Estimate(
      losses.reduce(0) { $0 + $1.value } / count, error: losses.reduce(0) { $0 + $1.error } / count)
  }

  /// For each parameter in the canonical order, the sum over samples of the products of its input
  /// and its delta: the gradient before the division by their number.
  func gradientSums(_ samples: [ReferenceSample]) -> [SumOfProducts] {
    var weights = layers.map { $0.weights.map { $0.map { _ in SumOfProducts() } } }
    var biases = layers.map { $0.biases.map { _ in SumOfProducts() } }
    for sample in samples {
      let outputs = outputs(sample)
      var deltas = deltas(logits: outputs[layers.count - 1], label: sample.label)
      for index in layers.indices.reversed() {
        let inputs = index == 0 ? features(sample) : outputs[index - 1].map(rectified)
        for (n, delta) in deltas.enumerated() {
          for (k, input) in inputs.enumerated() { weights[index][n][k].add(input, delta) }
          biases[index][n].add(Estimate(1), delta)
        }
        if index > 0 {
          deltas = outputs[index - 1].indices.map { k in
            derivative(of: outputs[index - 1][k], times: sum(deltas, layers[index].weights, k))
          }
        }
      }
    }
    return layers.indices.flatMap { weights[$0].flatMap { $0 } + biases[$0] }
  }

  // MARK: Forward

  /// A pixel's feature is `value · (1/255)`: two roundings.
  private func features(_ sample: ReferenceSample) -> [Estimate] {
    sample.x.map { Estimate($0, error: gamma(2) * $0) }
  }

  /// The outputs of all layers, before ReLU.
  private func outputs(_ sample: ReferenceSample) -> [[Estimate]] {
    var y = features(sample)
    return layers.map { layer in
      let z = zip(layer.weights, layer.biases).map { row, bias in
        var sum = SumOfProducts(from: bias)
        for (weight, y) in zip(row, y) { sum.add(weight, y) }
        return sum.estimate
      }
      y = z.map(rectified)
      return z
    }
  }

  /// max(0, z): never further from the exact one than z was.
  private func rectified(_ z: Estimate) -> Estimate { Estimate(max(0, z.value), error: z.error) }

  // MARK: Loss

  // `SoftmaxTests` derives what softmax adds on exact logits, for N classes: (1.4 N + 5) u to the
  // gradient, (2.7 · loss + 1.4 N + 1) u to the loss. Logits that are off by at most E change
  // the loss, log Σ exp z less the label's z, by at most 2 E; and each probability, a quotient of
  // exponentials, by a factor of at most exp 2 E.

  private func loss(logits: [Estimate], label: Int) -> Estimate {
    let largest = logits.reduce(-.infinity) { max($0, $1.value) }
    let sum = logits.reduce(0) { $0 + exponential($1.value - largest) }
    let loss = logarithm(sum) + largest - logits[label].value
    let shift = 2 * logits.reduce(0) { max($0, $1.error) }
    let rounding = (2.7 * (loss + shift) + 1.4 * Double(logits.count) + 1) * unitRoundoff
    return Estimate(loss, error: shift + rounding)
  }

  private func deltas(logits: [Estimate], label: Int) -> [Estimate] {
    let largest = logits.reduce(-.infinity) { max($0, $1.value) }
    let exponentials = logits.map { exponential($0.value - largest) }
    let sum = exponentials.reduce(0, +)
    let factor = exponential(2 * logits.reduce(0) { max($0, $1.error) })
    let rounding = (1.4 * Double(logits.count) + 5) * unitRoundoff
    return exponentials.enumerated().map { n, e in
      Estimate(e / sum - (n == label ? 1 : 0), error: e / sum * (factor - 1) + rounding)
    }
  }

  // MARK: Backward

  /// `Σ_n deltas[n] · weights[n][k]`.
  private func sum(_ deltas: [Estimate], _ weights: [[Estimate]], _ k: Int) -> Estimate {
    var sum = SumOfProducts()
    for (delta, row) in zip(deltas, weights) { sum.add(delta, row[k]) }
    return sum.estimate
  }

  /// ReLU's derivative at z times a delta. Where floats may see z on the other side of 0, the
  /// delta may be there or not.
  private func derivative(of z: Estimate, times delta: Estimate) -> Estimate {
    let product = z.value > 0 ? delta : Estimate(0)
    return abs(z.value) > z.error ? product : Estimate(product.value, error: delta.magnitude)
  }
}

/// Stochastic gradient descent in double precision, with bounds on what floats differ by.
struct AnalyzedDescent {
  let momentum: Double
  private var velocities: [Estimate]?

  init(momentum: Float) {
    self.momentum = Double(momentum)
  }

  /// One update of all parameters from a batch.
  mutating func step(_ network: inout AnalyzedNetwork, batch: [ReferenceSample], rate: Double) {
    // The scale and the rate are rounded to floats; by at most u of themselves.
    let count = Double(batch.count)
    let scale = Estimate(1 / count, error: unitRoundoff / count)
    let step = Estimate(-rate, error: unitRoundoff * rate)
    var moved = network.gradientSums(batch).map {
      Estimate(0).addingProduct($0.estimate, scale)
    }
    if momentum > 0, let velocities {
      moved = zip(moved, velocities).map { $0.addingProduct($1, Estimate(momentum)) }
    }
    velocities = moved
    network.values = zip(network.values, moved).map { $0.addingProduct($1, step) }
  }
}
