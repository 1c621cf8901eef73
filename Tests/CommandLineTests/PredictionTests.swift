import Datasets
import Foundation
import Kernels
import ModelFormats
import NeuralNetwork
import TestSupport
import Testing
import Training

extension CommandLineTests {
  /// What the saved model makes of an image, computed here.
  private static func digit(_ image: GrayscaleImage, by path: String) throws -> Int {
    let evaluator = Evaluator(
      model: try ModelFile.read(path), kernels: try KernelVariant.select(), threads: 1)
    let probabilities = try evaluator.probabilities(of: image)
    return try #require(probabilities.indices.max { probabilities[$0] < probabilities[$1] })
  }

  @Test static func predictPrintsTheDigitTheProbabilitiesAndTheImage() throws {
    let data = try SmallDataset.shared()
    for index in [0, 17, 499] {
      let image = data.test.image(at: index)
      let outcome = try mnist(
        "predict", "--model", data.model, "--data", data.path, "--index", "\(index)")
      #expect(outcome.status == 0, "\(outcome.errors)")
      let lines = outcome.output.split(separator: "\n", omittingEmptySubsequences: false)
      #expect(lines[0] == "test image \(index) of MNIST, label \(data.test.label(at: index))")
      #expect(lines[1] == "digit \(try digit(image, by: data.model))")
      var sum = 0.0
      for (digit, line) in lines[2..<12].enumerated() {
        let match = try #require(line.wholeMatch(of: /\s\s(\d)\s\s+(\d+\.\d) %(\s\s[█▏▎▍▌▋▊▉]+)?/))
        #expect(match.1 == "\(digit)")
        sum += try #require(Double(match.2))
      }
      #expect(abs(sum - 100) < 1)
      // The last one is what follows the last line break.
      #expect(lines.count == 12 + 28 + 1)
      #expect(lines[12...].contains { $0.contains("██") })
    }
    let beyond = try mnist(
      "predict", "--model", data.model, "--data", data.path, "--index", "500")
    #expect(beyond.status == 2)
    #expect(beyond.message.contains("from 0 to 499"))
  }

  @Test static func predictReadsPGMFilesOfAnySizeAndInvertsInkOnPaper() throws {
    let data = try SmallDataset.shared()
    let folder = try TemporaryFolder()
    let image = data.test.image(at: 3)
    let expected = try digit(image, by: data.model)
    let text =
      "P2\n# text\n28 28\n255\n"
      + image.inverted.pixels.map(String.init).joined(separator: "\n") + "\n"
    let paths = [
      try folder.write(image.pgmData, as: "binary.pgm"),
      try folder.write(text.utf8, as: "text.pgm"),
      try folder.write(image.resized(height: 112, width: 112).pgmData, as: "large.pgm"),
    ]
    let outcome = try MNISTProgram.run(["predict", "--model", data.model] + paths)
    #expect(outcome.status == 0, "\(outcome.errors)")
    #expect(outcome.lines.filter { $0 == "digit \(expected)" }.count == 3)
    #expect(outcome.output.contains("binary.pgm, 28 × 28 pixels\n"))
    #expect(
      outcome.output.contains("text.pgm, 28 × 28 pixels, dark ink on light paper: inverted\n"))
    #expect(outcome.output.contains("large.pgm, 112 × 112 pixels\n"))
  }

  /// Images that are no squares, of a model and of a checkpoint; of a model that a newer program did
  /// not write, nobody can tell.
  @Test static func predictKnowsTheSizeOfTheImages() throws {
    let folder = try TemporaryFolder()
    let (count, height, width) = (40, 4, 6)
    let image = GrayscaleImage(
      height: height, width: width, pixels: (0..<height * width).map { UInt8($0 * 10) })
    for part in ["train", "t10k"] {
      let sizes = [count, height, width].flatMap(SmallDataset.bigEndian)
      let pixels = (0..<count).flatMap { index in image.pixels.map { $0 &+ UInt8(index) } }
      try folder.write([0, 0, 8, 3] + sizes + pixels, as: part + "-images-idx3-ubyte")
      try folder.write(
        [0, 0, 8, 1] + SmallDataset.bigEndian(count) + (0..<count).map { UInt8($0 % 10) },
        as: part + "-labels-idx1-ubyte")
    }
    let picture = try folder.write(image.pgmData, as: "picture.pgm")
    let (model, checkpoint) = (folder.file("model.safetensors"), folder.file("run.ckpt"))
    let training = try mnist(
      "train", "--data", folder.path, "--hidden", "none", "--epochs", "1", "--seed", "1",
      "--validation-split", "0", "--save", model, "--checkpoint", checkpoint)
    #expect(training.status == 0, "\(training.errors)")
    let expected = try digit(image, by: model)
    for path in [model, checkpoint] {
      let outcome = try mnist("predict", "--model", path, picture)
      #expect(outcome.status == 0, "\(outcome.errors)")
      #expect(outcome.lines.contains("digit \(expected)"))
    }
    let plain = try ModelFile.read(model)
    try ModelFile.write(
      Model(network: plain.network, parameters: plain.parameters), to: model)
    let unknown = try mnist("predict", "--model", model, picture)
    #expect(unknown.status == 1)
    #expect(unknown.message.contains("found no size and 24 inputs"))
  }

  @Test static func badFilesAreNamed() throws {
    let data = try SmallDataset.shared()
    let folder = try TemporaryFolder()
    let page = try folder.write("<html>".utf8, as: "page.pgm")
    let image = try mnist("predict", "--model", data.model, page)
    #expect(image.status == 1)
    #expect(image.output == "")
    #expect(image.message.contains("page.pgm: expected a grayscale PGM image"))
    let model = try mnist("predict", "--model", page, page)
    #expect(model.status == 1)
    #expect(model.message.contains("page.pgm"))
    let part = try TemporaryFolder()
    try part.write([0], as: "train-images-idx3-ubyte")
    let missing = try mnist(
      "evaluate", "--model", data.model, environment: ["MNIST_DIR": part.path])
    #expect(missing.status == 1)
    #expect(missing.message.contains("3 files are missing"))
    #expect(missing.message.contains("tools/fetch-mnist --dir \(part.path)"))
  }

  @Test static func samplesWritesAContactSheet() throws {
    let data = try SmallDataset.shared()
    let folder = try TemporaryFolder()
    let path = folder.file("sheet.png")
    let outcome = try mnist("samples", "--data", data.path, "--out", path, "--columns", "5")
    #expect(outcome.status == 0)
    #expect(outcome.output.hasPrefix("MNIST: 10 × 5 images, 146 × 291 pixels, written to"))
    let bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: path)))
    #expect(bytes.starts(with: [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]))
    #expect(bytes[16..<24].elementsEqual([0, 0, 0, 146, 0, 0, 1, 35]))
  }
}
