import Kernels
import ParallelTrainer
import Terminal
import Training

/// `mnist experiment`: what a first course on neural networks shows, as a table of this machine.
enum ExperimentCommand {
  private static let seed = Option(
    "seed", .integer(UInt64.min...UInt64.max), default: 1, defaultText: "1",
    help: "what every random decision is drawn from")
  private static let log = Option(
    "log", ValueSyntax.text("FILE.jsonl", allowed: "the path of a file to write").optional,
    default: nil, help: "write the table to this file (JSON Lines), for tools/plot.py")

  static let declaration = CommandDeclaration(
    name: "experiment", summary: "run an experiment of a first course and print its table",
    options: [SharedOptions.data, SharedOptions.embedded, SharedOptions.threads, seed, log],
    positional: PositionalDeclaration(
      "NAME",
      help: all.map { "\($0.name) (\($0.summary))" }.joined(separator: "; ")),
    examples: [
      ("mnist experiment depth", "on MNIST, else on the embedded digits"),
      ("mnist experiment batch-size --log batch-size.jsonl", "with a log"),
      ("tools/plot.py batch-size.jsonl", "draws it, with Python's matplotlib"),
    ])

  static let all: [any Experiment] = [
    DepthExperiment(), WidthExperiment(), BatchSizeExperiment(), VanishingExperiment(),
    BoundaryExperiment(),
  ]

  static func run(_ arguments: ParsedArguments, _ console: Console) throws -> ExitStatus {
    let names = all.map(\.name).joined(separator: ", ")
    guard let name = arguments.positional.first, arguments.positional.count == 1,
      let experiment = all.first(where: { $0.name == name })
    else {
      throw UsageError.contradiction(
        "expected the name of one experiment (\(names)), found "
          + (arguments.positional.isEmpty
            ? "none" : "\"" + arguments.positional.joined(separator: " ") + "\""))
    }
    let variant = try KernelVariant.select()
    if !experiment.needsImages {
      for option in [SharedOptions.data.name, SharedOptions.embedded.name]
      where arguments.isGiven(named: option) {
        throw UsageError.contradiction(
          "--\(option) has no effect on the experiment \(name), which draws its own points: "
            + "expected one without the other")
      }
    }
    let log = try arguments[log].map { try ExperimentLog(path: $0) }
    let data =
      experiment.needsImages
      ? try DataSelection(arguments, console, doing: "experimenting on") : nil
    let laboratory = Laboratory(
      images: data.map { ($0.training, $0.test) }, variant: variant,
      threads: arguments.threadCount, seed: arguments[seed], console: console)
    defer { laboratory.liveLine.clear() }
    try log?.start(
      ExperimentLog.Start(
        version: PackageVersion.current, experiment: name, kernel: variant.name,
        threads: laboratory.threads, seed: laboratory.seed,
        dataset: data?.training.name ?? "points"))
    console.print("\(name): \(experiment.summary)")
    if let data {
      console.print(
        "data: \(data.training.name), \(NumberText.grouped(data.training.count)) training and "
          + "\(NumberText.grouped(data.test.count)) test images")
    }
    for line in TextWrapping.lines(experiment.remark, width: Console.longestLine) {
      console.print(line)
    }
    console.print()
    let table = try experiment.run(in: laboratory) { try log?.row($0) }
    laboratory.liveLine.clear()
    for line in table.lines { console.print(line) }
    try log?.end()
    return .success
  }
}

extension ParsedArguments {
  /// Whether the option of this name was given.
  fileprivate func isGiven(named name: String) -> Bool {
    command.options.contains { $0.name == name && isGiven($0) }
  }
}
