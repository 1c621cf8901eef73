import Datasets
import Foundation
import Kernels
import NeuralNetwork
import Testing
import Training

/// The network of the lectures that is worked through by hand: 2-2-2, sigmoid, ½ squared error,
/// η = 0.5, inputs (0.1, 0.5), targets (0.05, 0.95). Its biases stay fixed there; one step moves the
/// weights in the same way whether they do or not, so only weights are compared after it.
///
/// Numbers are as printed, nine digits after the point, which the formulas come to in double
/// precision. Floats hold seven: no number here is above 1, and none goes through more than sixteen
/// roundings of 2⁻²⁴ on its way.
@Suite struct LectureNetworkTests {
  private let bound = 16 * 0x1p-24 + 0.5e-9

  /// w1, w2 to h1; w3, w4 to h2; their biases.
  private let hidden: [Float] = [0.04, 0.12, 0.12, 0.08, 0.40, 0.40]
  /// w5, w6 to o1; w7, w8 to o2; their biases.
  private let output: [Float] = [0.24, 0.32, 0.28, 0.20, 0.36, 0.36]
  private let x: [Float] = [0.1, 0.5]

  private func trainer(_ activations: [Activation], _ parameters: [Float]) throws -> Trainer {
    try Trainer(
      model: Model(
        network: Network(
          inputs: 2, layers: activations.map { LayerDescription(outputs: 2, activation: $0) }),
        parameters: Parameters(values: parameters)),
      configuration: TrainingConfiguration(
        epochs: 1, batchSize: 1, learningRate: 0.5, schedule: .constant, optimizer: .sgd,
        loss: .halfSquaredError),
      kernels: .select())
  }

  private func expect(
    _ found: [Float], _ printed: [Double], sourceLocation: SourceLocation = #_sourceLocation
  ) {
    #expect(
      zip(found, printed).allSatisfy { abs(Double($0) - $1) <= bound }, "\(found)",
      sourceLocation: sourceLocation)
  }

  /// The formulas in double precision, to one unit of the last printed digit: the lecture rounds
  /// some numbers and cuts others off.
  @Test func printedDigits() {
    func sigmoid(_ z: Double) -> Double { 1 / (1 + exp(-z)) }
    let x = [0.1, 0.5]
    let target = [0.05, 0.95]
    var w = [0.04, 0.12, 0.12, 0.08, 0.24, 0.32, 0.28, 0.20]
    let net = [w[0] * x[0] + w[1] * x[1] + 0.40, w[2] * x[0] + w[3] * x[1] + 0.40]
    let h = net.map(sigmoid)
    let netOut = [w[4] * h[0] + w[5] * h[1] + 0.36, w[6] * h[0] + w[7] * h[1] + 0.36]
    let y = netOut.map(sigmoid)
    let losses = zip(y, target).map { ($0 - $1) * ($0 - $1) / 2 }
    let delta = zip(y, target).map { ($0 - $1) * $0 * (1 - $0) }
    let below = [
      (delta[0] * w[4] + delta[1] * w[6]) * h[0] * (1 - h[0]),
      (delta[0] * w[5] + delta[1] * w[7]) * h[1] * (1 - h[1]),
    ]
    for index in 0..<2 {
      w[index] -= 0.5 * below[0] * x[index]
      w[2 + index] -= 0.5 * below[1] * x[index]
      w[4 + index] -= 0.5 * delta[0] * h[index]
      w[6 + index] -= 0.5 * delta[1] * h[index]
    }
    for (found, printed, digits) in [
      (net[0], 0.464, 9), (h[0], 0.613962657, 9), (h[1], 0.611114647, 9),
      (netOut[0], 0.702907725, 9), (y[0], 0.668832137, 9), (y[1], 0.657941101, 9),
      (losses[0], 0.191476607, 9), (losses[1], 0.042649200, 9),
      (losses[0] + losses[1], 0.234125807, 9), (y[0] - target[0], 0.618832137, 9),
      (y[0] * (1 - y[0]), 0.221495709, 9), (delta[0] * h[0], 0.08415504, 8),
      (w[4], 0.19792248, 8), (w[6], 0.300177638, 9), (w[5], 0.278117666, 9),
      (w[7], 0.220084039, 9), (w[0], 0.039828257, 9),
    ] {
      #expect(abs(found - printed) < pow(10, -Double(digits)), "\(found), \(printed)")
    }
  }

  @Test func forward() throws {
    expect(try trainer([.identity], hidden).outputs(of: x), [0.464, 0.452])
    expect(try trainer([.sigmoid], hidden).outputs(of: x), [0.613962657, 0.611114647])
    expect(
      try Array(trainer([.sigmoid, .identity], hidden + output).outputs(of: x)[..<1]),
      [0.702907725])
    expect(
      try trainer([.sigmoid, .sigmoid], hidden + output).outputs(of: x),
      [0.668832137, 0.657941101])
  }

  @Test func lossAndStep() throws {
    let trainer = try trainer([.sigmoid, .sigmoid], hidden + output)
    let data = try Dataset(name: "lecture", features: [x], targets: [[0.05, 0.95]])
    let result = try trainer.fit(data)
    #expect(abs(result.epochs[0].loss - 0.234125807) <= bound)
    let found = trainer.model.parameters.values
    // w5 and w7 as printed. The slides go on with slips of arithmetic; these are the right values
    // of w6 (printed 0.238117666), w8 (printed 0.300084039) and w1 (printed 0.039623795).
    expect([found[6], found[8]], [0.19792248, 0.300177638])
    expect([found[7], found[9], found[0]], [0.278117666, 0.220084039, 0.039828257])
    // ∂E/∂w5 = 0.618832137 × 0.221495709 × 0.613962657.
    expect([(0.24 - found[6]) / 0.5], [0.08415504])
  }

  /// Each output's part of the loss.
  @Test func lossOfEachOutput() throws {
    let y = try trainer([.sigmoid, .sigmoid], hidden + output).outputs(of: x)
    expect(zip(y, [0.05, 0.95]).map { ($0 - $1) * ($0 - $1) / 2 }, [0.191476607, 0.042649200])
  }

  // MARK: What such networks learn

  /// XOR with two and with three hidden units.
  @Test(arguments: [2, 3])
  func exclusiveOr(hidden: Int) throws {
    let data = try Dataset(
      name: "XOR", features: [[0, 0], [0, 1], [1, 0], [1, 1]], targets: [[0], [1], [1], [0]])
    let trainer = try Trainer(
      network: Network(
        inputs: 2,
        layers: [
          LayerDescription(outputs: hidden, activation: .tanh),
          LayerDescription(outputs: 1, activation: .sigmoid),
        ]),
      configuration: TrainingConfiguration(
        epochs: 2000, batchSize: 4, learningRate: 0.5, seed: 1, loss: .halfSquaredError),
      kernels: .select())
    try trainer.fit(data)
    let y = try (0..<4).map { try trainer.outputs(of: data.features(at: $0))[0] > 0.5 }
    #expect(y == [false, true, true, false])
  }

  /// sin x over a period by tanh units, to a mean squared error below 0.01, where the
  /// best constant has 0.5.
  @Test func sine() throws {
    let x = (0..<200).map { Float($0) / 200 * 2 * .pi - .pi }
    let data = try Dataset(
      name: "sine", features: x.map { [$0] }, targets: x.map { [Float(sin(Double($0)))] })
    let trainer = try Trainer(
      network: Network(
        inputs: 1,
        layers: [
          LayerDescription(outputs: 16, activation: .tanh),
          LayerDescription(outputs: 1, activation: .identity),
        ]),
      configuration: TrainingConfiguration(
        epochs: 500, batchSize: 20, learningRate: 0.05, seed: 1, loss: .meanSquaredError),
      kernels: .select())
    try trainer.fit(data)
    #expect(try trainer.evaluate(data).loss < 0.01)
  }

  /// Cross-entropies take logits: an output layer with an activation is an error that says so.
  @Test(arguments: [Loss.softmaxCrossEntropy(), .binaryCrossEntropy])
  func crossEntropiesTakeLogits(loss: Loss) throws {
    let trainer = try Trainer(
      network: Network(inputs: 2, layers: [LayerDescription(outputs: 2, activation: .sigmoid)]),
      configuration: TrainingConfiguration(loss: loss), kernels: .select())
    let data = try Dataset(name: "d", features: [[0, 1]], labels: [0], classCount: 2)
    #expect(throws: TrainingError.noLogits(loss: loss.description, activation: "sigmoid")) {
      try trainer.fit(data)
    }
  }
}
