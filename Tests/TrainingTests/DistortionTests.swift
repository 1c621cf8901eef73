import Datasets
import Kernels
import NeuralNetwork
import Randomness
import TestSupport
import Testing

@testable import Training

/// What distortions do to an image.
@Suite struct DistortionTests {
  /// 28 × 28, with ink in the middle.
  private static let image: [UInt8] = {
    var random = RandomStream(seed: 1, purpose: .embeddedDigits)
    return (0..<784).map { place in
      (6..<22).contains(place / 28) && (6..<22).contains(place % 28)
        ? UInt8(random.nextWord() >> 24) : 0
    }
  }()

  private func distorted(
    by map: DistortionMap, _ kernels: KernelVariant, height: Int = 28, width: Int = 28,
    _ image: [UInt8] = image
  ) -> [UInt8] {
    let distorter = Distorter(
      Distortion(), height: height, width: width, kernels: kernels.kernels, seed: 1, workers: 1,
      poison: .nan)
    var pixels = image
    pixels.withUnsafeMutableBufferPointer {
      distorter.resample(
        $0.baseAddress!, map.source(height: height, width: width), worker: 0)
    }
    return pixels
  }

  // MARK: The map

  @Test(arguments: KernelVariant.all)
  func nothingChangesNothing(kernels: KernelVariant) {
    #expect(distorted(by: DistortionMap(), kernels) == Self.image)
    var random = RandomStream(seed: 1, purpose: .distortion)
    #expect(DistortionMap(Distortion(), from: &random) == DistortionMap())
  }

  @Test(arguments: KernelVariant.all, [(0, 1), (3, -2), (-5, 4), (28, 0)] as [(Int, Int)])
  func wholePixelsOfShiftMoveTheImage(kernels: KernelVariant, shift: (Int, Int)) {
    var map = DistortionMap()
    map.shift = (Double(shift.0), Double(shift.1))
    let expected = Self.image.indices.map { place -> UInt8 in
      let column = place % 28 - shift.0
      let row = place / 28 - shift.1
      return (0..<28).contains(column) && (0..<28).contains(row)
        ? Self.image[row * 28 + column] : 0
    }
    #expect(distorted(by: map, kernels) == expected)
  }

  /// To the pixel, at right angles: counterclockwise, as seen with rows from top to bottom.
  @Test(arguments: KernelVariant.all)
  func rightAnglesTurnTheImage(kernels: KernelVariant) {
    var expected = Self.image
    for turns in 1...4 {
      let before = expected
      // What was at the right is at the top: row r was column 27 − r.
      expected = expected.indices.map { before[$0 % 28 * 28 + 27 - $0 / 28] }
      var map = DistortionMap()
      map.rotation = Double(90 * turns)
      #expect(distorted(by: map, kernels) == expected)
      map.rotation = Double(90 * turns - 360)
      #expect(distorted(by: map, kernels) == expected)
    }
  }

  /// Maps of all kinds against double precision, with sines of the C library. A coordinate of
  /// floats below 32 is off by at most five roundings of numbers below 64: e = 5 · 2⁻¹⁸ pixels at
  /// most; the image changes by at most 255 a pixel along each axis, so a value by 510 e < 0.01,
  /// and a pixel by one only where the value was that close to a half.
  @Test(arguments: KernelVariant.all)
  func mapsAgreeWithDoublePrecision(kernels: KernelVariant) {
    var random = RandomStream(seed: 3, purpose: .distortion)
    let distortion = Distortion(shift: 4, rotation: 60, scale: 0.3, shear: 20)
    for _ in 0..<40 {
      let map = DistortionMap(distortion, from: &random)
      let found = distorted(by: map, kernels)
      var differences = 0
      for place in 0..<784 {
        let value = Self.value(at: place, map)
        let error = abs(Double(found[place]) - value)
        if error > 0.5 + 0.01 { differences += 1 }
      }
      #expect(differences == 0)
    }
  }

  /// The value of a distorted image's pixel, by the inverse of the forward map as its comment
  /// states it.
  private static func value(at place: Int, _ map: DistortionMap) -> Double {
    let theta = map.rotation * .pi / 180
    let phi = map.shear * .pi / 180
    let (c, s) = (cosine(theta), sine(theta))
    let t = sine(phi) / cosine(phi)
    // R · H · S
    let a = (c * map.scale.x, (-t * c + s) * map.scale.y)
    let b = (-s * map.scale.x, (t * s + c) * map.scale.y)
    let determinant = a.0 * b.1 - a.1 * b.0
    let dx = Double(place % 28) - 13.5 - map.shift.x
    let dy = Double(place / 28) - 13.5 - map.shift.y
    let x = 13.5 + (b.1 * dx - a.1 * dy) / determinant
    let y = 13.5 + (a.0 * dy - b.0 * dx) / determinant
    func pixel(_ row: Int, _ column: Int) -> Double {
      (0..<28).contains(row) && (0..<28).contains(column) ? Double(image[row * 28 + column]) : 0
    }
    let (i, j) = (Int(y.rounded(.down)), Int(x.rounded(.down)))
    let (fx, fy) = (x - Double(j), y - Double(i))
    return (1 - fy) * ((1 - fx) * pixel(i, j) + fx * pixel(i, j + 1))
      + fy * ((1 - fx) * pixel(i + 1, j) + fx * pixel(i + 1, j + 1))
  }

  @Test func sinesAndCosines() {
    for tenth in -3600...3600 {
      let degrees = Double(tenth) / 10
      let (s, c) = sineAndCosine(degrees: degrees)
      // The library's argument is rounded three times, each by 2⁻⁵³ of up to 2 π; to that come both
      // results' own errors.
      let bound = (3 * 2 * Double.pi + 3) * 0x1p-53
      #expect(abs(s - sine(degrees * .pi / 180)) < bound)
      #expect(abs(c - cosine(degrees * .pi / 180)) < bound)
    }
    #expect(sineAndCosine(degrees: 90) == (1, 0))
    #expect(sineAndCosine(degrees: -180) == (0, -1))
  }

  @Test func weightsOfTheGaussian() {
    for sigma in [0.1, 0.5, 1, 4, 13.7, 300] {
      let weights = gaussianWeights(sigma: sigma, count: 4000)
      let expected = (0..<4000).map { exponential(-Double($0 * $0) / (2 * sigma * sigma)) }
      let sum = expected.reduce(0) { $0 + 2 * $1 } - 1
      #expect(zip(weights, expected).allSatisfy { abs($0 - $1 / sum) <= 1e-14 * $1 / sum + 1e-300 })
    }
  }

  // MARK: Elastic

  /// Both fields against double precision. Products of floats: each of the two sums has at most
  /// max(H, W) terms of which all factors are rounded once, so the error of a displacement is at
  /// most γ₂₍ₙ₊₂₎ of the sum of the absolute values.
  @Test(
    arguments: KernelVariant.all, [(28, 28), (5, 37), (33, 3), (1, 1)] as [(Int, Int)])
  func displacementsAreSmoothedNoise(kernels: KernelVariant, size: (Int, Int)) {
    let (height, width) = size
    let elastic = Distortion.Elastic(alpha: 34, sigma: 4)
    let distorter = Distorter(
      Distortion(elastic: elastic), height: height, width: width, kernels: kernels.kernels,
      seed: 9, workers: 1, poison: .nan)
    let found = distorter.displacements(sample: 11, epoch: 2)
    let noise = Self.noise(count: 2 * height * width, seed: 9, sample: 11, epoch: 2)
    let weights = gaussianWeights(sigma: 4, count: max(height, width))
    let bound = gamma(2 * (max(height, width) + 2))
    for field in 0..<2 {
      var differences = 0
      for place in 0..<height * width {
        var sum = 0.0
        var magnitude = 0.0
        for other in 0..<height * width {
          let weight =
            34 * weights[abs(place / width - other / width)]
            * weights[abs(place % width - other % width)]
          sum += weight * noise[field * height * width + other]
          magnitude += weight * abs(noise[field * height * width + other])
        }
        if !(abs(Double(found[field][place]) - sum) <= bound * magnitude) { differences += 1 }
      }
      #expect(differences == 0)
    }
  }

  /// Uniform numbers in ±1 by the definition of the streams.
  private static func noise(count: Int, seed: UInt32, sample: UInt32, epoch: UInt32) -> [Double] {
    (0..<count).map { place in
      // Number 32 · (w / 2) + 4 b + 2 · (w mod 2) + h of a group of 64.
      let inGroup = place % 64
      let block = place / 64 * 8 + inGroup % 32 / 4
      let word = inGroup / 32 * 2 + inGroup % 4 / 2
      let words = Philox.block(
        counter: SIMD4(8 + UInt32(block), sample, epoch, 6), key: SIMD2(seed, 0))
      let half = words[word] >> UInt32(16 * (place % 2)) & 0xFFFF
      return (2 * Double(half) - 65535) / 65536
    }
  }

  /// Over 400 images: mean 0, the standard deviation that the doc comment states (in the middle,
  /// where the Gaussian is all inside), both directions alike and independent. Bounds of five
  /// standard errors.
  @Test func statisticsOfDisplacements() throws {
    let kernels = try KernelVariant.select().kernels
    let distorter = Distorter(
      Distortion(elastic: .init(alpha: 34, sigma: 2)), height: 28, width: 28, kernels: kernels,
      seed: 1, workers: 1)
    let count = 400
    let middle = 14 * 28 + 14
    var values: [(x: Double, y: Double)] = []
    for sample in 0..<count {
      let fields = distorter.displacements(sample: Int32(sample), epoch: 1)
      values.append((Double(fields[0][middle]), Double(fields[1][middle])))
    }
    let n = Double(count)
    // 1 / √3 times the root of the sum of the squares of all weights, 1 / (2 √π σ).
    let deviation = 34 / (3.0.squareRoot() * 2 * Double.pi.squareRoot() * 2)
    #expect(abs(values.reduce(0) { $0 + $1.x } / n) < 5 * deviation / n.squareRoot())
    #expect(abs(values.reduce(0) { $0 + $1.y } / n) < 5 * deviation / n.squareRoot())
    let variance = deviation * deviation
    let spread = 5 * variance * (2 / n).squareRoot()
    #expect(abs(values.reduce(0) { $0 + $1.x * $1.x } / n - variance) < spread)
    #expect(abs(values.reduce(0) { $0 + $1.y * $1.y } / n - variance) < spread)
    #expect(
      abs(values.reduce(0) { $0 + $1.x * $1.y } / n) < 5 * variance / n.squareRoot())
  }

  /// The numbers of the map: over many images they fill their intervals.
  @Test func statisticsOfMaps() {
    let distortion = Distortion(shift: 2, rotation: 10, scale: 0.1, shear: 5)
    var lowest = [Double](repeating: .infinity, count: 6)
    var highest = [Double](repeating: -.infinity, count: 6)
    var sum = [Double](repeating: 0, count: 6)
    let count = 10_000
    for sample in 0..<count {
      var random = RandomStream(
        seed: 1, purpose: .distortion, coordinate: 1 << 32 | UInt64(sample))
      let map = DistortionMap(distortion, from: &random)
      let values = [
        map.shift.x / 2, map.shift.y / 2, map.rotation / 10, (map.scale.x - 1) / 0.1,
        (map.scale.y - 1) / 0.1, map.shear / 5,
      ]
      for (index, value) in values.enumerated() {
        lowest[index] = min(lowest[index], value)
        highest[index] = max(highest[index], value)
        sum[index] += value
      }
    }
    // That none of 10,000 falls into the outer 0.0015 of an interval has a probability of e⁻¹⁵;
    // means are off by five standard errors at most.
    #expect(lowest.allSatisfy { $0 >= -1 - 1e-6 && $0 < -0.997 })
    #expect(highest.allSatisfy { $0 <= 1 + 1e-6 && $0 > 0.997 })
    #expect(sum.allSatisfy { abs($0) / Double(count) < 5 / (3 * Double(count)).squareRoot() })
  }

  // MARK: Text

  @Test func textForms() {
    let texts = [
      "shift:2", "rotate:10,scale:0.1", "shift:2,rotate:10,scale:0.1,shear:5,elastic:34:4",
      "elastic:37.5:5.25", "shift:0.1,elastic:1e-05:0.3",
    ]
    for text in texts { #expect(Distortion(text)?.description == text) }
    #expect(Distortion("elastic") == Distortion(elastic: .init(alpha: 34, sigma: 4)))
    #expect(Distortion("shear:5,shift:2.0")?.description == "shift:2,shear:5")
    #expect(Distortion("standard") == .standard)
    #expect(Distortion(Distortion.standard.description) == .standard)
    for wrong in [
      "", "none", "shift", "shift:", "shift:2:3", "shift:-1", "shift:nan", "shift:inf", "shift:0x2",
      "shift:2,", "shift:2,shift:2", "rotate:181", "scale:1", "shear:90", "elastic:34",
      "elastic:34:0", "elastic:0:4", "elastic:34:4:1", "Shift:2", "turn:3", "shift:0",
      "shift:1e30", "standard,shift:2",
    ] {
      #expect(Distortion(wrong) == nil, "\(wrong)")
    }
  }

  @Test func aDistortionOutOfRangeIsAnError() throws {
    let network = try Network(inputs: 784, hidden: [], outputs: 10)
    for distortion in [
      Distortion(), Distortion(shift: -1), Distortion(rotation: .nan), Distortion(scale: 1),
      Distortion(elastic: .init(alpha: 34, sigma: 0)),
    ] {
      #expect(throws: TrainingError.self) {
        try Trainer(
          network: network, configuration: TrainingConfiguration(distortion: distortion),
          kernels: .select())
      }
    }
  }
}
