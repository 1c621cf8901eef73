import Kernels
import Randomness
import TestSupport
import Testing

@Suite struct DropoutTests {
  static let draw = DropoutDraw(
    seed: 0x1234_5678_9ABC_DEF0, epoch: 3, layer: 2, purpose: RandomPurpose.dropout.rawValue,
    threshold: 20_000, scale: 1.5)

  /// What the comments of `Dropout.swift` say, from the package's own Philox: word w of block b of a
  /// group of 16 decides about the elements 16 w + b (its low half) and 64 + 16 w + b of the group.
  func isDropped(_ element: Int, sample: Int32, _ draw: DropoutDraw) -> Bool {
    let (group, place) = element.quotientAndRemainder(dividingBy: 128)
    let (word, block) = (place % 64).quotientAndRemainder(dividingBy: 16)
    let words = Philox.block(
      counter: SIMD4(
        draw.layer << 16 | UInt32(16 * group + block), UInt32(bitPattern: sample), draw.epoch,
        draw.purpose),
      key: SIMD2(
        UInt32(truncatingIfNeeded: draw.seed), UInt32(truncatingIfNeeded: draw.seed >> 32)))
    let bits = place < 64 ? words[word] & 0xFFFF : words[word] >> 16
    return bits < draw.threshold
  }

  @Test(arguments: TableUnderTest.all, [1, 5, 16, 63, 64, 65, 127, 128, 129, 300])
  func elementsAndDerivatives(table: TableUnderTest, units: Int) {
    var random = RandomStream(seed: 1, purpose: .initialization)
    let samples: [Int32] = [5, 0, 77, .max]
    for pieces in [1, 3] {
      let x = Matrix.random(rows: 4, columns: units, using: &random)
      let d = Matrix.random(rows: 4, columns: units * pieces, using: &random)
      let found = table.dropout(x, derivatives: d, pieces: pieces, samples: samples, Self.draw)
      let kept = samples.map { sample in
        (0..<units).map { !isDropped($0, sample: sample, Self.draw) }
      }
      let expected = zip(x, kept).map { zip($0, $1).map { $1 ? $0 * 1.5 : 0 } }
      #expect(differences(found.outputs, expected) == 0)
      let expectedSlopes = zip(d, kept).map { row, kept in
        row.enumerated().map { kept[$0.offset % units] ? $0.element * 1.5 : 0 }
      }
      #expect(differences(found.derivatives, expectedSlopes) == 0)
    }
  }

  @Test(arguments: TableUnderTest.all, [1, 7, 64, 128, 200, 784])
  func pixels(table: TableUnderTest, inputs: Int) {
    var random = RandomStream(seed: 2, purpose: .initialization)
    let samples: [Int32] = [9, 1, 2]
    let x = samples.map { _ in
      (0..<inputs).map { _ in UInt8(random.uniform(below: 256)) }
    }
    let found = table.dropPixels(x, samples: samples, Self.draw)
    let expected = zip(x, samples).map { row, sample in
      row.enumerated().map { isDropped($0.offset, sample: sample, Self.draw) ? 0 : $0.element }
    }
    #expect(found == expected)
  }

  /// Another seed, epoch, layer or sample drops others. Of n elements a share p is dropped, within
  /// six standard deviations √(n p (1 − p)); elements that are dropped by both of two draws, p² of
  /// them.
  @Test(arguments: [1, 6554, 32_768, 58_982, 65_535] as [UInt32])
  func shares(threshold: UInt32) {
    let table = TableUnderTest.all[0]
    let units = 512
    let samples = (0..<400).map { Int32($0) }
    let ones = samples.map { _ in [Float](repeating: 1, count: units) }
    func dropped(_ change: (inout DropoutDraw) -> Void) -> [Bool] {
      var draw = Self.draw
      draw.threshold = threshold
      draw.scale = 1
      change(&draw)
      return table.dropout(ones, derivatives: ones, pieces: 1, samples: samples, draw).outputs
        .flatMap { $0.map { $0 == 0 } }
    }
    let p = Double(threshold) / 65_536
    func expect(_ outcomes: some Collection<Bool>, share p: Double) {
      let n = Double(outcomes.count)
      let count = outcomes.count { $0 }
      #expect(abs(Double(count) - n * p) <= 6 * (n * p * (1 - p)).squareRoot() + 1)
    }
    let first = dropped { _ in }
    expect(first, share: p)
    let others: [(inout DropoutDraw) -> Void] = [
      { $0.seed += 1 }, { $0.seed += 1 << 32 }, { $0.epoch += 1 }, { $0.layer += 1 },
      { $0.purpose += 1 },
    ]
    for change in others {
      expect(zip(first, dropped(change)).map { $0 && $1 }, share: p * p)
    }
    // Each sample against the next one, and each element against its neighbor.
    expect(zip(first, first.dropFirst(units)).map { $0 && $1 }, share: p * p)
    expect(zip(first, first.dropFirst()).map { $0 && $1 }, share: p * p)
  }
}
