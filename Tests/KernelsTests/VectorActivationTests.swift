import Foundation
import Kernels
import Randomness
import TestSupport
import Testing

/// Softmax as an activation and maxout: the activations that look at several units at once.
@Suite struct VectorActivationTests {
  static let sizes = [1, 2, 3, 5, 8, 13, 16, 31, 37]

  /// n exponentials by their sum: 1.02 + (n − 1) / 2 roundings of the sum, and half a unit each for
  /// the difference in the exponent (which weighs at most as much as the exponent, up to 8 here) and
  /// the quotient, in units in the last place, each at most 2u of the result.
  @Test(arguments: TableUnderTest.all, sizes)
  func softmax(table: TableUnderTest, units: Int) {
    var random = RandomStream(seed: 3, purpose: .initialization)
    let x = Matrix.random(rows: 7, columns: units, using: &random).map { $0.map { 4 * $0 } }
    let (found, copy) = table.softmaxActivation(x)
    #expect(differences(found, copy) == 0)
    for (row, found) in zip(x, found) {
      let exponentials = row.map { exp(Double($0)) }
      let sum = exponentials.reduce(0, +)
      let bound = (2 * 1.02 * 2 + Double(units) + 8 + 1) * 0x1p-24
      #expect(
        zip(exponentials, found).allSatisfy { abs($0 / sum - Double($1)) <= bound * $0 / sum })
    }
    // The same numbers as the softmax of an evaluation.
    #expect(differences(found, table.softmax(logits: x)) == 0)
  }

  @Test(arguments: TableUnderTest.all)
  func softmaxOfNotANumber(table: TableUnderTest) {
    for place in 0..<3 {
      var row: [Float] = [1, 2, 3]
      row[place] = .nan
      #expect(table.softmaxActivation([row]).outputs[0].areNotANumber)
    }
    #expect(table.softmaxActivation([[1, .infinity]]).outputs[0].contains { $0.isNaN })
  }

  /// y ⊙ g − p Σ g y: the lectures' ∂yᵢ/∂zᵢ = yᵢ (1 − yᵢ) and ∂yⱼ/∂zᵢ = −yᵢ yⱼ, with some outputs
  /// dropped and the others doubled, against the sum over all pairs in double precision. n + 3
  /// roundings, of terms of at most |g y| and p Σ |g y|.
  @Test(arguments: TableUnderTest.all, sizes)
  func softmaxGradient(table: TableUnderTest, units: Int) {
    var random = RandomStream(seed: 4, purpose: .initialization)
    for samples in Self.sizes + [64, 65] {
      let gradient = Matrix.random(rows: samples, columns: units, using: &random)
      let p = table.softmaxActivation(
        Matrix.random(rows: samples, columns: units, using: &random)
      ).outputs
      let factors = (0..<samples).map { _ in
        (0..<units).map { _ in random.uniform() < 0.5 ? Float(0) : 2 }
      }
      let y = zip(p, factors).map { zip($0, $1).map { $0 * $1 } }
      let found = table.softmaxGradient(gradient, outputs: y, probabilities: p)
      var wrong = 0
      for m in 0..<samples {
        for i in 0..<units {
          var exact = 0.0
          var size = 0.0
          for j in 0..<units {
            let slope = Double(p[m][j]) * ((i == j ? 1 : 0) - Double(p[m][i]))
            exact += Double(gradient[m][j]) * Double(factors[m][j]) * slope
            size +=
              abs(Double(gradient[m][j])) * Double(y[m][j]) * (i == j ? 1 : Double(p[m][i]))
          }
          if !(abs(Double(found[m][i]) - exact) <= 2 * Double(units + 3) * 0x1p-24 * size) {
            wrong += 1
          }
        }
      }
      #expect(wrong == 0)
    }
  }

  @Test(arguments: TableUnderTest.all, sizes)
  func maxout(table: TableUnderTest, outputs: Int) {
    for pieces in [2, 3, 7] { maxout(table: table, outputs: outputs, pieces: pieces) }
  }

  private func maxout(table: TableUnderTest, outputs: Int, pieces: Int) {
    var random = RandomStream(seed: 5, purpose: .initialization)
    // Few values, so that some are equal: the first of the largest has the derivative.
    let units = (0..<5).map { _ in
      (0..<outputs * pieces).map { _ in Float(random.uniform(below: 4)) - 2 }
    }
    let (found, derivatives) = table.maxout(units, pieces: pieces)
    for m in units.indices {
      for n in 0..<outputs {
        let candidates = (0..<pieces).map { units[m][$0 * outputs + n] }
        let largest = candidates.max() ?? 0
        #expect(found[m][n] == largest)
        let slopes = (0..<pieces).map { derivatives[m][$0 * outputs + n] }
        let first = candidates.firstIndex(of: largest)
        #expect(slopes == candidates.indices.map { $0 == first ? 1 : 0 })
      }
    }
  }

  @Test(arguments: TableUnderTest.all)
  func maxoutOfNotANumber(table: TableUnderTest) {
    for place in 0..<3 {
      var units: [Float] = [1, 2, 3]
      units[place] = .nan
      #expect(table.maxout([units], pieces: 3).outputs[0].areNotANumber)
    }
  }

  @Test(arguments: TableUnderTest.all, [1, 3, 10])
  func spreadingAGradient(table: TableUnderTest, outputs: Int) {
    for pieces in [2, 3] { spread(table: table, outputs: outputs, pieces: pieces) }
  }

  private func spread(table: TableUnderTest, outputs: Int, pieces: Int) {
    var random = RandomStream(seed: 6, purpose: .initialization)
    for samples in [1, 2, 15, 16, 17, 63, 64, 65, 130, 200] {
      let gradient = Matrix.random(rows: samples, columns: outputs, using: &random)
      let found = table.spreadGradient(gradient, pieces: pieces)
      let expected = gradient.map { row in (0..<pieces).flatMap { _ in row } }
      #expect(differences(found, expected) == 0)
    }
  }

  /// All variants with fused multiply-adds give the same bits.
  @Test(arguments: FusedAgreementTests.others)
  func fusedVariantsAgree(other: TableUnderTest) {
    let first = TableUnderTest.fused[0]
    func keys(_ values: [Float]) -> [UInt32] {
      values.map { $0.isNaN ? 0x7FC0_0000 : $0.bitPattern }
    }
    let x = stride(from: 0, to: UInt32.max - 40_009, by: 40_009).map { Float(bitPattern: $0) }
    for function in ExactActivation.all {
      let found = first.apply(function.activation, function.parameter, to: x)
      let others = other.apply(function.activation, function.parameter, to: x)
      #expect(differences(keys(found.value), keys(others.value)) == 0)
      #expect(differences(keys(found.derivative), keys(others.derivative)) == 0)
    }
    var random = RandomStream(seed: 7, purpose: .initialization)
    for samples in [1, 9, 33, 100] {
      for units in Self.sizes {
        let logits = Matrix.random(rows: samples, columns: units, using: &random)
        let p = first.softmaxActivation(logits).outputs
        #expect(differences(p, other.softmaxActivation(logits).outputs) == 0)
        #expect(
          differences(
            first.softmaxGradient(logits, outputs: p, probabilities: p),
            other.softmaxGradient(logits, outputs: p, probabilities: p)) == 0)
      }
    }
  }
}
