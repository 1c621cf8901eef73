import Randomness
import TestSupport
import Testing

@Suite struct UpdateTests {
  /// Powers of two and numbers that round, of the sizes that training uses.
  static let rates: [(scale: Float, learningRate: Float, momentum: Float)] = [
    (1, 1, 0), (1 / 128, 0.1, 0.9), (1 / 50, 0.3, 0.5), (1 / 7, 1e-3, 0.99), (0, 0.1, 0.9),
    (1 / 3, 0, 0.9),
  ]

  private func numbers(_ count: Int, using random: inout RandomStream) -> [Float] {
    Matrix.random(rows: 1, columns: count, using: &random)[0]
  }

  /// `sum + a × b` as the table's variant rounds it.
  private func multiplyAdd(
    _ table: TableUnderTest, _ sum: Float, _ a: Float, _ b: Float
  ) -> Float {
    table.kernels.isFused ? sum.addingProduct(a, b) : sum + a * b
  }

  /// w ← w + (−rate) · g with g = scale · Σg rounded: the same bits for any count.
  @Test(arguments: TableUnderTest.all)
  func sgd(table: TableUnderTest) {
    var random = RandomStream(seed: 6, purpose: .initialization)
    for vectors in 0...9 {
      let count = vectors * table.kernels.lanes
      let w = numbers(count, using: &random)
      let sum = numbers(count, using: &random)
      for (scale, learningRate, _) in Self.rates {
        let expected = zip(w, sum).map { multiplyAdd(table, $0, -learningRate, scale * $1) }
        let found = table.sgd(
          parameters: w, gradientSum: sum, scale: scale, learningRate: learningRate)
        #expect(differences(found.bits, expected.bits) == 0)
      }
    }
  }

  /// v ← g + momentum · v, then w ← w + (−rate) · v, with g = scale · Σg rounded.
  @Test(arguments: TableUnderTest.all)
  func momentum(table: TableUnderTest) {
    var random = RandomStream(seed: 7, purpose: .initialization)
    for vectors in 0...9 {
      let count = vectors * table.kernels.lanes
      let w = numbers(count, using: &random)
      let v = numbers(count, using: &random)
      let sum = numbers(count, using: &random)
      for (scale, learningRate, momentum) in Self.rates {
        let velocity = zip(v, sum).map { multiplyAdd(table, scale * $1, momentum, $0) }
        let expected = zip(w, velocity).map { multiplyAdd(table, $0, -learningRate, $1) }
        let found = table.momentum(
          parameters: w, velocity: v, gradientSum: sum, scale: scale, learningRate: learningRate,
          momentum: momentum)
        #expect(differences(found.velocity.bits, velocity.bits) == 0)
        #expect(differences(found.parameters.bits, expected.bits) == 0)
      }
    }
  }

  /// Places that belong to no parameter are zero and stay zero, whatever the rates.
  @Test(arguments: TableUnderTest.all)
  func zerosStayZero(table: TableUnderTest) {
    let zeros = [Float](repeating: 0, count: 64)
    for (scale, learningRate, momentum) in Self.rates {
      let plain = table.sgd(
        parameters: zeros, gradientSum: zeros, scale: scale, learningRate: learningRate)
      #expect(differences(plain, zeros) == 0)
      let moved = table.momentum(
        parameters: zeros, velocity: zeros, gradientSum: zeros, scale: scale,
        learningRate: learningRate, momentum: momentum)
      #expect(differences(moved.parameters + moved.velocity, zeros + zeros) == 0)
    }
  }
}
