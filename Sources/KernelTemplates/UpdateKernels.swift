/// The kernels of an update, each of them one pass over `count` parameters in a row and what
/// belongs to them. The count is a multiple of the vector's lanes.
///
/// Every element is computed from the elements in its own place alone, by fused multiply-adds and
/// by the operations that IEEE 754 rounds correctly (+ − × ÷ √), so all variants that fuse give the
/// same bits. A place where parameter, moments and gradient are zero stays zero.
///
/// Σg is the gradient summed over a batch, and scale · Σg its average.
public struct UpdateKernels: Sendable {
  /// Floats to read.
  public typealias Input = UnsafePointer<Float>
  /// Floats to write, or to change.
  public typealias Output = UnsafeMutablePointer<Float>

  // MARK: Optimizers

  /// `w ← w − rate · scale · Σg`.
  ///
  /// Arguments: count; w; Σg; scale; rate.
  public let sgd: @Sendable (Int, Output, Input, Float, Float) -> Void

  /// `v ← momentum · v + scale · Σg`, then `w ← w − rate · v`. With a negative scale and rate it is
  /// the lectures' form, whose v points downhill.
  ///
  /// Arguments: count; w; v; Σg; scale; rate; momentum.
  public let momentum: @Sendable (Int, Output, Output, Input, Float, Float, Float) -> Void

  /// `v ← momentum · v + scale · Σg`, then `w ← w − rate · (scale · Σg + momentum · v)`.
  ///
  /// Arguments: count; w; v; Σg; scale; rate; momentum.
  public let nesterov: @Sendable (Int, Output, Output, Input, Float, Float, Float) -> Void

  /// `s ← decay · s + (1 − decay) g²`, then `w ← w − rate · g / (√s + epsilon)`, with g = scale · Σg.
  ///
  /// Arguments: count; w; s; Σg; scale; rate; decay; 1 − decay; epsilon.
  public let rmsprop:
    @Sendable (Int, Output, Output, Input, Float, Float, Float, Float, Float) -> Void

  /// See ``AdamFactors``.
  ///
  /// Arguments: count; w; m; v; Σg; factors.
  public let adam: @Sendable (Int, Output, Output, Output, Input, AdamFactors) -> Void

  // MARK: Gradients

  /// `y ← y + x`.
  ///
  /// Arguments: count; y; x.
  public let add: @Sendable (Int, Output, Input) -> Void

  /// `g ← scale · g`, limited to ±limit.
  ///
  /// Arguments: count; g; scale; limit.
  public let average: @Sendable (Int, Output, Float, Float) -> Void

  /// `sums[n] = Σ g[r][n]²` in double precision, each sum in the order of the rows. The squares of
  /// floats are exact there.
  ///
  /// Arguments: rows; width, a multiple of the vector's lanes; g, a panel; sums.
  public let columnSquares: @Sendable (Int, Int, Input, UnsafeMutablePointer<Double>) -> Void

  // MARK: Regularizers

  /// `g ← g + strength · w`.
  ///
  /// Arguments: count; g; w; strength.
  public let addL2: @Sendable (Int, Output, Input, Float) -> Void

  /// `g ← g + strength · sign(w)`, the sign of 0 being 0.
  ///
  /// Arguments: count; g; w; strength.
  public let addL1: @Sendable (Int, Output, Input, Float) -> Void

  /// `g ← g + strength · 2w / (1 + w²)²`.
  ///
  /// Arguments: count; g; w; strength.
  public let addWeightElimination: @Sendable (Int, Output, Input, Float) -> Void

  /// `w ← factor · w`.
  ///
  /// Arguments: count; w; factor.
  public let scale: @Sendable (Int, Output, Float) -> Void

  /// `w[r][n] ← factors[n] · w[r][n]`.
  ///
  /// Arguments: rows; width, a multiple of the vector's lanes; w, a panel; factors.
  public let scaleColumns: @Sendable (Int, Int, Output, Input) -> Void

  /// The kernels of `I`, compiled for it in the calling module; every closure depends on `I`.
  @_alwaysEmitIntoClient @inline(__always)
  init<I: InstructionSet>(_: I.Type) {
    self.init(
      sgd: {
        KernelTemplates.sgd(
          I.self, count: $0, parameters: $1, gradientSum: $2, scale: $3, learningRate: $4)
      },
      momentum: {
        KernelTemplates.momentum(
          I.self, count: $0, parameters: $1, velocity: $2, gradientSum: $3, scale: $4,
          learningRate: $5, momentum: $6)
      },
      nesterov: {
        KernelTemplates.nesterov(
          I.self, count: $0, parameters: $1, velocity: $2, gradientSum: $3, scale: $4,
          learningRate: $5, momentum: $6)
      },
      rmsprop: {
        KernelTemplates.rmsprop(
          I.self, count: $0, parameters: $1, squares: $2, gradientSum: $3, scale: $4,
          learningRate: $5, decay: $6, gain: $7, epsilon: $8)
      },
      adam: {
        KernelTemplates.adam(
          I.self, count: $0, parameters: $1, first: $2, second: $3, gradientSum: $4, factors: $5)
      },
      add: { KernelTemplates.add(I.self, count: $0, sum: $1, addend: $2) },
      average: { KernelTemplates.average(I.self, count: $0, gradient: $1, scale: $2, limit: $3) },
      columnSquares: {
        KernelTemplates.columnSquares(I.self, rows: $0, width: $1, gradient: $2, sums: $3)
      },
      addL2: { KernelTemplates.addL2(I.self, count: $0, gradient: $1, weights: $2, strength: $3) },
      addL1: { KernelTemplates.addL1(I.self, count: $0, gradient: $1, weights: $2, strength: $3) },
      addWeightElimination: {
        KernelTemplates.addWeightElimination(
          I.self, count: $0, gradient: $1, weights: $2, strength: $3)
      },
      scale: { KernelTemplates.scale(I.self, count: $0, values: $1, factor: $2) },
      scaleColumns: {
        KernelTemplates.scaleColumns(I.self, rows: $0, width: $1, weights: $2, factors: $3)
      })
  }

  @usableFromInline
  init(
    sgd: @escaping @Sendable (Int, Output, Input, Float, Float) -> Void,
    momentum: @escaping @Sendable (Int, Output, Output, Input, Float, Float, Float) -> Void,
    nesterov: @escaping @Sendable (Int, Output, Output, Input, Float, Float, Float) -> Void,
    rmsprop:
      @escaping @Sendable (Int, Output, Output, Input, Float, Float, Float, Float, Float) -> Void,
    adam: @escaping @Sendable (Int, Output, Output, Output, Input, AdamFactors) -> Void,
    add: @escaping @Sendable (Int, Output, Input) -> Void,
    average: @escaping @Sendable (Int, Output, Float, Float) -> Void,
    columnSquares: @escaping @Sendable (Int, Int, Input, UnsafeMutablePointer<Double>) -> Void,
    addL2: @escaping @Sendable (Int, Output, Input, Float) -> Void,
    addL1: @escaping @Sendable (Int, Output, Input, Float) -> Void,
    addWeightElimination: @escaping @Sendable (Int, Output, Input, Float) -> Void,
    scale: @escaping @Sendable (Int, Output, Float) -> Void,
    scaleColumns: @escaping @Sendable (Int, Int, Output, Input) -> Void
  ) {
    self.sgd = sgd
    self.momentum = momentum
    self.nesterov = nesterov
    self.rmsprop = rmsprop
    self.adam = adam
    self.add = add
    self.average = average
    self.columnSquares = columnSquares
    self.addL2 = addL2
    self.addL1 = addL1
    self.addWeightElimination = addWeightElimination
    self.scale = scale
    self.scaleColumns = scaleColumns
  }
}

/// What an iteration of Adam or AdamW does to each parameter w with the moments m and v, with
/// g = scale · Σg:
///
///     m ← firstDecay · m + firstGain · g
///     v ← secondDecay · v + secondGain · g²
///     w ← kept · w − rate · m / (√v · rootFactor + epsilon)
///
/// The corrections of the moments' bias towards their zero start are in `rate` and `rootFactor`.
public struct AdamFactors: Sendable, BitwiseCopyable {
  /// From the gradient summed over the batch to its average.
  public var scale: Float
  /// β₁, what is kept of the first moment.
  public var firstDecay: Float
  /// 1 − β₁.
  public var firstGain: Float
  /// β₂, what is kept of the second moment.
  public var secondDecay: Float
  /// 1 − β₂.
  public var secondGain: Float
  /// What corrects the root of the second moment for its zero start.
  public var rootFactor: Float
  /// Added to the corrected root.
  public var epsilon: Float
  /// The learning rate η, corrected for the first moment's zero start.
  public var rate: Float
  /// What is kept of the parameter: 1, or 1 − η λ with decoupled weight decay.
  public var kept: Float

  /// The factors of one iteration.
  public init(
    scale: Float, firstDecay: Float, firstGain: Float, secondDecay: Float, secondGain: Float,
    rootFactor: Float, epsilon: Float, rate: Float, kept: Float
  ) {
    self.scale = scale
    self.firstDecay = firstDecay
    self.firstGain = firstGain
    self.secondDecay = secondDecay
    self.secondGain = secondGain
    self.rootFactor = rootFactor
    self.epsilon = epsilon
    self.rate = rate
    self.kept = kept
  }
}
