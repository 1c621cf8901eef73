/// Some samples that a ``SampleSource`` is to write: rows of features, and of labels or target
/// values. All of them are 0 at first.
@safe public struct SampleBatch: ~Copyable {
  // The memory is a worker's own while the source fills it. A batch cannot be copied or made by a
  // source, so no pointer outlives the call.

  /// The epoch that the samples are for, counted from 1; 0 outside of training. For augmentation,
  /// with what is random drawn from the epoch and the sample's number.
  public let epoch: Int
  /// The number of samples.
  public let count: Int
  private let dataset: Dataset
  private let samples: UnsafePointer<Int32>
  private let features: UnsafeMutablePointer<Float>
  private let featureStride: Int
  private let labels: UnsafeMutablePointer<UInt8>?
  private let targets: UnsafeMutablePointer<Float>?
  private let targetStride: Int
  private var labelOutOfRange: DatasetError?

  /// - Parameters:
  ///   - samples: The numbers of `count` samples.
  ///   - features: For `count` rows of features, `featureStride` floats from one to the next.
  ///   - labels: For `count` labels, where there are classes.
  ///   - targets: For `count` rows of target values, where there are such.
  @unsafe package init(
    of dataset: Dataset, epoch: Int, count: Int, samples: UnsafePointer<Int32>,
    features: UnsafeMutablePointer<Float>, featureStride: Int,
    labels: UnsafeMutablePointer<UInt8>?, targets: UnsafeMutablePointer<Float>?,
    targetStride: Int
  ) {
    self.dataset = dataset
    self.epoch = epoch
    self.count = count
    unsafe self.samples = samples
    unsafe self.features = features
    self.featureStride = featureStride
    unsafe self.labels = labels
    unsafe self.targets = targets
    self.targetStride = targetStride
  }

  /// The number of the sample that belongs in a row, from 0 to the source's count less 1.
  /// - Precondition: `row` is in `0 ..< count`.
  public func sample(row: Int) -> Int {
    check(row)
    return unsafe Int(samples[row])
  }

  /// Gives a row's features to be written, as many as the source has.
  /// - Throws: What `body` throws.
  /// - Precondition: `row` is in `0 ..< count`.
  public mutating func withFeatures<Value: ~Copyable, Failure: Error>(
    row: Int, _ body: (inout MutableSpan<Float>) throws(Failure) -> Value
  ) throws(Failure) -> Value {
    check(row)
    let start = unsafe features + row * featureStride
    let values = unsafe UnsafeMutableBufferPointer(start: start, count: dataset.featureCount)
    var span = unsafe values.mutableSpan
    return try body(&span)
  }

  /// Writes a row's class. One that is none makes the call that needs the sample fail with
  /// ``DatasetError/labelOutOfRange(name:index:label:classCount:)``.
  /// Of no effect where an autoencoder asks for the features alone.
  /// - Precondition: `row` is in `0 ..< count`, and the source has classes.
  public mutating func setLabel(_ label: Int, row: Int) {
    check(row)
    guard let labels = unsafe labels else {
      precondition(dataset.targets == .features, "labels are for sources of classes")
      return
    }
    guard (0..<dataset.classCount).contains(label) else {
      labelOutOfRange =
        labelOutOfRange
        ?? .labelOutOfRange(
          name: dataset.name, index: sample(row: row), label: label,
          classCount: dataset.classCount)
      return
    }
    unsafe labels[row] = UInt8(label)
  }

  /// Gives a row's target values to be written, as many as the source has.
  /// - Throws: What `body` throws.
  /// - Precondition: `row` is in `0 ..< count`, and the source has target values.
  public mutating func withTargets<Value: ~Copyable, Failure: Error>(
    row: Int, _ body: (inout MutableSpan<Float>) throws(Failure) -> Value
  ) throws(Failure) -> Value {
    check(row)
    guard let targets = unsafe targets else {
      preconditionFailure("target values are for sources of values")
    }
    let start = unsafe targets + row * targetStride
    let values = unsafe UnsafeMutableBufferPointer(start: start, count: dataset.targetCount)
    var span = unsafe values.mutableSpan
    return try body(&span)
  }

  /// The memory itself, for a source in another language.
  @unsafe package func withMemory<Value>(
    _ body: (
      _ samples: UnsafePointer<Int32>, _ features: UnsafeMutablePointer<Float>,
      _ featureStride: Int, _ labels: UnsafeMutablePointer<UInt8>?,
      _ targets: UnsafeMutablePointer<Float>?, _ targetStride: Int
    ) -> Value
  ) -> Value {
    unsafe body(samples, features, featureStride, labels, targets, targetStride)
  }

  private func check(_ row: Int) {
    precondition((0..<count).contains(row), "a batch has the rows 0 ..< count")
  }

  // MARK: Before and after

  /// Zeros everything, so that what a source leaves out does not depend on the batch before.
  mutating func clear() {
    for row in 0..<count {
      unsafe (features + row * featureStride).update(
        repeating: 0, count: dataset.featureCount)
      if let targets = unsafe targets {
        unsafe (targets + row * targetStride).update(repeating: 0, count: targetStride)
      }
    }
    unsafe labels?.update(repeating: 0, count: count)
  }

  /// The first thing that is wrong with what has been written.
  var flaw: DatasetError? {
    if let labelOutOfRange { return labelOutOfRange }
    if let labels = unsafe labels {
      // C programs write labels themselves.
      for row in 0..<count where unsafe Int(labels[row]) >= dataset.classCount {
        return .labelOutOfRange(
          name: dataset.name, index: sample(row: row), label: unsafe Int(labels[row]),
          classCount: dataset.classCount)
      }
    }
    for row in 0..<count {
      let values = unsafe UnsafeBufferPointer(
        start: features + row * featureStride, count: dataset.featureCount)
      if let index = unsafe values.firstNonfinite {
        return .notFinite(
          name: dataset.name, .feature, sample: sample(row: row), index: index,
          found: unsafe values[index])
      }
      guard let targets = unsafe targets else { continue }
      let wanted = unsafe UnsafeBufferPointer(
        start: targets + row * targetStride, count: dataset.targetCount)
      if let index = unsafe wanted.firstNonfinite {
        return .notFinite(
          name: dataset.name, .target, sample: sample(row: row), index: index,
          found: unsafe wanted[index])
      }
    }
    return nil
  }
}

extension UnsafeBufferPointer<Float> {
  /// The place of the first element that is infinite or not a number; nil where all are finite.
  package var firstNonfinite: Int? {
    // A maximum of integers first, which the compiler makes vectors of.
    var largest: UInt32 = 0
    for index in indices {
      largest = Swift.max(largest, unsafe self[index].bitPattern & 0x7FFF_FFFF)
    }
    guard largest >= Float.infinity.bitPattern else { return nil }
    return unsafe firstIndex { !$0.isFinite }
  }
}
