import Datasets
import Kernels
import ModelFormats
import ParallelTrainer
import Terminal
import Training

/// `mnist info`: what the program is, and what it found; or what is in a file that it wrote.
enum InfoCommand {
  static let declaration = CommandDeclaration(
    name: "info", summary: "show version, kernels, cores and the data found",
    options: [SharedOptions.data, SharedOptions.embedded],
    positional: PositionalDeclaration(
      "FILE…", help: "models and checkpoints: check them and show what is in them instead"),
    examples: [
      ("mnist info", "what a run without options would use"),
      ("mnist info run.ckpt", "how far a run has come"),
      ("\(KernelVariant.environmentVariable)=avx2 mnist info", "the same with other kernels"),
    ])

  static func run(_ arguments: ParsedArguments, _ console: Console) throws -> ExitStatus {
    guard arguments.positional.isEmpty else {
      for (index, path) in arguments.positional.enumerated() {
        let contents = try ModelFile.readContents(path)
        if index > 0 { console.print() }
        show("file", path, console)
        for line in contents.description { show(line.label, line.text, console) }
      }
      return .success
    }
    var status = ExitStatus.success
    show("version", "mnist \(PackageVersion.current)", console)
    do throws(KernelError) {
      let variant = try KernelVariant.select()
      let others = KernelVariant.all.map(\.name).filter { $0 != variant.name }
      let alternatives = others.isEmpty ? "" : "; also here: \(others.joined(separator: ", "))"
      show("kernels", "\(variant.name) (\(variant.reason)\(alternatives))", console)
    } catch {
      show("kernels", "error: \(error)", console)
      status = .usage
    }
    show(
      "cores",
      "\(NumberText.grouped(ProcessorCount.seen)) seen, "
        + "\(NumberText.grouped(ProcessorCount.usable)) usable (\(ProcessorCount.explanation))",
      console)
    do {
      let location = try DataLocation.find(
        data: arguments[SharedOptions.data], embedded: arguments[SharedOptions.embedded],
        environment: console.environment)
      show("data", try describe(location), console)
    } catch {
      show("data", "error: \(error)", console)
      if status == .success { status = .failure }
    }
    return status
  }

  private static func describe(_ location: DataLocation) throws -> String {
    guard case .folder(let path) = location else {
      let digits = "the embedded digits, 60,000 training and 10,000 test images of 28 × 28"
      return location == .embedded
        ? digits : "no MNIST found: \(digits); for the real data: \(DataLocation.fetchCommand)"
    }
    let data = try DataSelection(location)
    return "\(data.test.name) in \(path), \(NumberText.grouped(data.training.count)) training "
      + "and \(NumberText.grouped(data.test.count)) test images of "
      + "\(data.test.height) × \(data.test.width)"
  }

  /// A label and its text, wrapped beside it.
  private static func show(_ label: String, _ text: String, _ console: Console) {
    let width = min(max(console.outputCapabilities.width, 60), Console.longestLine) - 9
    for (index, line) in TextWrapping.lines(text, width: width).enumerated() {
      console.print(TextWrapping.padded(index == 0 ? label : "", to: 9) + line)
    }
  }
}
