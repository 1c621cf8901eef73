import Datasets
import Testing

/// Datasets from Swift arrays: float features, target values, the features themselves as targets.
@Suite struct FloatDatasetTests {
  private let features: [[Float]] = [[1, 2], [3, -4], [5, 6.5], [0, 0]]

  @Test func classes() throws {
    let dataset = try Dataset(name: "d", features: features, labels: [0, 2, 1, 2], classCount: 3)
    #expect((dataset.count, dataset.featureCount, dataset.classCount) == (4, 2, 3))
    #expect(dataset.targets == .classes(count: 3))
    #expect((0..<4).map(dataset.label) == [0, 2, 1, 2])
    #expect((0..<4).map(dataset.features) == features)
    #expect(dataset.target(at: 1) == [0, 0, 1])
    #expect(dataset.pixels.count == 0)
  }

  @Test func values() throws {
    let dataset = try Dataset(
      name: "d", features: features, targets: [[1.5], [-2], [0], [1]])
    #expect(dataset.targets == .values(count: 1))
    #expect((dataset.targetCount, dataset.classCount) == (1, 0))
    #expect((0..<4).map(dataset.target) == [[1.5], [-2], [0], [1]])
  }

  /// One-hot rows are values, and classes too.
  @Test func oneHotRows() throws {
    let dataset = try Dataset(
      name: "d", features: features, targets: [[1, 0], [0, 1], [0, 1], [1, 0]])
    #expect(dataset.targets == .values(count: 2))
    #expect(dataset.classCount == 2)
    #expect((0..<4).map(dataset.label) == [0, 1, 1, 0])
    for row: [Float] in [[0.5, 0.5], [1, 1], [0, 0], [2, 0], [1, -1]] {
      let other = try Dataset(
        name: "d", features: features, targets: [[1, 0], [0, 1], row, [1, 0]])
      #expect(other.classCount == 0)
    }
  }

  @Test func imagesWithValues() throws {
    let pixels = PixelStorage(count: 6) { bytes in
      for index in bytes.indices { bytes[index] = UInt8(index * 51) }
    }
    let dataset = try Dataset(
      name: "d", pixels: pixels, targets: [[0.25, 1], [2, 3]], height: 1, width: 3)
    #expect(dataset.target(at: 1) == [2, 3])
    #expect(dataset.image(at: 1).pixels == [153, 204, 255])
    let autoencoding = dataset.autoencoding()
    #expect(autoencoding.targets == .features)
    #expect((autoencoding.targetCount, autoencoding.classCount) == (3, 0))
    #expect(autoencoding.target(at: 1) == autoencoding.features(at: 1))
    #expect(autoencoding.target(at: 1)[2] == 255 * Float(1.0 / 255.0))
  }

  // MARK: Subsets

  @Test func subsetsAndSplitsKeepTogetherWhatBelongsTogether() throws {
    let rows = (0..<50).map { [Float($0), -Float($0)] }
    let dataset = try Dataset(
      name: "d", features: rows, targets: rows.map { [$0[0] + 1, $0[1], 7] })
    let subset = dataset.subset(at: [4, 2, 4])
    #expect(subset.features(at: 0) == [4, -4])
    #expect(subset.target(at: 1) == [3, -2, 7])
    let (training, validation) = dataset.split(validationFraction: 0.3, seed: 3)
    #expect((training.count, validation.count) == (35, 15))
    var seen: Set<Float> = []
    for part in [training, validation] {
      for position in 0..<part.count {
        let x = part.features(at: position)[0]
        #expect(part.target(at: position)[0] == x + 1)
        seen.insert(x)
      }
    }
    #expect(seen.count == 50)
    #expect(subset.autoencoding().target(at: 2) == [4, -4])
  }

  @Test func fingerprintsTellFeaturesTargetsAndOrderApart() throws {
    let targets: [[Float]] = [[1, 0], [0, 1], [0, 1], [1, 0]]
    let base = try Dataset(name: "d", features: features, targets: targets)
    let same = try Dataset(name: "other name", features: features, targets: targets)
    #expect(base.fingerprint == same.fingerprint)
    var moved = features
    moved[3][1] = 0x1p-149
    let others = [
      try Dataset(name: "d", features: moved, targets: targets),
      try Dataset(name: "d", features: features, targets: targets.map { [$0[1], $0[0]] }),
      try Dataset(name: "d", features: features, labels: [0, 1, 1, 0], classCount: 2),
      try Dataset(name: "d", features: features, labels: [1, 0, 0, 1], classCount: 2),
      base.autoencoding(), base.subset(at: [1, 0, 2, 3]), base.subset(at: [0, 1, 2]),
    ]
    let all = ([base] + others).map { "\($0.fingerprint)" }
    #expect(Set(all).count == all.count)
  }

  // MARK: Errors

  private func error(_ make: () throws -> Dataset) -> DatasetError? {
    do {
      _ = try make()
      return nil
    } catch { return error as? DatasetError }
  }

  @Test func whatIsWrongIsNamed() throws {
    #expect(
      error { try Dataset(name: "d", features: [], targets: []) } == .noSamples(name: "d"))
    #expect(
      error { try Dataset(name: "d", features: [[], []], targets: [[1], [1]]) }
        == .emptyRows(name: "d", of: .feature))
    #expect(
      error { try Dataset(name: "d", features: [[1]], targets: [[]]) }
        == .emptyRows(name: "d", of: .target))
    #expect(
      error { try Dataset(name: "d", features: [[1, 2], [3]], targets: [[1], [1]]) }
        == .rowLength(name: "d", of: .feature, sample: 1, expected: 2, found: 1))
    #expect(
      error { try Dataset(name: "d", features: [[1, 2], [3, .infinity]], targets: [[1], [1]]) }
        == .notFinite(name: "d", .feature, sample: 1, index: 1, found: .infinity))
    #expect(
      error { try Dataset(name: "d", features: [[1], [2]], targets: [[1], [-.infinity]]) }
        == .notFinite(name: "d", .target, sample: 1, index: 0, found: -.infinity))
    let nan = error {
      try Dataset(name: "d", features: [[1], [.nan]], labels: [0, 0], classCount: 1)
    }
    #expect(
      nan?.description == "d: feature 0 of sample 1 is nan, expected a finite number")
    #expect(
      error { try Dataset(name: "d", features: features, labels: [0], classCount: 2) }
        == .countMismatch(name: "d", features: 4, targets: 1))
    #expect(
      error { try Dataset(name: "d", features: features, targets: [[0]]) }
        == .countMismatch(name: "d", features: 4, targets: 1))
    for label in [-1, 2, 256] {
      #expect(
        error {
          try Dataset(name: "d", features: features, labels: [0, 1, label, 0], classCount: 2)
        }
          == .labelOutOfRange(name: "d", index: 2, label: label, classCount: 2))
    }
    for count in [0, -1, 257] {
      #expect(
        error {
          try Dataset(name: "d", features: features, labels: [0, 0, 0, 0], classCount: count)
        }
          == .classCountOutOfRange(name: "d", found: count))
    }
  }
}
