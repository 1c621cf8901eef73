import Datasets
import Synchronization

// Samples that a program's own source writes, in place of those copied from a dataset's storage.

extension Criterion {
  /// Has the source of a dataset write samples: their features, and what they should come to.
  /// - Parameters:
  ///   - samples: The samples' numbers.
  ///   - epoch: Counted from 1; 0 outside of training.
  ///   - firstRow: The row of the first of them.
  /// - Returns: Why it could not.
  func fill(
    _ samples: ArraySlice<Int32>, of dataset: Dataset, from source: AnySampleSource, epoch: Int,
    into features: ForwardMemory, _ targets: TargetMemory, firstRow: Int
  ) -> SourceFailure? {
    let holdsValues = if case .values = dataset.targets { true } else { false }
    let failure = unsafe samples.withUnsafeBufferPointer { numbers in
      var batch = unsafe SampleBatch(
        of: dataset, epoch: epoch, count: numbers.count,
        samples: numbers.baseAddress.unsafelyUnwrapped, features: features.features(row: firstRow),
        featureStride: features.featureStride,
        labels: hasClasses ? targets.labels(row: firstRow) : nil,
        targets: holdsValues ? targets.values(row: firstRow) : nil, targetStride: targets.stride)
      return source.fill(&batch)
    }
    let flaw = failure ?? expand(samples, of: dataset, features, targets, firstRow: firstRow)
    return flaw.map {
      SourceFailure(
        dataset: dataset.name, sample: Int(samples[samples.startIndex]), underlying: $0)
    }
  }

  /// Makes of what a source has written what the kernel of the loss wants.
  /// - Returns: What the loss cannot take.
  private func expand(
    _ samples: ArraySlice<Int32>, of dataset: Dataset, _ features: ForwardMemory,
    _ targets: TargetMemory, firstRow: Int
  ) -> TrainingError? {
    for (offset, sample) in samples.enumerated() {
      let row = firstRow + offset
      switch self.source {
      case .labels: continue
      case .oneHot, .binary:
        expandLabel(row: row, in: targets)
        continue
      case .values: break
      case .features:
        unsafe targets.values(row: row).update(from: features.features(row: row), count: outputs)
      }
      guard loss.takesLogits else { continue }
      let wanted = unsafe UnsafeBufferPointer(start: targets.values(row: row), count: outputs)
      if let flaw = unsafe dataset.flaw(ofTarget: wanted, sample: Int(sample), for: loss) {
        return flaw
      }
    }
    return nil
  }
}

/// The failure of a source in a batch, of which each worker may find one: that of the first rows
/// is kept, so that it does not depend on which worker was faster.
final class FirstSourceFailure: Sendable {
  private let first = Mutex<(row: Int, failure: SourceFailure)?>(nil)

  /// Takes note of a failure.
  /// - Parameter row: The first of the rows that were asked for.
  func note(_ failure: SourceFailure, row: Int) {
    first.withLock { first in
      if let first, first.row < row { return }
      first = (row, failure)
    }
  }

  var failure: SourceFailure? { first.withLock { $0?.failure } }
}

extension Coordinator {
  /// Throws the failure that the run has paused for.
  func throwSourceFailure() throws(TrainingError) {
    if let failure = sourceFailure.failure { throw .source(failure) }
  }
}
