/// The losses of an instruction set: each returns the loss of every sample and its gradient with
/// respect to the network's outputs together.
///
/// Vectors run across the samples of a group, so a sample's loss is one chain over its outputs, in
/// their order, for every vector width. Rows of outputs and of targets have room for a multiple of
/// four floats; what lies past the last output does not matter.
public struct LossKernels: Sendable {
  /// Floats to read.
  public typealias Input = KernelTable.Input
  /// Floats to write, or to change.
  public typealias Output = KernelTable.Output

  /// The probabilities softmax(z).
  ///
  /// Arguments: samples m; classes N; z, m rows, and its row stride; m rows of N probabilities.
  public let softmax: @Sendable (Int, Int, Input, Int, Output) -> Void

  /// The loss −log softmax(z)[label] of each sample and its gradient, softmax(z) − one-hot.
  ///
  /// Arguments: samples m; classes N; z, m rows, and its row stride; m labels below N; m losses;
  /// gradient, N features in groups.
  public let softmaxCrossEntropy:
    @Sendable (Int, Int, Input, Int, UnsafePointer<UInt8>, Output, Output) -> Void

  /// The loss −Σ q log softmax(z) of each sample, with q = (1 − s) t + s / N for targets t and a
  /// smoothing s, and its gradient, softmax(z) Σ q − q.
  ///
  /// Arguments: samples m; classes N; z, m rows, and its row stride; t, m rows, and its row
  /// stride; s; m losses; gradient, N features in groups.
  public let smoothedCrossEntropy:
    @Sendable (Int, Int, Input, Int, Input, Int, Float, Output, Output) -> Void

  /// The mean over outputs of −t log σ(z) − (1 − t) log(1 − σ(z)), and its gradient,
  /// (σ(z) − t) / N.
  ///
  /// Arguments: samples m; outputs N; z, m rows, and its row stride; t, m rows, and its row
  /// stride; m losses; gradient, N features in groups.
  public let binaryCrossEntropy:
    @Sendable (Int, Int, Input, Int, Input, Int, Output, Output) -> Void

  /// The loss c Σ (y − t)² of each sample and its gradient, 2 c (y − t).
  ///
  /// Arguments: samples m; outputs N; y, m rows, and its row stride; t, m rows, and its row
  /// stride; c; m losses; gradient, N features in groups.
  public let squaredError:
    @Sendable (Int, Int, Input, Int, Input, Int, Float, Output, Output) -> Void

  /// The loss c Σ |y − t| of each sample and its gradient, c sign(y − t), where sign(0) = 0.
  ///
  /// Arguments: as ``squaredError``.
  public let absoluteError:
    @Sendable (Int, Int, Input, Int, Input, Int, Float, Output, Output) -> Void

  /// The kernels of `I`, compiled for it in the calling module; see ``KernelTable``.
  @_alwaysEmitIntoClient @inline(__always)
  init<I: InstructionSet>(_: I.Type) {
    self.init(
      softmax: {
        KernelTemplates.softmax(
          I.self, samples: $0, classes: $1, logits: $2, logitsStride: $3, probabilities: $4)
      },
      softmaxCrossEntropy: {
        KernelTemplates.softmaxCrossEntropy(
          I.self, samples: $0, classes: $1, logits: $2, logitsStride: $3, labels: $4, losses: $5,
          delta: $6)
      },
      smoothedCrossEntropy: {
        KernelTemplates.smoothedCrossEntropy(
          I.self, samples: $0, classes: $1, logits: $2, logitsStride: $3, targets: $4,
          targetStride: $5, smoothing: $6, losses: $7, gradient: $8)
      },
      binaryCrossEntropy: {
        KernelTemplates.binaryCrossEntropy(
          I.self, samples: $0, outputs: $1, logits: $2, logitsStride: $3, targets: $4,
          targetStride: $5, losses: $6, gradient: $7)
      },
      squaredError: {
        KernelTemplates.squaredError(
          I.self, samples: $0, outputs: $1, y: $2, stride: $3, targets: $4, targetStride: $5,
          scale: $6, losses: $7, gradient: $8)
      },
      absoluteError: {
        KernelTemplates.absoluteError(
          I.self, samples: $0, outputs: $1, y: $2, stride: $3, targets: $4, targetStride: $5,
          scale: $6, losses: $7, gradient: $8)
      })
  }

  @usableFromInline
  init(
    softmax: @escaping @Sendable (Int, Int, Input, Int, Output) -> Void,
    softmaxCrossEntropy:
      @escaping @Sendable (Int, Int, Input, Int, UnsafePointer<UInt8>, Output, Output) -> Void,
    smoothedCrossEntropy:
      @escaping @Sendable (Int, Int, Input, Int, Input, Int, Float, Output, Output) -> Void,
    binaryCrossEntropy:
      @escaping @Sendable (Int, Int, Input, Int, Input, Int, Output, Output) -> Void,
    squaredError:
      @escaping @Sendable (Int, Int, Input, Int, Input, Int, Float, Output, Output) -> Void,
    absoluteError:
      @escaping @Sendable (Int, Int, Input, Int, Input, Int, Float, Output, Output) -> Void
  ) {
    self.softmax = softmax
    self.softmaxCrossEntropy = softmaxCrossEntropy
    self.smoothedCrossEntropy = smoothedCrossEntropy
    self.binaryCrossEntropy = binaryCrossEntropy
    self.squaredError = squaredError
    self.absoluteError = absoluteError
  }
}
