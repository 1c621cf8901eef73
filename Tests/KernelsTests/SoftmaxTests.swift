import Foundation
import Randomness
import TestSupport
import Testing

/// The unit roundoff of floats.
private let u = 0x1p-24

@Suite struct SoftmaxTests {
  // The bounds below, to first order in u = 2⁻²⁴, for N classes, with d ≤ 0 a logit less the
  // largest one, e = exp d, S = Σ e ≥ 1 and p = e / S.
  //
  // * d is rounded once: e is off by |d| u e, and |d| eᵈ ≤ 1/e < 0.37. The exponential adds at most
  //   1.02 ULP, that is 2.04 u e.
  // * S has N − 1 roundings of partial sums, each ≤ u S: in all S is off by at most
  //   (N − 1 + 0.37 (N − 1) + 2.04) u S < (1.37 N + 0.7) u S.
  // * p is rounded once: it is off by (0.37 + (2.04 + 1.37 N + 0.7 + 1) p) u < (1.37 N + 4.2) u;
  //   taking 1 from it adds u / 2, being below 1.
  // * The loss is −d + log S: d off by u |d|; log S by (1.37 N + 0.7) u + 0.83 ULP, at most
  //   1.66 u log S; their sum by u · loss: in all less than (2.66 · loss + 1.37 N + 0.7) u.
  //
  // What second order adds is far below the 0.3 u and more that rounding up leaves.

  private func gradientBound(classes: Int) -> Double { (1.4 * Double(classes) + 5) * u }

  private func lossBound(classes: Int, loss: Double) -> Double {
    (2.7 * loss + 1.4 * Double(classes) + 1) * u
  }

  /// Loss and probabilities in double precision.
  private func reference(_ logits: [Float], label: UInt8) -> (loss: Double, softmax: [Double]) {
    let largest = Double(logits.max() ?? 0)
    let exponentials = logits.map { exp(Double($0) - largest) }
    let sum = exponentials.reduce(0, +)
    return (
      log(sum) + largest - Double(logits[Int(label)]), exponentials.map { $0 / sum }
    )
  }

  private func expectWithinBounds(
    _ table: TableUnderTest, logits: Matrix, labels: [UInt8],
    sourceLocation: SourceLocation = #_sourceLocation
  ) {
    let classes = logits[0].count
    let (losses, gradient) = table.softmaxCrossEntropy(logits: logits, labels: labels)
    let probabilities = table.softmax(logits: logits)
    var wrongLosses = 0
    var wrongGradients = 0
    var wrongProbabilities = 0
    var wrongSums = 0
    for (m, label) in labels.enumerated() {
      let (loss, softmax) = reference(logits[m], label: label)
      if !(abs(Double(losses[m]) - loss) <= lossBound(classes: classes, loss: loss)) {
        wrongLosses += 1
      }
      for n in 0..<classes {
        let expected = softmax[n] - (n == Int(label) ? 1 : 0)
        let bound = gradientBound(classes: classes)
        if !(abs(Double(gradient[m][n]) - expected) <= bound) { wrongGradients += 1 }
        if !(abs(Double(probabilities[m][n]) - softmax[n]) <= bound) { wrongProbabilities += 1 }
        // The two kernels compute the same chain.
        let same = n == Int(label) ? probabilities[m][n] - 1 : probabilities[m][n]
        if gradient[m][n].bitPattern != same.bitPattern { wrongProbabilities += 1 }
      }
      // Σ p is off by the roundings of S, N − 1, and of each quotient, one.
      let sum = probabilities[m].reduce(0) { $0 + Double($1) }
      if !(abs(sum - 1) <= Double(classes) * u) { wrongSums += 1 }
    }
    #expect(wrongLosses == 0, sourceLocation: sourceLocation)
    #expect(wrongGradients == 0, sourceLocation: sourceLocation)
    #expect(wrongProbabilities == 0, sourceLocation: sourceLocation)
    #expect(wrongSums == 0, sourceLocation: sourceLocation)
  }

  @Test(arguments: TableUnderTest.all, [1, 2, 10, 33])
  func agreesWithDoublePrecision(table: TableUnderTest, classes: Int) {
    var random = RandomStream(seed: 4, purpose: .initialization, coordinate: UInt64(classes))
    for samples in 1...40 {
      // From nearly equal logits to confident ones.
      for scale in [0.01, 1, 30] as [Float] {
        let logits = Matrix.random(rows: samples, columns: classes, using: &random)
          .map { $0.map { $0 * scale } }
        let labels = (0..<samples).map { _ in UInt8(random.uniform(below: UInt32(classes))) }
        expectWithinBounds(table, logits: logits, labels: labels)
      }
    }
  }

  @Test(arguments: TableUnderTest.all)
  func largeLogits(table: TableUnderTest) {
    let logits: Matrix = [
      [1e4, -1e4, 0], [-1e4, 1e4, 1e4], [-1e4, -1e4, -1e4], [1e4, 1e4, 1e4],
      [1e4, 9_999.5, 9_998], [3e38, -3e38, 0], [-104, 0, -103.9], [-87.5, 0, -88.8],
    ]
    for label in UInt8(0)..<3 {
      // A difference in the sixth is no float: its loss is infinite for that label.
      let finite = logits.indices.filter { $0 != 5 }
      expectWithinBounds(
        table, logits: finite.map { logits[$0] }, labels: finite.map { _ in label })
      let found = table.softmaxCrossEntropy(logits: [logits[5]], labels: [label])
      #expect(found.losses[0] == [0, .infinity, 3e38][Int(label)])
      #expect(found.gradient[0][0] == (label == 0 ? 0 : 1))
    }
  }

  /// All logits equal: each e is 1, their sum is N, and only the logarithm rounds.
  @Test(arguments: TableUnderTest.all, [1, 2, 3, 10, 33, 256])
  func equalLogits(table: TableUnderTest, classes: Int) {
    for logit in [0, -0.0, 1, -7.25, 1e4, -1e30] as [Float] {
      let logits = Matrix(repeating: [Float](repeating: logit, count: classes), count: 5)
      let (losses, gradient) = table.softmaxCrossEntropy(
        logits: logits, labels: [UInt8](repeating: UInt8(classes - 1), count: 5))
      let exact = log(Double(classes))
      let error = abs(Double(losses[0]) - exact) / Double(Float(exact).ulp)
      #expect(error <= ElementaryTests.logarithmBound)
      #expect(Set(losses.bits).count == 1)
      let expected =
        [Float](repeating: 1 / Float(classes), count: classes - 1) + [1 / Float(classes) - 1]
      #expect(differences(gradient, Matrix(repeating: expected, count: 5)) == 0)
    }
  }

  /// One class leaves nothing to learn: exactly nothing.
  @Test(arguments: TableUnderTest.all)
  func oneClass(table: TableUnderTest) {
    let logits = (0..<7).map { [Float($0) * 10 - 30] }
    let found = table.softmaxCrossEntropy(logits: logits, labels: [0, 0, 0, 0, 0, 0, 0])
    #expect(found.losses.allSatisfy { $0 == 0 })
    #expect(found.gradient.allSatisfy { $0 == [0] })
    #expect(table.softmax(logits: logits).allSatisfy { $0 == [1] })
  }

  /// A diverged sample shows, wherever its not-a-number stands, and only in its own results.
  @Test(arguments: TableUnderTest.all)
  func notANumber(table: TableUnderTest) {
    let clean = Matrix(repeating: [1, 2, 3, 4], count: 37)
    let labels = (0..<37).map { UInt8($0 % 4) }
    let expected = table.softmaxCrossEntropy(logits: clean, labels: labels)
    for bad in [Float.nan, .infinity] {
      for place in 0..<4 {
        for sample in [0, 5, 36] {
          var logits = clean
          logits[sample][place] = bad
          let found = table.softmaxCrossEntropy(logits: logits, labels: labels)
          #expect(found.losses[sample].isNaN)
          #expect(found.gradient[sample].contains { $0.isNaN })
          #expect(table.softmax(logits: logits)[sample].contains { $0.isNaN })
          let changed = zip(found.losses.bits, expected.losses.bits).count { $0 != $1 }
          #expect(changed == 1)
          #expect(differences(found.gradient, expected.gradient) == 1)
        }
      }
    }
  }
}
