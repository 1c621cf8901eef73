import Datasets
import Kernels
import ModelFormats
import NeuralNetwork
import Terminal
import Training

/// `mnist predict`: which digit an image shows.
enum PredictCommand {
  private static let index = Option(
    "index", ValueSyntax.integer(0...Int.max).optional, default: nil,
    help: "predict this test image of the data set, counted from 0, in place of files")

  static let declaration = CommandDeclaration(
    name: "predict", summary: "say which digit an image shows",
    options: [SharedOptions.model, index, SharedOptions.data, SharedOptions.embedded],
    positional: PositionalDeclaration(
      "IMAGE…",
      help: "PGM files, binary or text, of any size: scaled to the model's input, and inverted "
        + "when they are dark on light"),
    examples: [
      ("mnist predict --model digits.safetensors four.pgm", "the digit in a picture"),
      ("mnist predict --model digits.safetensors --index 7", "test image 7 of the data set"),
    ])

  static func run(_ arguments: ParsedArguments, _ console: Console) throws -> ExitStatus {
    try checkWhatToPredict(arguments)
    let variant = try KernelVariant.select()
    let path = arguments[SharedOptions.model]
    let model = try ModelFile.read(path)
    let evaluator = Evaluator(model: model, kernels: variant, threads: 1)
    if let index = arguments[index] {
      let test = try DataSelection.load(
        .test, from: DataLocation(arguments, console, doing: "taking"))
      guard index < test.count else {
        throw UsageError.invalidValue(
          option: "--index", value: "\(index)",
          allowed: "a whole number from 0 to \(NumberText.grouped(test.count - 1)) "
            + "for the test images of \(test.name)")
      }
      let image = test.image(at: index)
      let probabilities = try evaluator.probabilities(of: image)
      console.print(
        "test image \(NumberText.grouped(index)) of \(test.name), "
          + "label \(test.label(at: index))")
      show(probabilities, of: image, console)
      return .success
    }
    let size = try imageSize(of: model, path: path)
    // Every file is read before the first result is shown.
    let images = try arguments.positional.map { try GrayscaleImage(contentsOfPGM: $0) }
    for (position, image) in images.enumerated() {
      if position > 0 { console.print() }
      let inked = image.isDarkOnLight ? image.inverted : image
      let input = inked.fitted(height: size.height, width: size.width)
      let probabilities = try evaluator.probabilities(of: input)
      console.print(
        "\(arguments.positional[position]), \(image.width) × \(image.height) pixels"
          + (image.isDarkOnLight ? ", dark ink on light paper: inverted" : ""))
      show(probabilities, of: input, console)
    }
    return .success
  }

  private static func checkWhatToPredict(_ arguments: ParsedArguments) throws(UsageError) {
    if arguments.isGiven(index) {
      if let image = arguments.positional.first {
        throw .contradiction(
          "--index and the image \"\(image)\" contradict each other: expected one of them")
      }
      return
    }
    guard !arguments.positional.isEmpty else {
      throw .contradiction("nothing to predict: expected PGM files or --index N, found neither")
    }
    let sources: [any OptionDeclaration] = [SharedOptions.data, SharedOptions.embedded]
    for option in sources where arguments.isGiven(option) {
      throw .contradiction(
        "--\(option.name) and the image \"\(arguments.positional[0])\" contradict each other: "
          + "expected --\(option.name) together with --index only")
    }
  }

  /// The size of the images that the network takes: the file's, else that of a square.
  private static func imageSize(of model: Model, path: String) throws -> ImageSize {
    if let size = model.imageSize { return size }
    let inputs = model.network.inputCount
    let side = Int(Double(inputs).squareRoot() + 0.5)
    guard let square = ImageSize(height: side, width: side), square.pixelCount == inputs else {
      throw NotAnImageModel(path: path, inputs: inputs)
    }
    return square
  }

  private static func show(
    _ probabilities: [Float], of image: GrayscaleImage, _ console: Console
  ) {
    let best = probabilities.indices.max { probabilities[$0] < probabilities[$1] } ?? 0
    console.print(console.style.bold("digit \(best)"))
    for (digit, probability) in probabilities.enumerated() {
      let percent = NumberText.percent(Double(probability), decimals: 1)
      let bar = console.bar.filled(Double(probability), width: 40)
      let line = "  \(digit)  \(TextWrapping.rightAligned(percent, to: 7))"
      console.print(bar.isEmpty ? line : "\(line)  \(bar)")
    }
    let picture = CharacterImage(hasUnicode: console.outputCapabilities.hasUnicode)
    for line in picture.lines(of: image) { console.print(line) }
  }
}

/// A model whose inputs are not the pixels of an image of a size that is known.
struct NotAnImageModel: Error, CustomStringConvertible {
  let path: String
  let inputs: Int

  var description: String {
    "\(path): expected the size of the images that the network takes, or as many inputs as a "
      + "square has pixels, found no size and \(inputs) inputs"
  }
}
