import Terminal
import Training

/// The options of `mnist train` that say what is made small, read and checked.
struct LossOptions {
  let loss: Loss

  private static let kind = Option(
    "loss",
    ValueSyntax(
      placeholder: "NAME", allowed: Loss.kinds.map(\.name).joined(separator: ", "),
      read: { text in Loss.kinds.first { $0.name == text } }),
    default: .softmaxCrossEntropy(), defaultText: Loss.softmaxCrossEntropy().name,
    help: "what is made small: " + Loss.kinds.map(\.name).joined(separator: ", "))
  private static let smoothing = Option(
    "label-smoothing",
    .decimal("from 0 to less than 1", placeholder: "S") { $0 >= 0 && Float($0) < 1 }, default: 0,
    defaultText: "0",
    help: "share of each label that is spread over all classes, with the loss cross-entropy")

  /// In the order of the help.
  static var all: [any OptionDeclaration] { [kind, smoothing] }

  /// - Parameter remembered: The loss of the run that this one goes on with, where it is not given.
  init(_ arguments: ParsedArguments, resuming remembered: Loss?) throws(UsageError) {
    let kind = arguments.isGiven(Self.kind) ? arguments[Self.kind] : remembered
    guard case .softmaxCrossEntropy(let smoothing) = kind ?? arguments[Self.kind] else {
      loss = kind ?? arguments[Self.kind]
      if arguments.isGiven(Self.smoothing) {
        throw .contradiction(
          "--label-smoothing has no effect with the loss \(loss): expected "
            + "--loss \(Loss.softmaxCrossEntropy().name)")
      }
      return
    }
    // A checkpoint remembers both in one.
    loss = .softmaxCrossEntropy(
      labelSmoothing: arguments.isGiven(Self.smoothing)
        ? Float(arguments[Self.smoothing]) : max(smoothing, remembered?.labelSmoothing ?? 0))
  }
}
