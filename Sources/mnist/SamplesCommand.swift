import Datasets
import FileSystem
import Terminal

/// `mnist samples`: a contact sheet of the data set.
enum SamplesCommand {
  private static let out = Option(
    required: "out", .text("FILE.png", allowed: "the path of a PNG file to write"),
    help: "picture to write")
  private static let columns = Option(
    "columns", .integer(1...200), default: 20, defaultText: "20",
    help: "training images in each row; there is a row for each class")

  static let declaration = CommandDeclaration(
    name: "samples", summary: "write a contact sheet of the data set",
    options: [out, columns, SharedOptions.data, SharedOptions.embedded],
    examples: [
      ("mnist samples --out digits.png", "200 digits of MNIST, a row for each class"),
      ("mnist samples --embedded --out digits.png", "the same of the embedded digits"),
    ])

  static func run(_ arguments: ParsedArguments, _ console: Console) throws -> ExitStatus {
    let path = arguments[out]
    try File.checkWritable(path)
    let data = try DataSelection(arguments, console, need: .trainingOnly, doing: "showing")
    let sheet = data.training.contactSheet(columns: arguments[columns])
    try File.writeAtomically(sheet.pngData(), to: path)
    console.print(
      "\(data.training.name): \(data.training.classCount) × \(arguments[columns]) images, "
        + "\(sheet.width) × \(sheet.height) pixels, written to \(path)")
    return .success
  }
}
