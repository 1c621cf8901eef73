import Datasets
import FileSystem
import Kernels
import Terminal
import Training

/// `mnist samples`: a contact sheet of the data set.
enum SamplesCommand {
  private static let out = Option(
    required: "out", .text("FILE.png", allowed: "the path of a PNG file to write"),
    help: "picture to write")
  private static let columns = Option(
    "columns", .integer(1...200), default: 20, defaultText: "20",
    help: "training images in each row; there is a row for each class")
  private static let seed = Option(
    "seed", .integer(UInt64.min...UInt64.max), default: 0, defaultText: "0",
    help: "with --distort: the seed of the training run whose first epoch to show")

  static let declaration = CommandDeclaration(
    name: "samples", summary: "write a contact sheet of the data set",
    options: [out, columns, SharedOptions.data, SharedOptions.embedded] + DistortionOptions.all
      + [seed],
    examples: [
      ("mnist samples --out digits.png", "200 digits of MNIST, a row for each class"),
      ("mnist samples --embedded --out digits.png", "the same of the embedded digits"),
      ("mnist samples --distort standard --out digits.png", "as training distorts them"),
    ])

  static func run(_ arguments: ParsedArguments, _ console: Console) throws -> ExitStatus {
    let path = arguments[out]
    let distortion = arguments[DistortionOptions.distort]
    if arguments.isGiven(seed), distortion == nil {
      throw UsageError.contradiction(
        "--seed has no effect without --distort LIST: expected both or neither")
    }
    try File.checkWritable(path)
    let training = try DataSelection.load(
      .training, from: DataLocation(arguments, console, doing: "showing"))
    let distorted = try distortion.map {
      try DistortedImages(
        of: training, distortion: $0, seed: arguments[seed], kernels: .select())
    }
    let sheet = training.contactSheet(
      columns: arguments[columns],
      showing: distorted.map { images in { images.image(at: $0, epoch: 1) } })
    try File.writeAtomically(sheet.pngData(), to: path)
    if let distorted { show(training, distorted, console) }
    console.print(
      "\(training.name): \(training.classCount) × \(arguments[columns]) images, "
        + (distortion.map { "distorted by \($0), " } ?? "")
        + "\(sheet.width) × \(sheet.height) pixels, written to \(path)")
    return .success
  }

  /// The first images, each as it is and in the first two epochs, side by side.
  private static func show(_ dataset: Dataset, _ distorted: DistortedImages, _ console: Console) {
    let picture = CharacterImage(hasUnicode: console.outputCapabilities.hasUnicode)
    let columns = 30
    func row(_ cells: [String]) -> String {
      var line = ""
      for cell in cells {
        line += cell + String(repeating: " ", count: max(0, columns + 2 - cell.count))
      }
      while line.last == " " { line.removeLast() }
      return line
    }
    console.print(row(["as it is", "in epoch 1", "in epoch 2"]))
    for position in 0..<min(2, dataset.count) {
      let images =
        [dataset.image(at: position)]
        + (1...2).map { distorted.image(at: position, epoch: $0) }
      let pictures = images.map { picture.lines(of: $0, columns: columns) }
      for line in 0..<(pictures.map(\.count).max() ?? 0) {
        console.print(row(pictures.map { line < $0.count ? $0[line] : "" }))
      }
    }
  }
}
