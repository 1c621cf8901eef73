/// The kernels of activations and dropout: see ``KernelTable`` for the layouts.
///
/// A layer's outputs and their derivatives are rows of one stride, at least the layer's units
/// rounded up to whole vectors.
public struct ActivationKernels: Sendable {
  /// Floats to read.
  public typealias Input = UnsafePointer<Float>
  /// Floats to write, or to change.
  public typealias Output = UnsafeMutablePointer<Float>
  /// Places of samples in a dataset's storage.
  public typealias Samples = UnsafePointer<Int32>

  /// `y = f(y)`, and the derivative there, element by element, padding included.
  ///
  /// Arguments: f; its parameter; rows m; units N; y, m rows; the derivatives, m rows, or none;
  /// the row stride of both.
  public let apply: @Sendable (ElementwiseActivation, Float, Int, Int, Output, Output?, Int) -> Void

  /// `y = softmax(y)`, row by row.
  ///
  /// Arguments: rows m; units N; y, m rows; a second copy of the results, m rows, or none; the row
  /// stride of both.
  public let softmax: @Sendable (Int, Int, Output, Output?, Int) -> Void

  /// The gradient with respect to what softmax was applied to, in place of the one with respect
  /// to its outputs: `y ⊙ g − p Σ g y`, where p are the probabilities and y the outputs, which are
  /// p times what dropout multiplied them by.
  ///
  /// Arguments: samples m; units N; g, N features in groups; y, m rows; p, m rows; the row stride
  /// of both.
  public let softmaxGradient: @Sendable (Int, Int, Output, Input, Input, Int) -> Void

  /// The largest of k linear units for each output, in the places of the first units. Unit j of
  /// output n is number j N + n. The derivative is 1 for the first unit that is largest.
  ///
  /// Arguments: rows m; outputs N; pieces k; the units, m rows of k N; the derivatives, m rows of
  /// k N, or none; the row stride of both.
  public let maxout: @Sendable (Int, Int, Int, Output, Output?, Int) -> Void

  /// From a gradient with respect to the outputs of maxout one with respect to all of its units, as
  /// if each were the largest: k copies, in place.
  ///
  /// Arguments: samples m; outputs N; pieces k; the gradient, N features in groups, in memory for
  /// k N features.
  public let spreadGradient: @Sendable (Int, Int, Int, Output) -> Void

  /// Turns a gradient with respect to activations into the deltas of their layer, in panels, by
  /// multiplying with the derivatives.
  ///
  /// Arguments: samples m; features F; gradient, F features in groups; the derivatives, m rows, and
  /// their row stride; deltas in panels, the rows in a panel, and the row of the first sample;
  /// whether the deltas also replace the gradient.
  public let scatterDeltas: @Sendable (Int, Int, Output, Input, Int, Output, Int, Int, Bool) -> Void

  /// Sets some elements to 0 and multiplies the others by the scale, and so their derivatives.
  ///
  /// Arguments: rows m; units N; pieces, the number of derivatives that belong to an element, N
  /// places apart; the places of the m samples in the dataset; what is dropped; the elements, m
  /// rows; their derivatives, m rows, or none; the row stride of both.
  public let dropout: @Sendable (Int, Int, Int, Samples, DropoutDraw, Output, Output?, Int) -> Void

  /// Sets some pixels to 0 and leaves the others as they are.
  ///
  /// Arguments: rows m; inputs K; the places of the m samples in the dataset; what is dropped; the
  /// pixels, m rows; their row stride.
  public let dropPixels:
    @Sendable (Int, Int, Samples, DropoutDraw, UnsafeMutablePointer<UInt8>, Int) -> Void

  /// `y = Φ(x)`, the distribution function of the standard normal distribution, element by element.
  ///
  /// Arguments: count; x; y.
  public let normalDistribution: @Sendable (Int, Input, Output) -> Void

  /// The kernels of `I`, compiled for it in the calling module.
  @_alwaysEmitIntoClient @inline(__always)
  public init<I: InstructionSet>(_: I.Type) {
    self.init(
      apply: {
        KernelTemplates.applyActivation(
          I.self, $0, parameter: $1, rows: $2, units: $3, y: $4, derivative: $5, stride: $6)
      },
      softmax: {
        KernelTemplates.softmaxActivation(
          I.self, rows: $0, units: $1, y: $2, copy: $3, stride: $4)
      },
      softmaxGradient: {
        KernelTemplates.softmaxGradient(
          I.self, samples: $0, units: $1, gradient: $2, outputs: $3, probabilities: $4, stride: $5)
      },
      maxout: {
        KernelTemplates.maxout(
          I.self, rows: $0, outputs: $1, pieces: $2, z: $3, derivative: $4, stride: $5)
      },
      spreadGradient: {
        KernelTemplates.spreadGradient(
          I.self, samples: $0, outputs: $1, pieces: $2, gradient: $3)
      },
      scatterDeltas: {
        KernelTemplates.scatterDeltas(
          I.self, samples: $0, features: $1, gradient: $2, activations: $3, activationStride: $4,
          panels: $5, panelRows: $6, firstRow: $7, returnsMasked: $8, multiplies: true)
      },
      dropout: {
        KernelTemplates.dropout(
          I.self, rows: $0, units: $1, pieces: $2, samples: $3, draw: $4, y: $5, derivative: $6,
          stride: $7)
      },
      dropPixels: {
        KernelTemplates.dropPixels(
          I.self, rows: $0, inputs: $1, samples: $2, draw: $3, pixels: $4, stride: $5)
      },
      normalDistribution: { count, x, y in
        var i = 0
        while i < count {
          y[i] = KernelTemplates.normalDistribution(I.self, x[i]).cumulative
          i &+= 1
        }
      })
  }

  @usableFromInline
  init(
    apply:
      @escaping @Sendable (ElementwiseActivation, Float, Int, Int, Output, Output?, Int) -> Void,
    softmax: @escaping @Sendable (Int, Int, Output, Output?, Int) -> Void,
    softmaxGradient: @escaping @Sendable (Int, Int, Output, Input, Input, Int) -> Void,
    maxout: @escaping @Sendable (Int, Int, Int, Output, Output?, Int) -> Void,
    spreadGradient: @escaping @Sendable (Int, Int, Int, Output) -> Void,
    scatterDeltas:
      @escaping @Sendable (Int, Int, Output, Input, Int, Output, Int, Int, Bool) -> Void,
    dropout:
      @escaping @Sendable (Int, Int, Int, Samples, DropoutDraw, Output, Output?, Int) -> Void,
    dropPixels:
      @escaping @Sendable (Int, Int, Samples, DropoutDraw, UnsafeMutablePointer<UInt8>, Int) ->
      Void,
    normalDistribution: @escaping @Sendable (Int, Input, Output) -> Void
  ) {
    self.apply = apply
    self.softmax = softmax
    self.softmaxGradient = softmaxGradient
    self.maxout = maxout
    self.spreadGradient = spreadGradient
    self.scatterDeltas = scatterDeltas
    self.dropout = dropout
    self.dropPixels = dropPixels
    self.normalDistribution = normalDistribution
  }
}
