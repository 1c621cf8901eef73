import NeuralNetwork
import Terminal
import Training

/// The options of `mnist train` that say what the network is and how it begins, read and checked.
struct NetworkOptions {
  /// Units of each hidden layer.
  let hidden: [Int]
  /// For each hidden layer.
  let activations: [Activation]
  /// For each hidden layer.
  let dropouts: [Float]
  let inputDropout: Float
  let initializer: Initializer

  private static let largestCount = 32

  private static let hidden = Option(
    "hidden",
    .list(of: .integer(1...65_536), atMost: largestCount, placeholder: "LIST"),
    default: TrainDefaults.hidden,
    defaultText: TrainDefaults.hidden.map(String.init).joined(separator: ","),
    help: "units of each hidden layer, separated by commas; none for softmax regression")
  private static let activation = Option(
    "activation",
    ValueSyntax(
      placeholder: "LIST",
      allowed: "one for all hidden layers, or one for each, separated by commas, of "
        + Activation.textForms.joined(separator: ", ")
    ) { list($0, Activation.init) },
    default: [.relu], defaultText: "\(Activation.relu)",
    help: "what the hidden layers apply, one for all or one for each: "
      + Activation.textForms.joined(separator: ", "))
  private static let dropout = Option(
    "dropout",
    ValueSyntax(
      placeholder: "LIST",
      allowed: "one for all hidden layers, or one for each, separated by commas, of "
        + share.allowed,
      range: share.range
    ) { list($0, share.read) },
    default: [0], defaultText: "0",
    help: "share of the hidden layers' outputs that are dropped while training, one for all or one "
      + "for each; a whole number of 65,536ths, the nearest")
  private static let inputDropout = Option(
    "input-dropout", share, default: 0, defaultText: "0",
    help: "share of the pixels that are dropped while training")
  private static let initializer = Option(
    "init",
    ValueSyntax(
      placeholder: "NAME", allowed: Initializer.textForms.joined(separator: ", "),
      read: Initializer.init),
    default: .he, defaultText: "\(Initializer.he)",
    help: "how the first weights are drawn: " + Initializer.textForms.joined(separator: ", "))

  private static let share = ValueSyntax<Double>.decimal("from 0 to less than 1", placeholder: "F")
  { Dropout.isAllowed(Float($0)) }

  /// In the order of the help.
  static var all: [any OptionDeclaration] {
    [hidden, activation, dropout, inputDropout, initializer]
  }

  /// - Parameter checkpoint: What the run goes on from: it remembers what is not given.
  init(_ arguments: ParsedArguments, resuming checkpoint: Checkpoint?) throws(UsageError) {
    let network = checkpoint?.model.network
    let hidden = arguments.value(
      of: Self.hidden, or: network?.layers.dropLast().map(\.outputs))
    self.hidden = hidden
    let layered: [any OptionDeclaration] = [Self.activation, Self.dropout]
    for option in layered where hidden.isEmpty && arguments.isGiven(option) {
      throw .contradiction(
        "--\(option.name) has no effect without hidden layers: expected some in --hidden")
    }
    activations = try Self.values(
      arguments, Self.activation, remembered: network?.layers.dropLast().map(\.activation),
      layers: hidden.count)
    dropouts = try Self.values(
      arguments, Self.dropout, remembered: network?.layers.dropLast().map { Double($0.dropout) },
      layers: hidden.count
    ).map { Float($0) }
    inputDropout =
      arguments.isGiven(Self.inputDropout)
      ? Float(arguments[Self.inputDropout]) : network?.inputDropout ?? 0
    initializer = arguments.value(
      of: Self.initializer, or: checkpoint?.configuration.initializer)
  }

  /// The network for data of some features and classes.
  func network(inputs: Int, outputs: Int) throws(NetworkError) -> Network {
    try Network(
      inputs: inputs,
      layers: hidden.indices.map {
        LayerDescription(
          outputs: hidden[$0], activation: activations[$0], dropout: dropouts[$0])
      } + [LayerDescription(outputs: outputs, activation: .identity)],
      inputDropout: inputDropout)
  }

  /// A value for each hidden layer.
  private static func values<Value>(
    _ arguments: ParsedArguments, _ option: Option<[Value]>, remembered: [Value]?, layers: Int
  ) throws(UsageError) -> [Value] {
    let values = arguments.value(of: option, or: remembered)
    if values.count == layers { return values }
    guard values.count == 1 || !arguments.isGiven(option) else {
      throw .contradiction(
        "--\(option.name) has \(values.count) values for \(layers) hidden "
          + "layer\(layers == 1 ? "" : "s"): expected one for all, or one for each")
    }
    // What is remembered of another number of layers does not fit: the checkpoint's network will be
    // named as what differs.
    return [Value](repeating: values.count == 1 ? values[0] : arguments[option][0], count: layers)
  }

  private static func list<Value>(_ text: String, _ read: (String) -> Value?) -> [Value]? {
    let parts = text.split(separator: ",", omittingEmptySubsequences: false)
    let values = parts.compactMap { read(String($0)) }
    return values.count == parts.count && values.count <= largestCount ? values : nil
  }
}
