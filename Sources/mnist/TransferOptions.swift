import ModelFormats
import NeuralNetwork
import Terminal
import Training

/// The option of `mnist train` to start from the parameters of another model, read and checked.
struct TransferOptions {
  /// A model's or checkpoint's file, and the layers to take from it, from 0; nil for all.
  let source: (path: String, layers: Set<Int>?)?

  private static let startFrom = Option(
    "start-from",
    ValueSyntax.text("FILE[:LIST]", allowed: "a model or checkpoint, and layers after a colon")
      .optional,
    default: nil,
    help: "take the weights of the same layers from this model or checkpoint, or of some, as "
      + "FILE:1,2; the others are drawn anew",
    conflicts: [TrainOptions.resumeName])

  static var all: [any OptionDeclaration] { [startFrom] }

  init(_ arguments: ParsedArguments) {
    source = arguments[Self.startFrom].map { text in
      guard let colon = text.lastIndex(of: ":"), colon > text.startIndex,
        let layers = Set(layersText: text[text.index(after: colon)...])
      else { return (text, nil) }
      return (String(text[..<colon]), layers)
    }
  }

  /// What the run starts with: fresh parameters, and those that are taken over.
  func initialModel(_ fresh: Model) throws -> Model {
    guard let source else { return fresh }
    let other = try ModelFile.read(source.path)
    do {
      return try fresh.taking(source.layers, from: other)
    } catch {
      throw Failure(path: source.path, reason: error)
    }
  }

  /// A file whose layers are not those of the network.
  struct Failure: Error, CustomStringConvertible {
    let path: String
    let reason: TransferError

    var description: String { "\(path): \(reason)" }
  }
}
