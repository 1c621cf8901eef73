import NeuralNetwork

/// What an optimizer remembers from step to step, in no layout of its own: some numbers for each
/// parameter, in the canonical order of the parameters.
///
/// ``Optimizer/momentNames`` says which: none for SGD, `velocity` for the kinds of momentum,
/// `second_moment` for RMSprop, `first_moment` and `second_moment` for Adam and AdamW.
public struct OptimizerState: Sendable, Equatable {
  /// One number for each parameter.
  public struct Moment: Sendable, Equatable {
    /// What it is, lowercase: "velocity".
    public let name: String
    /// As many as there are parameters, in their canonical order.
    public let values: Parameters

    package init(name: String, values: Parameters) {
      self.name = name
      self.values = values
    }
  }

  /// In the order of ``Optimizer/momentNames``.
  public let moments: [Moment]

  package init(moments: [Moment]) { self.moments = moments }
}
