/// The kernels of one instruction set, as pointers to functions compiled for it, and the sizes
/// that the memory they work on must have.
///
/// **Panels.** A matrix of `rows` × N floats in panels is cut into panels of `panelWidth`
/// columns; the last panel may be narrower, a multiple of `lanes`. Panel p starts
/// p · `panelWidth` · `rows` floats from the first and holds its rows one after the other.
/// Elements past N are zero.
///
/// **Groups.** A matrix of F features × m samples in groups is the same with the roles exchanged:
/// groups of `panelWidth` samples, of which each holds F rows; the last may be narrower. Elements
/// past m are finite and have no meaning.
///
/// **Masks.** See `Masks.swift`; a kernel without masks treats all pixels alike.
///
/// All kernels require that buffers neither overlap nor are written by another thread meanwhile.
public struct KernelTable: Sendable {
  /// Floats to read.
  public typealias Input = UnsafePointer<Float>
  /// Floats to write, or to change.
  public typealias Output = UnsafeMutablePointer<Float>
  /// Pixels to read.
  public typealias Pixels = UnsafePointer<UInt8>
  /// Masks to read, bit d % 64 of word d / 64 for element d.
  public typealias Masks = UnsafePointer<UInt64>

  /// The name by which a user can force this variant: "baseline", "neon", "avx2", "avx512".
  public let name: StaticString
  /// Whether multiply-adds are fused; all variants that fuse give the same bits.
  public let isFused: Bool
  /// Floats in a vector.
  public let lanes: Int
  /// Floats in a row of a full panel.
  public let panelWidth: Int

  /// `count` rounded up to whole vectors: the columns that panels of `count` columns take up.
  @inlinable
  public func padded(_ count: Int) -> Int { (count + lanes - 1) / lanes * lanes }

  /// `z = activation(x · W + bias)`, with `activation` ReLU or the identity.
  ///
  /// Arguments: rows m; inputs K; outputs N; x, m rows of K floats, and its row stride; W, K rows
  /// in panels; bias, one row in panels; z, m rows of N floats, padded, and its row stride;
  /// whether to apply ReLU.
  public let forward: @Sendable (Int, Int, Int, Input, Int, Input, Input, Output, Int, Bool) -> Void

  /// As ``forward``, where x are pixels.
  ///
  /// Arguments: rows m; inputs K; outputs N; x, m rows of K pixels, and its row stride; the
  /// feature of each of the 256 values of a pixel; masks of x, or none, and words from one row's
  /// mask to the next; W; bias; z and its row stride; whether to apply ReLU.
  public let forwardPixels:
    @Sendable (
      Int, Int, Int, Pixels, Int, Input, Masks?, Int, Input, Input, Output, Int, Bool
    ) -> Void

  /// `dx = W · dz`: the gradient of the loss with respect to a layer's inputs.
  ///
  /// Arguments: samples m; inputs K; outputs N; dz, N features in groups; W, K rows in panels;
  /// dx, K features in groups.
  public let inputGradient: @Sendable (Int, Int, Int, Input, Input, Output) -> Void

  /// `dW = xᵀ · dz` for one panel of outputs and a range of inputs, summed over all samples in
  /// their order.
  ///
  /// Arguments: samples m; inputs of the range; width of the panel; x at the range's first input,
  /// m rows, and its row stride; dz, m rows of the panel; dW, a row of the panel for each input; the
  /// parameters in the same places that will be written next, as many: fetched for that meanwhile.
  public let weightGradient: @Sendable (Int, Int, Int, Input, Int, Input, Output, Input) -> Void

  /// As ``weightGradient``, where x are pixels.
  ///
  /// Arguments: samples m; inputs of the range; width of the panel; x at the range's first input,
  /// m rows, and its row stride; the feature of each of the 256 values of a pixel; for each input
  /// of the range a mask over the samples, or none, and words from one mask to the next; dz; dW; the
  /// parameters that will be written next.
  public let weightGradientOfPixels:
    @Sendable (Int, Int, Int, Pixels, Int, Input, Masks?, Int, Input, Output, Input) -> Void

  /// `db = Σ dz` for one panel of outputs, summed over all samples in their order.
  ///
  /// Arguments: samples m; width of the panel; dz, m rows of the panel; db, one row.
  public let biasGradient: @Sendable (Int, Int, Input, Output) -> Void

  /// The losses.
  public let losses: LossKernels

  /// Turns a gradient with respect to activations into the deltas of their layer, in panels.
  ///
  /// Arguments: samples m; features F; gradient, F features in groups; the activations of ReLU
  /// (m rows, where one is 0 the delta is 0), or none for the identity; their row stride, at least
  /// F rounded up to a multiple of 4; deltas in panels, the rows in a panel, and the row of the
  /// first sample; whether the deltas also replace the gradient.
  public let scatterDeltas:
    @Sendable (Int, Int, Output, Input?, Int, Output, Int, Int, Bool) -> Void

  /// What moves parameters: the optimizers and what goes with them.
  public let updates: UpdateKernels

  /// Activations and dropout.
  public let activations: ActivationKernels

  /// The mask of the pixels that are not zero.
  ///
  /// Arguments: count; pixels; ceil(count / 64) words.
  public let nonzeroMask: @Sendable (Int, Pixels, UnsafeMutablePointer<UInt64>) -> Void

  /// Turns the masks of samples over 64 features into masks of these features over samples.
  ///
  /// Arguments: samples m; one word of each sample's mask, and the stride between them; 64 masks
  /// of ceil(m / 64) words, and the words from one mask to the next.
  public let transposeMasks: @Sendable (Int, Masks, Int, UnsafeMutablePointer<UInt64>, Int) -> Void

  /// As many multiply-adds as the processor can do: the yardstick of the products.
  ///
  /// Arguments: rounds. Returns the floating-point operations done and a number that depends on
  /// all of them.
  public let peak: @Sendable (Int) -> (operations: Int, result: Float)

  /// `y = eˣ`, `y = log x` and `y = tanh x`, element by element; see `Elementary.swift`.
  ///
  /// Arguments: count; x; y.
  public let exponential: @Sendable (Int, Input, Output) -> Void
  /// See ``exponential``.
  public let logarithm: @Sendable (Int, Input, Output) -> Void
  /// See ``exponential``.
  public let hyperbolicTangent: @Sendable (Int, Input, Output) -> Void

  /// Distorting images.
  public let distortion: DistortionKernels

  /// The kernels of `I`, compiled for it in the calling module.
  ///
  /// Every closure depends on `I`, so that its symbol carries the variant's name: two variants'
  /// functions of one name would be merged by the linker, and one of them would run everywhere.
  @_alwaysEmitIntoClient @inline(__always)
  public init<I: InstructionSet>(_: I.Type, name: StaticString, isFused: Bool) {
    self.init(
      name: name, isFused: isFused, lanes: I.lanes, panelWidth: I.panelWidth,
      forward: {
        KernelTemplates.forward(
          I.self, rows: $0, inputs: $1, outputs: $2, x: FloatFactors($3), xStride: $4, masks: nil,
          maskStride: 0, weights: $5, bias: $6, z: $7, zStride: $8, rectifies: $9)
      },
      forwardPixels: {
        KernelTemplates.forward(
          I.self, rows: $0, inputs: $1, outputs: $2, x: PixelFactors($3, table: $5), xStride: $4,
          masks: $6, maskStride: $7, weights: $8, bias: $9, z: $10, zStride: $11, rectifies: $12)
      },
      inputGradient: {
        KernelTemplates.inputGradient(
          I.self, samples: $0, inputs: $1, outputs: $2, delta: $3, weights: $4, gradient: $5)
      },
      weightGradient: {
        KernelTemplates.weightGradient(
          I.self, samples: $0, inputs: $1, width: $2, x: FloatFactors($3), xStride: $4,
          masks: nil, maskStride: 0, delta: $5, gradient: $6, updated: $7)
      },
      weightGradientOfPixels: {
        KernelTemplates.weightGradient(
          I.self, samples: $0, inputs: $1, width: $2, x: PixelFactors($3, table: $5),
          xStride: $4, masks: $6, maskStride: $7, delta: $8, gradient: $9, updated: $10)
      },
      biasGradient: {
        KernelTemplates.biasGradient(I.self, samples: $0, width: $1, delta: $2, gradient: $3)
      },
      losses: LossKernels(I.self),
      scatterDeltas: {
        KernelTemplates.scatterDeltas(
          I.self, samples: $0, features: $1, gradient: $2, activations: $3, activationStride: $4,
          panels: $5, panelRows: $6, firstRow: $7, returnsMasked: $8, multiplies: false)
      },
      activations: ActivationKernels(I.self),
      updates: UpdateKernels(I.self),
      nonzeroMask: {
        KernelTemplates.nonzeroMask(I.self, count: $0, pixels: $1, mask: $2)
      },
      transposeMasks: {
        KernelTemplates.transposeMasks(
          I.self, samples: $0, masks: $1, maskStride: $2, transposed: $3, transposedStride: $4)
      },
      peak: { KernelTemplates.multiplyAddPeak(I.self, rounds: $0) },
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
      },
      hyperbolicTangent: { count, x, y in
        var i = 0
        while i < count {
          y[i] = KernelTemplates.hyperbolicTangent(I.self, x[i])
          i &+= 1
        }
      },
      distortion: DistortionKernels(I.self))
  }

  @usableFromInline
  init(
    name: StaticString, isFused: Bool, lanes: Int, panelWidth: Int,
    forward:
      @escaping @Sendable (Int, Int, Int, Input, Int, Input, Input, Output, Int, Bool) -> Void,
    forwardPixels:
      @escaping @Sendable (
        Int, Int, Int, Pixels, Int, Input, Masks?, Int, Input, Input, Output, Int, Bool
      ) -> Void,
    inputGradient: @escaping @Sendable (Int, Int, Int, Input, Input, Output) -> Void,
    weightGradient: @escaping @Sendable (Int, Int, Int, Input, Int, Input, Output, Input) -> Void,
    weightGradientOfPixels:
      @escaping @Sendable (Int, Int, Int, Pixels, Int, Input, Masks?, Int, Input, Output, Input) ->
      Void,
    biasGradient: @escaping @Sendable (Int, Int, Input, Output) -> Void,
    losses: LossKernels,
    scatterDeltas:
      @escaping @Sendable (Int, Int, Output, Input?, Int, Output, Int, Int, Bool) -> Void,
    activations: ActivationKernels,
    updates: UpdateKernels,
    nonzeroMask: @escaping @Sendable (Int, Pixels, UnsafeMutablePointer<UInt64>) -> Void,
    transposeMasks:
      @escaping @Sendable (Int, Masks, Int, UnsafeMutablePointer<UInt64>, Int) -> Void,
    peak: @escaping @Sendable (Int) -> (operations: Int, result: Float),
    exponential: @escaping @Sendable (Int, Input, Output) -> Void,
    logarithm: @escaping @Sendable (Int, Input, Output) -> Void,
    hyperbolicTangent: @escaping @Sendable (Int, Input, Output) -> Void,
    distortion: DistortionKernels
  ) {
    self.name = name
    self.isFused = isFused
    self.lanes = lanes
    self.panelWidth = panelWidth
    self.forward = forward
    self.forwardPixels = forwardPixels
    self.inputGradient = inputGradient
    self.weightGradient = weightGradient
    self.weightGradientOfPixels = weightGradientOfPixels
    self.biasGradient = biasGradient
    self.losses = losses
    self.scatterDeltas = scatterDeltas
    self.activations = activations
    self.updates = updates
    self.nonzeroMask = nonzeroMask
    self.transposeMasks = transposeMasks
    self.peak = peak
    self.exponential = exponential
    self.logarithm = logarithm
    self.hyperbolicTangent = hyperbolicTangent
    self.distortion = distortion
  }
}
