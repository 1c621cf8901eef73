import NeuralNetwork

/// What an optimizer remembers from step to step, in no layout of its own: some numbers for each
/// parameter, in the canonical order of the parameters.
///
/// Stochastic gradient descent has no moment, or with momentum one (`velocity`).
public struct OptimizerState: Sendable, Equatable {
  /// One number for each parameter.
  public struct Moment: Sendable, Equatable {
    /// What it is, lowercase: "velocity".
    public let name: String
    public let values: Parameters

    package init(name: String, values: Parameters) {
      self.name = name
      self.values = values
    }
  }

  /// The kind of optimizer: "sgd".
  public let optimizer: String
  public let moments: [Moment]

  package init(optimizer: String, moments: [Moment]) {
    self.optimizer = optimizer
    self.moments = moments
  }
}
