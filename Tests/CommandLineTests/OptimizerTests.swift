import FileSystem
import Foundation
import ModelFormats
import TestSupport
import Testing
import Training

@testable import mnist

extension CommandLineTests {
  private static func run(_ arguments: String...) throws -> Outcome {
    try MNISTProgram.run(
      ["--data", SmallDataset.shared().path, "--hidden", "16", "--seed", "9"] + arguments)
  }

  /// Every optimizer learns with its own learning rate, and its checkpoint goes on.
  @Test(arguments: Optimizer.defaults)
  static func optimizersLearnAndGoOn(optimizer: Optimizer) throws {
    let folder = try TemporaryFolder()
    let path = folder.file("run.ckpt")
    let outcome = try run(
      "--epochs", "2", "--optimizer", optimizer.name, "--weight-decay", "1e-4", "--clip-norm", "5",
      "--max-norm", "4:layers=1", "--checkpoint", path, "--keep-checkpoints", "2")
    #expect(outcome.status == 0, "\(outcome.message)")
    let last = try CheckpointFile.read(path)
    let expected =
      if case .adamW(let beta1, let beta2, let epsilon, _) = optimizer {
        Optimizer.adamW(beta1: beta1, beta2: beta2, epsilon: epsilon, weightDecay: 1e-4)
      } else { optimizer }
    #expect(last.configuration.optimizer == expected)
    #expect(last.configuration.clipping == .norm(5))
    #expect(last.history[1].loss < last.history[0].loss)
    let resumed = try MNISTProgram.run(["--resume", path + ".1", "--checkpoint", path + "2"])
    #expect(resumed.status == 0, "\(resumed.message)")
    #expect(try CheckpointFile.read(path + "2").model == last.model)
  }

  /// The hidden layer of another model, frozen under a new output layer.
  @Test static func layersAreTransferredAndFrozen() throws {
    let folder = try TemporaryFolder()
    let (old, new) = (folder.file("old"), folder.file("new"))
    #expect(try run("--epochs", "1", "--save", old).status == 0)
    let outcome = try run(
      "--epochs", "1", "--start-from", old + ":1", "--freeze", "1", "--batch-size", "all",
      "--save", new)
    #expect(outcome.status == 0, "\(outcome.message)")
    let first = try ModelFile.read(old).parameters.values
    let second = try ModelFile.read(new).parameters.values
    let frozen = 16 * 785
    #expect(first[..<frozen] == second[..<frozen])
    #expect(first[frozen...] != second[frozen...])
    let misfit = try MNISTProgram.run(
      ["--data", SmallDataset.shared().path, "--hidden", "17", "--start-from", old])
    #expect(misfit.status == 1)
    #expect(
      misfit.message.contains("layer 1 (layers.0.weight): expected the shape [17, 784]"))
  }

  @Test(arguments: [
    ("--optimizer adam --momentum 0.5", "--momentum has no effect with the optimizer adam"),
    ("--optimizer nesterov:0.8 --momentum 0.5", "contradict each other"),
    ("--optimizer adagrad", "--optimizer: expected sgd, momentum, lecture-momentum"),
    ("--clip-norm 1 --clip-value 1", "--clip-norm and --clip-value contradict each other"),
    ("--freeze 3", "layers from 1 to 2"), ("--freeze 1,2", "at least one left to train"),
    ("--l1 0.1:layers=1 --freeze 1", "has no effect on the frozen layers 1"),
    ("--weight-decay 0.1:biases --optimizer adamw", "--decoupled-weight-decay 0.1:biases"),
    ("--max-norm 0", "--max-norm: expected a decimal number above 0"),
    ("--batch-size all --drop-last", "--drop-last has no effect with --batch-size all"),
  ])
  static func optionsWithoutEffectAreErrors(arguments: String, message: String) throws {
    let folder = try TemporaryFolder()
    let outcome = try MNISTProgram.run(
      ["--data", SmallDataset.shared().path, "--hidden", "16"]
        + arguments.split(separator: " ").map(String.init))
    #expect(outcome.status == 2)
    #expect(outcome.message.contains(message), "\(outcome.message)")
    #expect(try folder.contents.isEmpty)
  }
}
