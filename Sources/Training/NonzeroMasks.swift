import Datasets
import Kernels

/// For each image in a dataset's storage, which pixels are not zero (see the kernels' masks):
/// made once, before training, where the data have enough zeros for skipping them to pay.
final class NonzeroMasks {
  /// Words in the mask of an image.
  let wordsPerImage: Int
  private let masks: AlignedBuffer<UInt64>

  /// Skipping finds the next pixel by its bit and reads less regularly, so a pixel that is not
  /// skipped costs a quarter more in the forward product and half more in the weight gradient
  /// (784-128-10, AVX2): it pays below shares of 0.79 and 0.69.
  private static let worthwhileShare = 0.7

  /// The masks of all images of the dataset's storage, or nil where they would not pay.
  init?(dataset: Dataset, kernels: KernelTable) {
    let featureCount = dataset.featureCount
    wordsPerImage = (featureCount + 63) / 64
    masks = AlignedBuffer(count: dataset.storedLabels.count * wordsPerImage, repeating: 0)
    // A look at some images first: most dense data end here.
    let sample = dataset.storageIndices.prefix(1023)
    fill(sample, of: dataset, kernels: kernels)
    guard tileShare(of: sample, featureCount: featureCount) < Self.worthwhileShare else {
      return nil
    }
    fill(dataset.storageIndices.dropFirst(sample.count), of: dataset, kernels: kernels)
  }

  /// The mask of the image at `index` of the storage.
  @unsafe func mask(ofImage index: Int32) -> UnsafeMutablePointer<UInt64> {
    unsafe masks.address + Int(index) * wordsPerImage
  }

  private func fill(_ indices: ArraySlice<Int32>, of dataset: Dataset, kernels: KernelTable) {
    for index in indices {
      unsafe kernels.nonzeroMask(
        dataset.featureCount, dataset.pixelAddress(ofImage: index), mask(ofImage: index))
    }
  }

  /// The mean share of features that are not zero in all of three consecutive images.
  private func tileShare(of indices: ArraySlice<Int32>, featureCount: Int) -> Double {
    var bits = 0
    var tiles = 0
    var position = indices.startIndex
    while position + 3 <= indices.endIndex {
      for word in 0..<wordsPerImage {
        let union = (position..<position + 3).reduce(UInt64(0)) {
          unsafe $0 | mask(ofImage: indices[$1])[word]
        }
        bits += union.nonzeroBitCount
      }
      tiles += 1
      position += 3
    }
    // Fewer than three images: nothing to gain.
    return tiles == 0 ? 1 : Double(bits) / Double(tiles * featureCount)
  }
}

extension Dataset {
  /// The first pixel of an image of the storage; valid as long as the dataset lives.
  @unsafe func pixelAddress(ofImage index: Int32) -> UnsafePointer<UInt8> {
    unsafe pixels.bytes.baseAddress.unsafelyUnwrapped.assumingMemoryBound(to: UInt8.self)
      + Int(index) * featureCount
  }
}
