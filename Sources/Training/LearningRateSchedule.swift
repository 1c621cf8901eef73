/// How the learning rate changes over a run, as a factor of the configured rate η.
///
/// Every schedule is a function of the iteration, counted from 0, and of the length of the run;
/// ``plateau(factor:patience:)`` also looks at the losses of the epochs before. With a ``WarmUp``
/// of w iterations before it, a schedule begins after the warm-up and runs over what is left:
/// its iteration i is iteration w + i of the run, its total T is that of the run less w, and its
/// epochs are counted from there.
///
/// Rates are computed in double precision with additions, multiplications and divisions alone, so
/// that they have the same bits on every machine, and rounded to single precision once.
public enum LearningRateSchedule: Sendable, Hashable {
  /// η: always the configured rate.
  case constant

  /// η · (1 − i/T): from the configured rate at the first iteration in a straight line to 0 after
  /// the last one: large steps first, then steps small enough to settle.
  case linear

  /// η · factor^⌊epoch / epochs⌋, epochs counted from 0: times `factor` after each so many epochs.
  /// PyTorch's `StepLR`, stepped once an epoch.
  case step(epochs: Int, factor: Double)

  /// η · factor^epoch, epochs counted from 0: times `factor` after each epoch. PyTorch's
  /// `ExponentialLR`, stepped once an epoch.
  case exponential(factor: Double)

  /// η · (s + (1 − s) · (1 + cos(π · i/T)) / 2): along half a cosine from η to the share s of it,
  /// `finalShare`, which is 0 in the common form. PyTorch's `CosineAnnealingLR` with T_max = T,
  /// stepped once an iteration.
  ///
  /// Source: I. Loshchilov, F. Hutter, "SGDR: Stochastic Gradient Descent with Warm Restarts",
  /// ICLR 2017, arXiv:1608.03983, without restarts.
  case cosine(finalShare: Double = 0)

  /// Up from η / startDivisor to η over the first `risingShare` of the run, then down to
  /// η / startDivisor / finalDivisor in its last iteration, both along half a cosine. PyTorch's
  /// `OneCycleLR` (the default values are its own) for the learning rate; momentum stays as it is.
  ///
  ///     r = risingShare · T − 1                                        the iteration of the peak
  ///     i < r:   from start to η,   at the share  i / r  of half a cosine
  ///     i ≥ r:   from η to the end, at the share  (i − r) / (T − 1 − r)
  ///
  /// Source: L. N. Smith, N. Topin, "Super-Convergence: Very Fast Training of Neural Networks
  /// Using Large Learning Rates", 2018, arXiv:1708.07120.
  case oneCycle(risingShare: Double = 0.3, startDivisor: Double = 25, finalDivisor: Double = 1e4)

  /// η · factor^n, where n grows by 1 after each epoch that is the (`patience` + 1)th in a row
  /// without a better loss: that of validation or, where there is none, of training. A loss is
  /// better below (1 − 10⁻⁴) times the best one before. PyTorch's `ReduceLROnPlateau` with its
  /// default threshold, less its refusal to change a rate by 10⁻⁸ or less. Epochs that end while
  /// the rate warms up do not count.
  case plateau(factor: Double, patience: Int)

  /// Whether the rate of an iteration depends on the number of epochs of the run, so that a run
  /// with another number is another run from its first iteration on.
  public var dependsOnLength: Bool {
    switch self {
    case .linear, .cosine, .oneCycle: true
    case .constant, .step, .exponential, .plateau: false
    }
  }

  /// What is wrong with the numbers of the schedule; nil where nothing is.
  var flaw: String? {
    func isFactor(_ value: Double) -> Bool { value > 0 && value.isFinite }
    return switch self {
    case .constant, .linear: nil
    case .step(let epochs, let factor):
      epochs >= 1 && isFactor(factor) ? nil : "at least 1 epoch and a finite factor above 0"
    case .exponential(let factor): isFactor(factor) ? nil : "a finite factor above 0"
    case .cosine(let share):
      share >= 0 && share <= 1 ? nil : "a share of the rate from 0 to 1 at the end"
    case .oneCycle(let share, let start, let final):
      share > 0 && share < 1 && start >= 1 && start.isFinite && final >= 1 && final.isFinite
        ? nil : "a rising share above 0 and below 1, and finite divisors of at least 1"
    case .plateau(let factor, let patience):
      factor > 0 && factor < 1 && patience >= 0
        ? nil : "a factor above 0 and below 1, and a patience of at least 0 epochs"
    }
  }
}

// MARK: Text

/// The text is the schedule's name, lowercase, with its numbers after colons: `step:10:0.5`.
/// Numbers are written so that they read back exactly, and left out where they are the defaults.
extension LearningRateSchedule: LosslessStringConvertible {
  /// The forms of the text, for a person.
  public static let forms =
    "constant, linear, step:EPOCHS:FACTOR, exponential:FACTOR, cosine[:FINAL-SHARE], "
    + "one-cycle[:RISING-SHARE:START-DIVISOR:FINAL-DIVISOR] or plateau:FACTOR:PATIENCE"

  /// The text form: `step:10:0.5`.
  public var description: String {
    let text = PlainNumber.text
    return switch self {
    case .constant: "constant"
    case .linear: "linear"
    case .step(let epochs, let factor): "step:\(epochs):\(text(factor))"
    case .exponential(let factor): "exponential:\(text(factor))"
    case .cosine(let share): share == 0 ? "cosine" : "cosine:\(text(share))"
    case .oneCycle(let share, let start, let final):
      self == .oneCycle()
        ? "one-cycle" : "one-cycle:\(text(share)):\(text(start)):\(text(final))"
    case .plateau(let factor, let patience): "plateau:\(text(factor)):\(patience)"
    }
  }

  /// - Returns: Nil for a text that is none of ``forms`` or whose numbers are out of their range.
  public init?(_ text: String) {
    let parts = text.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
    let numbers = parts.dropFirst().compactMap(PlainNumber.init).map(\.value)
    guard numbers.count == parts.count - 1 else { return nil }
    switch (parts[0], numbers.count) {
    case ("constant", 0): self = .constant
    case ("linear", 0): self = .linear
    case ("step", 2):
      guard let epochs = Int(exactly: numbers[0]) else { return nil }
      self = .step(epochs: epochs, factor: numbers[1])
    case ("exponential", 1): self = .exponential(factor: numbers[0])
    case ("cosine", 0): self = .cosine()
    case ("cosine", 1): self = .cosine(finalShare: numbers[0])
    case ("one-cycle", 0): self = .oneCycle()
    case ("one-cycle", 3):
      self = .oneCycle(
        risingShare: numbers[0], startDivisor: numbers[1], finalDivisor: numbers[2])
    case ("plateau", 2):
      guard let patience = Int(exactly: numbers[1]) else { return nil }
      self = .plateau(factor: numbers[0], patience: patience)
    default: return nil
    }
    if flaw != nil { return nil }
  }
}
