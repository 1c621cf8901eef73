import FileSystem
import Kernels
import ModelFormats
import NeuralNetwork
import Terminal
import Training

/// `mnist evaluate`: how well a saved model does on the test images.
enum EvaluateCommand {
  private static let confusion = Option(
    "confusion", ValueSyntax.text("FILE", allowed: "the path of a file to write").optional,
    default: nil, help: "write which digits were taken for which to this file (JSON)")

  static let declaration = CommandDeclaration(
    name: "evaluate", summary: "measure a saved model on the test images",
    options: [
      SharedOptions.model, SharedOptions.data, SharedOptions.embedded, SharedOptions.threads,
      confusion,
    ],
    examples: [
      ("mnist evaluate --model digits.safetensors", "its accuracy on the test images")
    ])

  static func run(_ arguments: ParsedArguments, _ console: Console) throws -> ExitStatus {
    let variant = try KernelVariant.select()
    let path = arguments[SharedOptions.model]
    if let file = arguments[confusion] { try File.checkWritable(file) }
    let model = try ModelFile.read(path)
    let location = try DataLocation(arguments, console, doing: "evaluating on")
    let test = try DataSelection.load(.test, from: location)
    let evaluator = Evaluator(model: model, kernels: variant, threads: arguments.threadCount)
    let evaluation = try evaluator.evaluate(test)
    console.print(
      "model \(path): \(model.network), \(NumberText.grouped(model.network.parameterCount)) "
        + "parameters")
    console.print(
      "data: \(test.name) \(location.text), \(NumberText.grouped(test.count)) test images")
    console.print(evaluation.text(console.style))
    if let file = arguments[confusion] {
      let matrix = try ConfusionMatrix(evaluator, test)
      try File.writeAtomically(Array((matrix.json.text + "\n").utf8), to: file)
      console.print("confusion matrix saved to \(file)")
    }
    return .success
  }
}

extension Evaluation {
  /// "test accuracy 98.12 % (9,812 of 10,000), loss 0.0612"; without classes the loss alone.
  func text(_ style: Style) -> String {
    let loss = "loss \(NumberText.fixed(loss, decimals: 4))"
    guard let accuracy, let correctCount else { return "test " + loss }
    return "test accuracy " + style.bold(NumberText.percent(accuracy))
      + " (\(NumberText.grouped(correctCount)) of \(NumberText.grouped(sampleCount))), " + loss
  }
}
