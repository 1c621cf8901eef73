import FileSystem
import TestSupport
import Testing

@testable import Datasets

/// Golden numbers: counted from the original files with Python's gzip module, for each set
/// `b = gzip.open(name).read()[16:]; len(b), sum(b), sum(b[:784])` and the labels' counts.
@Suite(.enabled(if: RealData.mnist != nil, Comment(rawValue: RealData.whyNot)))
struct MNISTRealFilesTests {
  @Test func goldenNumbers() throws {
    let (training, test) = try MNIST.load(from: #require(RealData.mnist))
    #expect(training.count == 60_000 && test.count == 10_000)
    for dataset in [training, test] {
      #expect(dataset.height == 28 && dataset.width == 28 && dataset.classCount == 10)
      #expect(dataset.pixels.count == dataset.count * 784)
    }
    #expect(training.storedLabels.prefix(5) == [5, 0, 4, 1, 9])
    #expect(test.storedLabels.prefix(5) == [7, 2, 1, 0, 4])
    #expect(
      counts(training.storedLabels) == [5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949])
    #expect(counts(test.storedLabels) == [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009])
    // Means of 33.3184 and 33.7912.
    #expect(sum(training.pixels) == 1_567_298_545)
    #expect(sum(test.pixels) == 264_923_200)
    #expect(training.image(at: 0).pixels.reduce(0) { $0 + Int($1) } == 27_525)
    #expect(test.image(at: 0).pixels.reduce(0) { $0 + Int($1) } == 18_454)
  }

  private func counts(_ labels: [UInt8]) -> [Int] {
    labels.reduce(into: [Int](repeating: 0, count: 10)) { $0[Int($1)] += 1 }
  }

  /// Eight bytes at a time: tests are not optimized, and 55 million steps would take seconds.
  private func sum(_ storage: PixelStorage) -> UInt64 {
    precondition(storage.count % 8 == 0)
    return withExtendedLifetime(storage) {
      let evenBytes: UInt64 = 0x00FF_00FF_00FF_00FF
      var sum: UInt64 = 0
      var offset = 0
      while offset < storage.count {
        let word = storage.bytes.load(fromByteOffset: offset, as: UInt64.self)
        let pairs = (word & evenBytes) &+ (word &>> 8 & evenBytes)
        sum &+= (pairs &* 0x0001_0001_0001_0001) &>> 48
        offset &+= 8
      }
      return sum
    }
  }
}
