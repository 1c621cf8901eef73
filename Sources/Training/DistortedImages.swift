import Datasets
import Kernels

/// The images of a dataset as training on distorted ones sees them, one by one: for a look at what
/// a ``Distortion`` does.
public final class DistortedImages {
  private let dataset: Dataset
  private let distorter: Distorter

  /// The images of a dataset, distorted as they are while training.
  /// - Parameters:
  ///   - dataset: The images; its features are pixels.
  ///   - distortion: What training does to them.
  ///   - seed: The seed of the training.
  ///   - variant: The kernels; all give the same images.
  /// - Throws: ``TrainingError/invalidOption(_:found:expected:)`` when a number of the distortion is
  ///   out of its range.
  public init(
    of dataset: Dataset, distortion: Distortion, seed: UInt64, kernels variant: KernelVariant
  ) throws(TrainingError) {
    try distortion.validate()
    self.dataset = dataset
    distorter = Distorter(
      distortion, height: dataset.height, width: dataset.width, kernels: variant.kernels,
      seed: seed, workers: 1)
  }

  /// What training sees of a sample in an epoch.
  /// - Parameters:
  ///   - position: The sample's position in the dataset.
  ///   - epoch: Counted from 1.
  public func image(at position: Int, epoch: Int) -> GrayscaleImage {
    let image = dataset.image(at: position)
    var pixels = image.pixels
    unsafe pixels.withUnsafeMutableBufferPointer { pixels in
      guard let address = pixels.baseAddress else { return }
      unsafe distorter.distort(
        address, sample: dataset.storageIndices[position], epoch: epoch, worker: 0)
    }
    return GrayscaleImage(height: image.height, width: image.width, pixels: pixels)
  }
}
