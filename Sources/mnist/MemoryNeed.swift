import NeuralNetwork
import Terminal
import Training

/// What a run keeps in memory, so that one which cannot work is refused before it starts.
enum MemoryNeed {
  /// Bytes, roughly: five copies of the parameters (the model, the working layout, the last good
  /// ones, and two while they are exported) and the optimizer's moments, and outputs and their
  /// gradients for each image of a batch. Three times parameters and moments more where checkpoints
  /// are made: those of the newest one, of the one that is being written, and of its file. The best
  /// epoch's parameters are one more, and three in checkpoints.
  /// - Parameter moments: What the optimizer remembers: numbers for each parameter.
  static func bytes(
    network: Network, batchSize: Int, moments: Int = 1, makesCheckpoints: Bool = false,
    restoresBest: Bool = false
  ) -> Double {
    let best = restoresBest ? (makesCheckpoints ? 4 : 1) : 0
    let copies = 5 + moments + (makesCheckpoints ? 3 * (1 + moments) : 0) + best
    let parameters = Double(copies) * Double(network.parameterCount)
    // With activations that keep their derivatives, these too.
    let units = network.layers.reduce(network.inputCount) { $0 + $1.units }
    let derivatives = network.layers.reduce(0) {
      $0 + ($1.activation == .relu && $1.dropout == 0 || $1.activation == .identity ? 0 : $1.units)
    }
    let outputs = Double(batchSize) * Double(2 * units + derivatives)
    return 4 * (parameters + outputs)
  }

  /// - Throws: A usage error when the run needs more memory than there is.
  static func check(
    network: Network, hidden: [Int], batchSize: Int, moments: Int = 1,
    makesCheckpoints: Bool = false, restoresBest: Bool = false,
    available: Double? = UsableMemory.bytes()
  ) throws(UsageError) {
    let needed = bytes(
      network: network, batchSize: batchSize, moments: moments,
      makesCheckpoints: makesCheckpoints, restoresBest: restoresBest)
    guard let available, needed > available else { return }
    let list = hidden.isEmpty ? "none" : hidden.map(String.init).joined(separator: ",")
    throw .contradiction(
      "--hidden \(list) with batches of \(NumberText.grouped(batchSize)) images needs about "
        + "\(gigabytes(needed)) of memory: expected at most the \(gigabytes(available)) that this "
        + "process may use")
  }

  private static func gigabytes(_ bytes: Double) -> String {
    NumberText.fixed(bytes / 1e9, decimals: 1) + " GB"
  }
}
