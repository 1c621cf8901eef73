import CZlib
import Datasets
import Testing

@Suite("Embedded digits")
struct EmbeddedDigitsTests {
  /// 3000 training and 2000 test samples of seed 0, drawn once for the statistical tests.
  static let digits = EmbeddedDigits.generate(trainingCount: 3000, testCount: 2000, threads: 2)

  static func bytes(_ dataset: Dataset) -> [UInt8] { Array(dataset.pixels.bytes) }

  static func checksum(_ dataset: Dataset) -> UInt {
    let pixels = bytes(dataset)
    let start = crc32(0, pixels, uInt(pixels.count))
    return UInt(crc32(start, dataset.storedLabels, uInt(dataset.storedLabels.count)))
  }

  // MARK: Contract

  @Test("Sizes, names and classes are MNIST's")
  func shape() {
    let (training, test) = EmbeddedDigits.generate(trainingCount: 257, testCount: 1, threads: 2)
    #expect(training.count == 257 && test.count == 1)
    for dataset in [training, test] {
      #expect(dataset.name == "embedded digits")
      #expect(dataset.height == 28 && dataset.width == 28 && dataset.classCount == 10)
    }
  }

  /// CRC-32 over the pixels and then the labels. A change of these numbers is a change of the
  /// data set that everyone's results refer to.
  @Test("The samples of seed 0 never change")
  func golden() {
    let (training, test) = EmbeddedDigits.generate(trainingCount: 1000, testCount: 1000, threads: 2)
    #expect(Self.checksum(training) == 0xC0BE_4908)
    #expect(Self.checksum(test) == 0x6897_683D)
  }

  @Test("The number of threads changes nothing", arguments: [1, 2, 5])
  func threads(count: Int) {
    let digits = EmbeddedDigits.generate(trainingCount: 3000, testCount: 2000, threads: count)
    #expect(Self.bytes(digits.training) == Self.bytes(Self.digits.training))
    #expect(digits.training.storedLabels == Self.digits.training.storedLabels)
    #expect(Self.bytes(digits.test) == Self.bytes(Self.digits.test))
    #expect(digits.test.storedLabels == Self.digits.test.storedLabels)
  }

  @Test("A smaller set is the beginning of a larger one", arguments: [1, 255, 256, 257, 1000])
  func counts(count: Int) {
    let digits = EmbeddedDigits.generate(trainingCount: count, testCount: count, threads: 2)
    for (small, large) in [
      (digits.training, Self.digits.training), (digits.test, Self.digits.test),
    ] {
      #expect(Self.bytes(small) == Array(Self.bytes(large).prefix(count * 784)))
      #expect(small.storedLabels == Array(large.storedLabels.prefix(count)))
    }
  }

  @Test("Seeds that differ in any half give other samples", arguments: [1, 1 << 32, UInt64.max])
  func seeds(seed: UInt64) {
    let other = EmbeddedDigits.generate(trainingCount: 100, testCount: 100, seed: seed, threads: 2)
    for (one, two) in [
      (other.training, Self.digits.training), (other.test, Self.digits.test),
    ] {
      for index in 0..<100 { #expect(one.image(at: index) != two.image(at: index)) }
      #expect(one.storedLabels != Array(two.storedLabels.prefix(100)))
    }
  }

  @Test("No image occurs twice, within a set or between training and test")
  func distinct() {
    var seen: Set<[UInt8]> = []
    for dataset in [Self.digits.training, Self.digits.test] {
      for index in 0..<dataset.count { seen.insert(dataset.image(at: index).pixels) }
    }
    #expect(seen.count == Self.digits.training.count + Self.digits.test.count)
  }

  // MARK: Likeness

  /// A class has 300 of 3000 samples on average, with a standard deviation of √(3000 · 0.09) =
  /// 16.4; five of them are 82.
  @Test("All classes occur about equally often")
  func balance() {
    var counts = [Int](repeating: 0, count: 10)
    for label in Self.digits.training.storedLabels { counts[Int(label)] += 1 }
    for count in counts { #expect(abs(count - 300) <= 82) }
  }

  /// MNIST: 80.9 % of the pixels are 0, and 39 % of the others are at least 250.
  @Test("Background and full ink have MNIST's shares")
  func ink() {
    let pixels = Self.bytes(Self.digits.test)
    let background = pixels.count { $0 == 0 }
    let full = pixels.count { $0 >= 250 }
    #expect((0.79...0.83).contains(Double(background) / Double(pixels.count)))
    #expect((0.33...0.43).contains(Double(full) / Double(pixels.count - background)))
  }

  /// The middle of the image is pixel (14, 14), as in MNIST. The shift is uniform in ±1.1 pixels,
  /// and the path's centre is not quite the ink's.
  @Test("Digits are centred by their mass and about 20 pixels large")
  func centring() {
    let test = Self.digits.test
    var meanX = 0.0
    var meanY = 0.0
    for index in 0..<test.count {
      let image = test.image(at: index)
      var mass = 0.0
      var momentX = 0.0
      var momentY = 0.0
      var top = 28
      var bottom = -1
      var left = 28
      var right = -1
      for row in 0..<28 {
        for column in 0..<28 where image[row, column] > 0 {
          let ink = Double(image[row, column])
          mass += ink
          momentX += ink * Double(column)
          momentY += ink * Double(row)
          top = min(top, row)
          bottom = max(bottom, row)
          left = min(left, column)
          right = max(right, column)
        }
      }
      #expect(abs(momentX / mass - 14) < 3 && abs(momentY / mass - 14) < 3)
      #expect((14...28).contains(max(bottom - top, right - left) + 1))
      meanX += momentX / mass / Double(test.count)
      meanY += momentY / mass / Double(test.count)
    }
    #expect(abs(meanX - 14) < 0.25 && abs(meanY - 14) < 0.25)
  }

  /// The nearest class mean classifies 79 % of MNIST's first 1000 test images, and 77 % here.
  @Test("Images look like their labels, but not all alike")
  func nearestMean() {
    let training = Self.digits.training
    var means = [[Float]](repeating: Array(repeating: 0, count: 784), count: 10)
    var counts = [Float](repeating: 0, count: 10)
    for index in 0..<training.count {
      let label = training.label(at: index)
      let pixels = training.image(at: index).pixels
      counts[label] += 1
      for position in 0..<784 { means[label][position] += Float(pixels[position]) }
    }
    for label in 0..<10 { for position in 0..<784 { means[label][position] /= counts[label] } }
    var correct = 0
    for index in 0..<1000 {
      let pixels = Self.digits.test.image(at: index).pixels.map { Float($0) }
      var nearest = (label: -1, distance: Float.infinity)
      for label in 0..<10 {
        var distance: Float = 0
        for position in 0..<784 {
          let difference = pixels[position] - means[label][position]
          distance += difference * difference
        }
        if distance < nearest.distance { nearest = (label, distance) }
      }
      if nearest.label == Self.digits.test.label(at: index) { correct += 1 }
    }
    #expect((720...820).contains(correct))
  }
}
