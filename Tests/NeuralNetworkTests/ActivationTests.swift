import NeuralNetwork
import Testing

@Suite struct ActivationTests {
  static let texts: [(Activation, String)] = [
    (.identity, "identity"), (.step, "step"), (.sigmoid, "sigmoid"), (.tanh, "tanh"),
    (.relu, "relu"), (.leakyReLU(), "leaky-relu:0.01"), (.leakyReLU(slope: 0.1), "leaky-relu:0.1"),
    (.leakyReLU(slope: 1), "leaky-relu:1"), (.elu(), "elu:1"),
    (.elu(alpha: 1 / 3), "elu:0.33333334"),
    (.elu(alpha: 1e-10), "elu:1e-10"), (.maxout(), "maxout:2"), (.maxout(pieces: 64), "maxout:64"),
    (.softmax, "softmax"), (.gelu, "gelu"), (.silu, "silu"),
  ]

  @Test(arguments: texts)
  func textForms(activation: Activation, text: String) {
    #expect(activation.description == text)
    #expect(Activation(text) == activation)
  }

  /// A parameter that is left out has its usual value.
  @Test func defaults() {
    #expect(Activation("leaky-relu") == .leakyReLU(slope: 0.01))
    #expect(Activation("elu") == .elu(alpha: 1))
    #expect(Activation("maxout") == .maxout(pieces: 2))
  }

  @Test(arguments: [
    "", "ReLU", "relu:", "relu:1", "sigmoid:1", " tanh", "leaky-relu:", "leaky-relu:-0.1",
    "leaky-relu:1.5", "leaky-relu:nan", "leaky-relu:0.1:2", "elu:-1", "elu:inf", "maxout:1",
    "maxout:65", "maxout:2.5", "nothing",
  ])
  func whatIsNoActivation(text: String) {
    #expect(Activation(text) == nil)
  }

  @Test func pieces() {
    #expect(Activation.maxout(pieces: 5).pieces == 5)
    #expect(Activation.gelu.pieces == 1)
  }
}

@Suite struct LayerDescriptionTests {
  /// Each output of maxout has as many linear units as pieces: the lectures' max(w1 · x + b1,
  /// w2 · x + b2) has two rows of weights and two biases.
  @Test func parameterCountsOfMaxout() throws {
    let network = try Network(
      inputs: 3,
      layers: [
        LayerDescription(outputs: 5, activation: .maxout(pieces: 2)),
        LayerDescription(outputs: 1, activation: .sigmoid),
      ])
    #expect(network.layers.map(\.units) == [10, 1])
    #expect(network.layers.map(\.parameterCount) == [40, 6])
    #expect(network.layerSizes == [3, 5, 1])
  }

  @Test func summaryShowsDropout() throws {
    let network = try Network(
      inputs: 784,
      layers: [
        LayerDescription(outputs: 128, activation: .leakyReLU(slope: 0.1), dropout: 0.5),
        LayerDescription(outputs: 10, activation: .identity),
      ], inputDropout: 0.2)
    #expect(
      network.summary == """
        layer    activation      dropout  output shape  parameters
        input                    0.2      [784]                  0
        dense 1  leaky-relu:0.1  0.5      [128]            100,480
        dense 2  identity                 [10]               1,290
        total                                              101,770
        """)
    #expect(network.activationText == "leaky-relu:0.1,identity")
    #expect(network.dropoutText == "0.2,0.5,0")
  }

  @Test(arguments: [-0.1, 1, 1.5, .nan, .infinity, 1e-6, 0.999_999] as [Float])
  func dropoutOutOfRange(share: Float) {
    #expect(throws: NetworkError.dropoutOutOfRange(position: 1, found: "\(share)")) {
      try Network(
        inputs: 2,
        layers: [
          LayerDescription(outputs: 3, activation: .relu, dropout: share),
          LayerDescription(outputs: 2, activation: .identity),
        ])
    }
    #expect(throws: NetworkError.dropoutOutOfRange(position: 0, found: "\(share)")) {
      try Network(
        inputs: 2, layers: [LayerDescription(outputs: 2, activation: .identity)],
        inputDropout: share)
    }
  }

  @Test func otherErrors() {
    #expect(throws: NetworkError.noLayers) { try Network(inputs: 2, layers: []) }
    #expect(throws: NetworkError.dropoutOfOutputs(found: "0.5")) {
      try Network(
        inputs: 2, layers: [LayerDescription(outputs: 2, activation: .identity, dropout: 0.5)])
    }
    #expect(
      throws: NetworkError.activationOutOfRange(
        layer: 1, activation: "leaky-relu:2", expected: "a slope from 0 to 1")
    ) {
      try Network(
        inputs: 2, layers: [LayerDescription(outputs: 2, activation: .leakyReLU(slope: 2))])
    }
    #expect(throws: NetworkError.unitsOutOfRange(position: 1, found: 80_000)) {
      try Network(
        inputs: 2, layers: [LayerDescription(outputs: 40_000, activation: .maxout(pieces: 2))])
    }
  }

  /// Shares become whole numbers of 65,536ths, and what stays is scaled by what is really dropped.
  @Test func dropoutIsQuantized() {
    #expect(Dropout(0) == nil)
    #expect(Dropout(0.5)?.threshold == 32_768 && Dropout(0.5)?.scale == 2)
    #expect(Dropout(0.1)?.threshold == 6554)
    #expect(Dropout(0.1).map { abs($0.share - 0.1) <= 0x1p-17 } == true)
    #expect(Dropout(0.1)?.scale == Float(65_536.0 / (65_536 - 6554)))
    #expect(Dropout(0x1p-16)?.threshold == 1)
    #expect(Dropout(1 - 0x1p-16)?.threshold == 65_535)
  }
}
