import Terminal
import Training

/// Options that more than one command has.
enum SharedOptions {
  static let data = Option(
    "data", ValueSyntax.text("DIR", allowed: "the path of a folder").optional, default: nil,
    defaultText: "$MNIST_DIR, else data/mnist, else the cache folder",
    help: "folder of the four MNIST files, as they come or unzipped")

  static let embedded = Option(
    flag: "embedded", help: "use the digits that the program draws itself",
    conflicts: [data.name])

  static let model = Option(
    required: "model", .text("FILE", allowed: "the path of a model file"),
    help: "model to use, as written by mnist train --save or --checkpoint")

  /// Nil stands for `auto`.
  static let threads = Option<Int?>(
    "threads", threadCount, default: nil, defaultText: "auto",
    help: "threads to use; auto is one for each usable core")

  /// The same of a run that is long enough to find out: nil stands for `auto`.
  static let trainingThreads = Option<Int?>(
    "threads", threadCount, default: nil, defaultText: "auto",
    help: "threads to use, at once no more than there are processors; auto measures for some "
      + "milliseconds how many are the fastest")

  private static let threadCount: ValueSyntax<Int?> = {
    let count = ValueSyntax.integer(1...1024)
    return ValueSyntax(
      placeholder: "N|auto", allowed: "auto, or \(count.allowed)", range: count.range
    ) { text in
      text == "auto" ? .some(nil) : count.read(text).map { .some($0) }
    }
  }()
}

extension ParsedArguments {
  /// The value of `--threads`, with `auto` resolved.
  var threadCount: Int { self[SharedOptions.threads] ?? ProcessorCount.usable }
}
