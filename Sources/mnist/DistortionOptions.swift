import Terminal
import Training

/// `--distort`, of the commands that train on distorted images or show them.
enum DistortionOptions {
  static let distort = Option(
    "distort", syntax, default: Distortion?.none, defaultText: "none",
    help: "show each image in each epoch distorted by random numbers up to these: pixels, degrees, "
      + "share, degrees; α and σ of elastic fields; standard: \(Distortion.standard)")

  /// In the order of the help.
  static var all: [any OptionDeclaration] { [distort] }

  private static let syntax = ValueSyntax<Distortion?>(
    placeholder: "LIST",
    allowed: "none, standard, or some of shift:PIXELS, rotate:DEGREES, scale:SHARE, "
      + "shear:DEGREES and elastic:ALPHA:SIGMA, separated by commas",
    range: "shift:2,rotate:10,scale:0.1,shear:5,elastic:34:4"
  ) { text in
    if text == "none" { return .some(nil) }
    return Distortion(text).map { .some($0) }
  }
}

extension ParsedArguments {
  /// How to distort images: as given, else as `run` did, else not at all.
  func distortion(resuming run: TrainingConfiguration?) -> Distortion? {
    isGiven(DistortionOptions.distort) ? self[DistortionOptions.distort] : run?.distortion
  }
}
