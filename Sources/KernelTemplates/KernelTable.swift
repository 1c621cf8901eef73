/// The kernels of one instruction set, as pointers to functions compiled for it, and the sizes
/// that the memory they work on must have.
///
/// **Panels.** A matrix of `rows` × N floats in panels has ceil(N / `panelWidth`) panels, each
/// of `rows` × `panelWidth` floats: element (row, n) lies at panel n / `panelWidth`, row `row`,
/// place n % `panelWidth`. Elements past N are zero.
///
/// **Groups.** A matrix of F features × m samples in groups has ceil(m / `panelWidth`) groups,
/// each of F × `panelWidth` floats: element (f, sample) lies at group sample / `panelWidth`, row
/// f, place sample % `panelWidth`. Elements past m are finite and have no meaning.
///
/// All kernels require that buffers neither overlap nor are written by another thread meanwhile.
public struct KernelTable: Sendable {
  public typealias Input = UnsafePointer<Float>
  public typealias Output = UnsafeMutablePointer<Float>

  /// The name by which a user can force this variant: "baseline", "neon", "avx2", "avx512".
  public let name: StaticString
  /// Whether multiply-adds are fused; all variants that fuse give the same bits.
  public let isFused: Bool
  /// Floats in a row of a panel.
  public let panelWidth: Int
  /// Rows of a register tile; multiples of it waste nothing.
  public let tileRows: Int

  /// `z = activation(x · W + bias)`, with `activation` ReLU or the identity.
  ///
  /// Arguments: rows m; inputs K; panels of outputs; x, m rows of K floats, and its row stride;
  /// W, K rows in panels; bias, one row of panels; z, m rows of panels × `panelWidth` floats, and
  /// its row stride; whether to apply ReLU.
  public let forward: @Sendable (Int, Int, Int, Input, Int, Input, Input, Output, Int, Bool) -> Void

  /// `dx = W · dz`: the gradient of the loss with respect to a layer's inputs.
  ///
  /// Arguments: groups of samples; inputs K; outputs N; dz, N features in groups; W, K rows in
  /// panels; dx, K features in groups.
  public let inputGradient: @Sendable (Int, Int, Int, Input, Input, Output) -> Void

  /// `dW = xᵀ · dz` for one panel of outputs and a range of inputs, summed over all samples in
  /// their order.
  ///
  /// Arguments: samples m; inputs of the range; x at the range's first input, m rows, and its row
  /// stride; dz, m rows of one panel; dW, a row of `panelWidth` floats for each input.
  public let weightGradient: @Sendable (Int, Int, Input, Int, Input, Output) -> Void

  /// `db = Σ dz` for one panel of outputs, summed over all samples in their order.
  ///
  /// Arguments: samples m; dz, m rows of one panel; db, `panelWidth` floats.
  public let biasGradient: @Sendable (Int, Input, Output) -> Void

  /// The loss −log softmax(z)[label] of each sample and its gradient, softmax(z) − one-hot.
  ///
  /// Arguments: samples m; classes N; z, m rows, and its row stride; m labels below N; m losses;
  /// gradient, N features in groups.
  public let softmaxCrossEntropy:
    @Sendable (Int, Int, Input, Int, UnsafePointer<UInt8>, Output, Output) -> Void

  /// The probabilities softmax(z).
  ///
  /// Arguments: samples m; classes N; z, m rows, and its row stride; m rows of N probabilities.
  public let softmax: @Sendable (Int, Int, Input, Int, Output) -> Void

  /// Turns a gradient with respect to activations into the deltas of their layer, in panels.
  ///
  /// Arguments: samples m; features F; gradient, F features in groups; the activations of ReLU
  /// (m rows, where one is 0 the delta is 0), or none for the identity; their row stride; deltas,
  /// rows of the samples in panels; floats between two panels; whether the deltas also replace
  /// the gradient.
  public let scatterDeltas: @Sendable (Int, Int, Output, Input?, Int, Output, Int, Bool) -> Void

  /// `w ← w − rate · scale · Σg`. The count is a multiple of the vector's lanes.
  ///
  /// Arguments: count; w; Σg; scale; rate.
  public let sgd: @Sendable (Int, Output, Input, Float, Float) -> Void

  /// `v ← momentum · v + scale · Σg`, then `w ← w − rate · v`. The count is a multiple of the
  /// vector's lanes.
  ///
  /// Arguments: count; w; v; Σg; scale; rate; momentum.
  public let momentum: @Sendable (Int, Output, Output, Input, Float, Float, Float) -> Void

  /// `feature = pixel · (1/255)`.
  ///
  /// Arguments: count; pixels; features.
  public let scalePixels: @Sendable (Int, UnsafePointer<UInt8>, Output) -> Void

  /// `y = eˣ` and `y = log x`, element by element; see `exponential` and `logarithm`.
  ///
  /// Arguments: count; x; y.
  public let exponential: @Sendable (Int, Input, Output) -> Void
  public let logarithm: @Sendable (Int, Input, Output) -> Void

  /// The kernels of `I`, compiled for it in the calling module.
  ///
  /// Every closure depends on `I`, so that its symbol carries the variant's name: two variants'
  /// functions of one name would be merged by the linker, and one of them would run everywhere.
  @_alwaysEmitIntoClient @inline(__always)
  public init<I: InstructionSet>(_: I.Type, name: StaticString, isFused: Bool) {
    self.init(
      name: name,
      isFused: isFused,
      panelWidth: I.panelWidth,
      tileRows: I.tileRows,
      forward: {
        KernelTemplates.forward(
          I.self, rows: $0, inputs: $1, panels: $2, x: $3, xStride: $4, weights: $5, bias: $6,
          z: $7, zStride: $8, rectifies: $9)
      },
      inputGradient: {
        KernelTemplates.inputGradient(
          I.self, groups: $0, inputs: $1, outputs: $2, delta: $3, weights: $4, gradient: $5)
      },
      weightGradient: {
        KernelTemplates.weightGradient(
          I.self, samples: $0, inputs: $1, x: $2, xStride: $3, delta: $4, gradient: $5)
      },
      biasGradient: {
        KernelTemplates.biasGradient(I.self, samples: $0, delta: $1, gradient: $2)
      },
      softmaxCrossEntropy: {
        KernelTemplates.softmaxCrossEntropy(
          I.self, samples: $0, classes: $1, logits: $2, logitsStride: $3, labels: $4, losses: $5,
          delta: $6)
      },
      softmax: {
        KernelTemplates.softmax(
          I.self, samples: $0, classes: $1, logits: $2, logitsStride: $3, probabilities: $4)
      },
      scatterDeltas: {
        KernelTemplates.scatterDeltas(
          I.self, samples: $0, features: $1, gradient: $2, activations: $3, activationStride: $4,
          panels: $5, panelStride: $6, returnsMasked: $7)
      },
      sgd: {
        KernelTemplates.sgd(
          I.self, count: $0, parameters: $1, gradientSum: $2, scale: $3, learningRate: $4)
      },
      momentum: {
        KernelTemplates.momentum(
          I.self, count: $0, parameters: $1, velocity: $2, gradientSum: $3, scale: $4,
          learningRate: $5, momentum: $6)
      },
      scalePixels: {
        KernelTemplates.scalePixels(I.self, count: $0, pixels: $1, features: $2)
      },
      exponential: { count, x, y in
        var i = 0
        while i < count {
          y[i] = KernelTemplates.exponential(I.self, x[i])
          i &+= 1
        }
      },
      logarithm: { count, x, y in
        var i = 0
        while i < count {
          y[i] = KernelTemplates.logarithm(I.self, x[i])
          i &+= 1
        }
      })
  }

  @usableFromInline
  init(
    name: StaticString, isFused: Bool, panelWidth: Int, tileRows: Int,
    forward:
      @escaping @Sendable (Int, Int, Int, Input, Int, Input, Input, Output, Int, Bool) -> Void,
    inputGradient: @escaping @Sendable (Int, Int, Int, Input, Input, Output) -> Void,
    weightGradient: @escaping @Sendable (Int, Int, Input, Int, Input, Output) -> Void,
    biasGradient: @escaping @Sendable (Int, Input, Output) -> Void,
    softmaxCrossEntropy:
      @escaping @Sendable (Int, Int, Input, Int, UnsafePointer<UInt8>, Output, Output) -> Void,
    softmax: @escaping @Sendable (Int, Int, Input, Int, Output) -> Void,
    scatterDeltas: @escaping @Sendable (Int, Int, Output, Input?, Int, Output, Int, Bool) -> Void,
    sgd: @escaping @Sendable (Int, Output, Input, Float, Float) -> Void,
    momentum: @escaping @Sendable (Int, Output, Output, Input, Float, Float, Float) -> Void,
    scalePixels: @escaping @Sendable (Int, UnsafePointer<UInt8>, Output) -> Void,
    exponential: @escaping @Sendable (Int, Input, Output) -> Void,
    logarithm: @escaping @Sendable (Int, Input, Output) -> Void
  ) {
    self.name = name
    self.isFused = isFused
    self.panelWidth = panelWidth
    self.tileRows = tileRows
    self.forward = forward
    self.inputGradient = inputGradient
    self.weightGradient = weightGradient
    self.biasGradient = biasGradient
    self.softmaxCrossEntropy = softmaxCrossEntropy
    self.softmax = softmax
    self.scatterDeltas = scatterDeltas
    self.sgd = sgd
    self.momentum = momentum
    self.scalePixels = scalePixels
    self.exponential = exponential
    self.logarithm = logarithm
  }
}
