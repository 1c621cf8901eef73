import Datasets
import Kernels

/// For each image in a dataset's storage, which pixels are not zero (see the kernels' masks):
/// made once, before training, where the data have enough zeros for skipping them to pay.
final class NonzeroMasks {
  /// Words in the mask of an image.
  let wordsPerImage: Int
  private let masks: AlignedBuffer<UInt64>

  /// The masks of all images of the dataset, or nil where they would not pay.
  init?(
    dataset: Dataset, kernels: KernelTable, threads: Int, source: WorkerSource = .callersPool
  ) {
    guard Self.areWorthwhile(for: dataset, kernels: kernels) else { return nil }
    wordsPerImage = Self.words(of: dataset)
    // Those of the storage's other images are never read.
    masks = AlignedBuffer(unwritten: dataset.storedCount * wordsPerImage)
    let parts = EvenSplit(count: dataset.count, parts: threads)
    WorkerTeam(size: parts.parts, patience: 0, source: source).run(
      Making(masks: self, of: dataset, kernels: kernels, parts: parts), firstUnits: parts.parts)
  }

  /// Making the masks as one phase of work: a unit for each part of the images.
  private final class Making: PhasedWork {
    private let masks: NonzeroMasks
    private let dataset: Dataset
    private let kernels: KernelTable
    private let parts: EvenSplit

    init(masks: NonzeroMasks, of dataset: Dataset, kernels: KernelTable, parts: EvenSplit) {
      self.masks = masks
      self.dataset = dataset
      self.kernels = kernels
      self.parts = parts
    }

    func run(unit: Int, worker: Int) {
      for index in dataset.storageIndices[parts[unit]] {
        unsafe kernels.nonzeroMask(
          dataset.featureCount, dataset.pixelAddress(ofImage: index), masks.mask(ofImage: index))
      }
    }

    func advance() -> Int? { nil }
  }

  /// The mask of the image at `index` of the storage.
  @unsafe func mask(ofImage index: Int32) -> UnsafeMutablePointer<UInt64> {
    unsafe masks.address + Int(index) * wordsPerImage
  }

  // MARK: Is it worth it?

  /// A pixel that is not skipped costs a quarter more in the forward product and half more in the
  /// weight gradient, because it is found by its bit and memory is read less regularly
  /// (784-128-10, AVX2): skipping pays below these shares of pixels that are left.
  private static let worthwhileShares = (forward: 0.79, weightGradient: 0.69)

  /// Whether skipping zeros pays on a dataset, from a look at a thousand of its images. Only pixels
  /// are skipped.
  static func areWorthwhile(for dataset: Dataset, kernels: KernelTable) -> Bool {
    guard !dataset.hasFloatFeatures else { return false }
    let shares = sharesLeft(of: dataset, kernels: kernels)
    return shares.forward < worthwhileShares.forward
      && shares.weightGradient < worthwhileShares.weightGradient
  }

  /// The shares of pixels that are left where tiles of three images (forward product) and of three
  /// adjacent pixels (weight gradient) skip what is zero in all of the tile.
  private static func sharesLeft(
    of dataset: Dataset, kernels: KernelTable
  ) -> (forward: Double, weightGradient: Double) {
    let wanted = 1023
    // Spread over the dataset, which may be sorted; with a step that is no multiple of ten.
    let step = max(1, dataset.count / wanted)
    let images = stride(from: 0, to: dataset.count, by: step).prefix(wanted)
      .map { dataset.storageIndices[$0] }
    guard images.count >= 3 else { return (1, 1) }
    let count = words(of: dataset)
    let tile = AlignedBuffer<UInt64>(count: 3 * count, repeating: 0)
    // Bits 0, 3, 6 and so on: the first pixels of tiles.
    let firstOfThree: UInt64 = 0x9249_2492_4924_9249
    var left = (forward: 0, weightGradient: 0)
    var tiles = 0
    for first in stride(from: 0, through: images.count - 3, by: 3) {
      for row in 0..<3 {
        unsafe kernels.nonzeroMask(
          dataset.featureCount, dataset.pixelAddress(ofImage: images[first + row]),
          tile.address + row * count)
      }
      for word in 0..<count {
        let rows = (0..<3).map { unsafe tile.address[$0 * count + word] }
        left.forward += (rows[0] | rows[1] | rows[2]).nonzeroBitCount
        for row in rows {
          left.weightGradient +=
            ((row | row >> 1 | row >> 2) & firstOfThree).nonzeroBitCount
        }
      }
      tiles += 1
    }
    let pixels = Double(tiles * dataset.featureCount)
    return (Double(left.forward) / pixels, Double(left.weightGradient) / pixels)
  }

  private static func words(of dataset: Dataset) -> Int { (dataset.featureCount + 63) / 64 }
}

extension Dataset {
  /// The first pixel of an image of the storage; valid as long as the dataset lives.
  @unsafe func pixelAddress(ofImage index: Int32) -> UnsafePointer<UInt8> {
    unsafe pixels.bytes.baseAddress.unsafelyUnwrapped.assumingMemoryBound(to: UInt8.self)
      + Int(index) * featureCount
  }
}
