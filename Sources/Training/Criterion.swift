import Datasets
import Kernels
import NeuralNetwork

/// Room for what some samples should have come to, and what they cost.
final class TargetMemory {
  /// Floats from one sample's target values to the next one's.
  let stride: Int
  private let labels: AlignedBuffer<UInt8>
  private let values: FloatBuffer

  /// - Parameters:
  ///   - rows: Samples at most.
  ///   - poison: What the memory holds at first; the results must not depend on it.
  init(rows: Int, criterion: Criterion, poison: Float = 0) {
    // Rows of multiples of four, as the kernels want them; none where labels are enough.
    stride = criterion.source == .labels ? 0 : (criterion.outputs + 3) / 4 * 4
    labels = AlignedBuffer(
      count: criterion.hasClasses ? rows : 0, repeating: poison.isZero ? 0 : .max)
    values = FloatBuffer(count: rows * stride, repeating: poison)
  }

  /// The class of the sample in `row`; there is room for it where samples belong to classes.
  @unsafe func labels(row: Int) -> UnsafeMutablePointer<UInt8> { unsafe labels.address + row }

  /// The target values of the sample in `row`.
  @unsafe func values(row: Int) -> UnsafeMutablePointer<Float> {
    unsafe values.address + row * stride
  }
}

/// A loss on the targets of one dataset.
struct Criterion {
  /// Where the kernel's targets come from.
  enum Source {
    /// Class numbers, as they are.
    case labels
    /// The one-hot rows of classes.
    case oneHot
    /// The numbers of two classes, as the targets 0 and 1 of one output.
    case binary
    case values
    case features
  }

  let loss: Loss
  let outputs: Int
  let source: Source
  /// Whether the samples belong to classes.
  let hasClasses: Bool
  private let kernels: LossKernels

  /// - Precondition: The dataset fits a network of as many outputs, and the loss.
  init(_ loss: Loss, dataset: Dataset, outputs: Int, kernels: KernelTable) {
    self.loss = loss
    self.outputs = outputs
    self.kernels = kernels.losses
    hasClasses = dataset.classCount > 0
    source =
      if dataset.classCount > 0, loss == .softmaxCrossEntropy() {
        .labels
      } else {
        switch dataset.targets {
        case .classes: outputs == 1 && dataset.classCount == 2 ? .binary : .oneHot
        case .values: .values
        case .features: .features
        }
      }
  }

  /// Copies the targets of samples.
  /// - Parameters:
  ///   - storageIndices: The samples' places in the dataset's storage.
  ///   - firstRow: The row of the first of them.
  func gather(
    _ storageIndices: ArraySlice<Int32>, of dataset: Dataset, into memory: TargetMemory,
    firstRow: Int
  ) {
    for (offset, sample) in storageIndices.enumerated() {
      let row = firstRow + offset
      if hasClasses {
        unsafe memory.labels(row: row).pointee = dataset.storedLabels[Int(sample)]
      }
      switch source {
      case .labels: break
      case .oneHot, .binary: expandLabel(row: row, in: memory)
      case .values:
        unsafe memory.values(row: row).update(
          from: dataset.targetAddress(ofSample: sample), count: outputs)
      case .features where dataset.floats != nil:
        unsafe memory.values(row: row).update(
          from: dataset.featureAddress(ofSample: sample), count: outputs)
      case .features:
        let values = unsafe memory.values(row: row)
        let pixels = unsafe dataset.pixelAddress(ofImage: sample)
        for index in 0..<outputs { unsafe values[index] = Float(pixels[index]) * (1 / 255) }
      }
    }
  }

  /// Makes target values of the class of the sample in `row`, where the kernel wants values.
  func expandLabel(row: Int, in memory: TargetMemory) {
    let label = unsafe memory.labels(row: row).pointee
    let values = unsafe memory.values(row: row)
    switch source {
    case .oneHot:
      unsafe values.update(repeating: 0, count: memory.stride)
      unsafe values[Int(label)] = 1
    case .binary: unsafe values.pointee = label == 0 ? 0 : 1
    case .labels, .values, .features: break
    }
  }

  /// The loss of each of some samples, and its gradient with respect to their outputs.
  /// - Parameters:
  ///   - rows: The samples' rows of the targets.
  ///   - y: The outputs of the first of them, and their row stride.
  ///   - losses: For the loss of the first one, and those after it.
  ///   - gradient: For the gradient, in groups of samples.
  @unsafe func run(
    _ rows: Range<Int>, outputs y: UnsafePointer<Float>, stride: Int, targets: TargetMemory,
    losses: UnsafeMutablePointer<Float>, gradient: UnsafeMutablePointer<Float>
  ) {
    let count = rows.count
    if source == .labels {
      unsafe kernels.softmaxCrossEntropy(
        count, outputs, y, stride, targets.labels(row: rows.lowerBound), losses, gradient)
      return
    }
    let t = unsafe UnsafePointer(targets.values(row: rows.lowerBound))
    let step = targets.stride
    switch loss {
    case .softmaxCrossEntropy(let smoothing):
      unsafe kernels.smoothedCrossEntropy(
        count, outputs, y, stride, t, step, smoothing, losses, gradient)
    case .binaryCrossEntropy:
      unsafe kernels.binaryCrossEntropy(count, outputs, y, stride, t, step, losses, gradient)
    case .meanSquaredError:
      unsafe kernels.squaredError(
        count, outputs, y, stride, t, step, 1 / Float(outputs), losses, gradient)
    case .halfSquaredError:
      unsafe kernels.squaredError(count, outputs, y, stride, t, step, 0.5, losses, gradient)
    case .meanAbsoluteError:
      unsafe kernels.absoluteError(
        count, outputs, y, stride, t, step, 1 / Float(outputs), losses, gradient)
    }
  }

  /// The class that a sample's outputs tell: the first of the largest outputs; of a single output
  /// for two classes, class 1 where its probability is above ½.
  @unsafe func predictedClass(_ y: UnsafePointer<Float>) -> Int {
    unsafe loss.predictedClass(y, outputs: outputs)
  }
}

extension Loss {
  /// The class that a sample's outputs tell: the first of the largest outputs; of a single output
  /// for two classes, class 1 where its probability is above ½.
  @unsafe func predictedClass(_ y: UnsafePointer<Float>, outputs: Int) -> Int {
    // σ(z) > ½ where z > 0.
    if outputs == 1 { return unsafe y[0] > (takesLogits ? 0 : 0.5) ? 1 : 0 }
    var best = 0
    for index in 1..<outputs where unsafe y[index] > y[best] { best = index }
    return best
  }
}

extension Dataset {
  /// The first feature of a stored sample; valid as long as the dataset lives.
  /// - Precondition: Features are floats.
  @unsafe func featureAddress(ofSample index: Int32) -> UnsafePointer<Float> {
    unsafe floats.unsafelyUnwrapped.values.baseAddress.unsafelyUnwrapped
      + Int(index) * featureCount
  }

  /// The first target value of a stored sample; valid as long as the dataset lives.
  /// - Precondition: Targets are values.
  @unsafe func targetAddress(ofSample index: Int32) -> UnsafePointer<Float> {
    unsafe targetValues.unsafelyUnwrapped.values.baseAddress.unsafelyUnwrapped
      + Int(index) * targetCount
  }
}
