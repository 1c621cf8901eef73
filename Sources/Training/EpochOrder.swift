import Datasets
import Randomness

/// The order in which an epoch visits the samples of a dataset: a permutation that depends on the
/// seed and the epoch alone, so that any epoch can be reached without the ones before it.
struct EpochOrder {
  /// Places of the samples in the dataset's storage.
  let storageIndices: [Int32]
  /// Counted from 1.
  let epoch: Int

  /// - Parameter epoch: Counted from 1.
  init(dataset: Dataset, seed: UInt64, epoch: Int) {
    var order = dataset.storageIndices
    var random = RandomStream(seed: seed, purpose: .shuffle, coordinate: UInt64(epoch))
    random.shuffle(&order)
    storageIndices = order
    self.epoch = epoch
  }
}
