import Randomness
import TestSupport
import Testing

/// All variants with fused multiply-adds give the same bits for everything: AVX2, AVX-512, NEON,
/// and the two that only the tests have. The first of them is compared with each other one.
@Suite struct FusedAgreementTests {
  let first = TableUnderTest.fused[0]
  static let others = Array(TableUnderTest.fused.dropFirst())

  @Test func thereIsSomethingToCompare() {
    #expect(Set(TableUnderTest.fused.map(\.kernels.panelWidth)).isSuperset(of: [16, 64]))
  }

  @Test(arguments: others, Shape.all)
  func products(other: TableUnderTest, shape: Shape) {
    let (x, weights, bias) = shape.forwardArguments()
    for rectifies in [false, true] {
      let z = first.forward(x: x, weights: weights, bias: bias, rectifies: rectifies)
      let otherZ = other.forward(x: x, weights: weights, bias: bias, rectifies: rectifies)
      #expect(differences(z, otherZ) == 0)
    }
    let (samples, delta, matrix) = shape.backwardArguments()
    #expect(
      differences(
        first.inputGradient(delta: delta, weights: matrix),
        other.inputGradient(delta: delta, weights: matrix)) == 0)
    #expect(
      differences(
        first.weightGradient(x: samples, delta: delta),
        other.weightGradient(x: samples, delta: delta)) == 0)
    let bits = first.biasGradient(delta: delta)[..<shape.outputs].map(\.bitPattern)
    let otherBits = other.biasGradient(delta: delta)[..<shape.outputs].map(\.bitPattern)
    #expect(differences(bits, otherBits) == 0)
  }

  /// Exactly the bits, not-a-numbers included, for a tenth of a million numbers of all sizes.
  @Test(arguments: others)
  func elementaryFunctions(other: TableUnderTest) {
    let x = stride(from: 0, to: UInt32.max - 40_009, by: 40_009).map { Float(bitPattern: $0) }
    let exponentials = (first.exponential(x), other.exponential(x))
    #expect(differences(exponentials.0.map(key), exponentials.1.map(key)) == 0)
    let positive = x.filter { $0 >= .leastNormalMagnitude && $0.isFinite }
    #expect(
      differences(first.logarithm(positive).bits, other.logarithm(positive).bits) == 0)
    let tangents = (first.hyperbolicTangent(x), other.hyperbolicTangent(x))
    #expect(differences(tangents.0.map(key), tangents.1.map(key)) == 0)
  }

  /// The bits of a number; all not-a-numbers alike, whose payloads the hardware may choose.
  private func key(_ value: Float) -> UInt32 { value.isNaN ? 0x7FC0_0000 : value.bitPattern }

  @Test(arguments: others, [1, 2, 3, 10, 33, 100])
  func softmax(other: TableUnderTest, classes: Int) {
    var random = RandomStream(seed: 8, purpose: .initialization)
    for samples in [1, 7, 8, 9, 16, 31, 33, 64, 100] {
      for scale in [0.1, 5, 1e4] as [Float] {
        let logits = Matrix.random(rows: samples, columns: classes, using: &random)
          .map { $0.map { $0 * scale } }
        let labels = (0..<samples).map { _ in UInt8(random.uniform(below: UInt32(classes))) }
        let found = first.softmaxCrossEntropy(logits: logits, labels: labels)
        let others = other.softmaxCrossEntropy(logits: logits, labels: labels)
        #expect(differences(found.losses.bits, others.losses.bits) == 0)
        #expect(differences(found.gradient, others.gradient) == 0)
        #expect(
          differences(first.softmax(logits: logits), other.softmax(logits: logits)) == 0)
      }
    }
  }

  @Test(arguments: others)
  func updates(other: TableUnderTest) {
    var random = RandomStream(seed: 9, purpose: .initialization)
    let numbers = Matrix.random(rows: 3, columns: 1024, using: &random)
    for (scale, learningRate, momentum) in UpdateTests.rates {
      let plain = [first, other].map {
        $0.sgd(
          parameters: numbers[0], gradientSum: numbers[1], scale: scale,
          learningRate: learningRate)
      }
      #expect(differences(plain[0].bits, plain[1].bits) == 0)
      let moved = [first, other].map {
        $0.momentum(
          parameters: numbers[0], velocity: numbers[2], gradientSum: numbers[1], scale: scale,
          learningRate: learningRate, momentum: momentum)
      }
      #expect(differences(moved[0].parameters.bits, moved[1].parameters.bits) == 0)
      #expect(differences(moved[0].velocity.bits, moved[1].velocity.bits) == 0)
    }
  }
}
