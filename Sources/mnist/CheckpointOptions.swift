import FileSystem
import Terminal
import Training

/// The options of `mnist train` that say where and when to make checkpoints, read and checked.
struct CheckpointOptions {
  /// The file of the newest checkpoint; nil for none at all.
  let path: String?
  let policy: CheckpointPolicy
  /// How many checkpoints to keep, the newest included.
  let kept: Int

  private static let checkpoint = Option(
    "checkpoint", ValueSyntax.text("FILE", allowed: "the path of a file to write").optional,
    default: nil,
    help: "write everything that is needed to go on to this file, as the run goes and at its end")
  private static let every = Option(
    "checkpoint-every", policySyntax, default: .everyEpoch, defaultText: "epoch",
    help: "iterations from one checkpoint to the next, or the word epoch")
  private static let kept = Option(
    "keep-checkpoints", .integer(1...1000, placeholder: "K"), default: 1, defaultText: "1",
    help: "checkpoints to keep: FILE is the newest, FILE.1 the one before, FILE.2 …")

  /// In the order of the help.
  static var all: [any OptionDeclaration] { [checkpoint, every, kept] }

  private static let policySyntax: ValueSyntax<CheckpointPolicy> = {
    let count = ValueSyntax.integer(1...1_000_000_000)
    return ValueSyntax(
      placeholder: "N|epoch", allowed: "epoch, or \(count.allowed)", range: count.range
    ) { text in
      text == "epoch" ? .everyEpoch : count.read(text).map { .everyIterations($0) }
    }
  }()

  /// - Parameter checkpoint: What the run goes on from: it remembers what is not given.
  init(_ arguments: ParsedArguments, resuming checkpoint: Checkpoint?) throws(UsageError) {
    path = arguments[Self.checkpoint]
    if path == nil {
      let dependent: [any OptionDeclaration] = [Self.every, Self.kept]
      for option in dependent where arguments.isGiven(option) {
        throw .contradiction(
          "--\(option.name) has no effect without --checkpoint FILE: expected both or neither")
      }
    }
    func note<Value>(_ name: String, _ syntax: ValueSyntax<Value>) -> Value? {
      checkpoint?.notes[name].flatMap(syntax.read)
    }
    policy =
      path == nil
      ? .never
      : arguments.value(of: Self.every, or: note(Note.every, Self.every.syntax))
    kept = arguments.value(of: Self.kept, or: note(Note.kept, Self.kept.syntax))
  }

  /// What a checkpoint remembers of these options.
  var notes: [String: String] {
    let every =
      if case .everyIterations(let count) = policy { "\(count)" } else { "epoch" }
    return [Note.every: every, Note.kept: "\(kept)"]
  }

  private enum Note {
    static let every = "checkpoint_every"
    static let kept = "keep_checkpoints"
  }
}

extension ParsedArguments {
  /// The option's value if it was given, else `remembered`, else the option's default.
  func value<Value>(of option: Option<Value>, or remembered: Value?) -> Value {
    isGiven(option) ? self[option] : remembered ?? self[option]
  }
}
