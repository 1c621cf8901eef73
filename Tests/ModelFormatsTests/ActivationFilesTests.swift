import FileSystem
import ModelFormats
import NeuralNetwork
import TestSupport
import Testing

/// Activations and dropout in models' files.
@Suite struct ActivationFilesTests {
  let folder: TemporaryFolder
  let path: String

  init() throws {
    folder = try TemporaryFolder()
    path = folder.file("model.safetensors")
  }

  static let activations: [Activation] = [
    .identity, .step, .sigmoid, .tanh, .relu, .leakyReLU(slope: 0.1), .elu(alpha: 1 / 3),
    .maxout(pieces: 3), .softmax, .gelu, .silu,
  ]

  @Test(arguments: activations)
  func whatIsReadIsWhatWasWritten(activation: Activation) throws {
    for (dropout, inputDropout) in [(0, 0), (0.5, 0), (1 / 3, 0.2)] as [(Float, Float)] {
      let network = try Network(
        inputs: 5,
        layers: [
          LayerDescription(outputs: 4, activation: activation, dropout: dropout),
          LayerDescription(outputs: 3, activation: activation),
        ], inputDropout: inputDropout)
      let model = Model(network: network, parameters: Parameters(initializing: network, seed: 1))
      try ModelFile.write(model, to: path)
      #expect(try ModelFile.read(path) == model)
    }
  }

  /// Versions before knew no more than hidden layers with ReLU: those are written as they were.
  @Test func theVersionIsTheFirstThatCanSayIt() throws {
    func version(_ activation: Activation, dropout: Float) throws -> String? {
      let network = try Network(
        inputs: 5,
        layers: [
          LayerDescription(outputs: 4, activation: activation, dropout: dropout),
          LayerDescription(outputs: 3, activation: .identity),
        ])
      try ModelFile.write(
        Model(network: network, parameters: Parameters(initializing: network, seed: 1)), to: path)
      let file = try #require(Safetensors(try File.read(path)))
      #expect((file.metadata["dropout"] != nil) == (dropout > 0))
      return file.metadata["format_version"] as? String
    }
    #expect(try version(.relu, dropout: 0) == "1")
    #expect(try version(.relu, dropout: 0.5) == "2")
    #expect(try version(.gelu, dropout: 0) == "2")
  }
}
