import Foundation
import Kernels
import Randomness
import TestSupport
import Testing

/// The unit roundoff of floats.
private let u = 0x1p-24

/// A loss of target rows, in the terms of its kernel.
enum TargetLoss: Sendable, Hashable, CaseIterable {
  case crossEntropy, smoothed, binary, squared, absolute

  static let smoothing: Float = 0.1

  var s: Float { self == .smoothed ? Self.smoothing : 0 }
  var takesProbabilities: Bool { self == .crossEntropy || self == .smoothed || self == .binary }

  /// The loss of a sample in double precision.
  func loss(_ y: [Double], _ t: [Float]) -> Double {
    let t = t.map(Double.init)
    let count = Double(y.count)
    switch self {
    case .crossEntropy, .smoothed:
      let largest = y.max() ?? 0
      let logarithm = log(y.reduce(0) { $0 + exp($1 - largest) })
      return zip(y, weights(t)).reduce(0) { $0 - $1.1 * ($1.0 - largest - logarithm) }
    case .binary:
      return zip(y, t).reduce(0) { $0 + max($1.0, 0) - $1.0 * $1.1 + log1p(exp(-abs($1.0))) }
        / count
    case .squared: return zip(y, t).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) } * scale(y)
    case .absolute: return zip(y, t).reduce(0) { $0 + abs($1.0 - $1.1) } * scale(y)
    }
  }

  /// q of the cross-entropies.
  func weights(_ t: [Double]) -> [Double] {
    t.map { (1 - Double(s)) * $0 + Double(s) / Double(t.count) }
  }

  /// c of the errors, as the float that the kernel gets.
  func scale(_ y: [Double]) -> Double { Double(1 / Float(y.count)) }

  // The bounds, to first order in u = 2⁻²⁴; a last term of a hundredth covers the second order. The
  // exponential is off by 2.04 u of itself at most, the logarithm by 1.66 u (see `ElementaryTests`).

  /// How far the kernel's loss can be from the exact one.
  func bound(_ y: [Double], _ t: [Float]) -> Double {
    let n = Double(y.count)
    let t = t.map(Double.init)
    let loss = self.loss(y, t.map(Float.init))
    switch self {
    case .crossEntropy, .smoothed:
      // log Σ e is off by (1.37 N + 0.7) u + 1.66 u of itself (see `SoftmaxTests`). q has three
      // roundings, Σ q N − 1 more; z − max z one; a product of the chain at most N + 1.
      let q = weights(t)
      let sum = q.reduce(0, +)
      let largest = y.max() ?? 0
      let logarithm = log(y.reduce(0) { $0 + exp($1 - largest) })
      let products = zip(q, y).reduce(0) { $0 + $1.0 * abs($1.1 - largest) }
      return 1.01 * u
        * (sum * (1.37 * n + 0.7 + 1.66 * logarithm) + (n + 3) * sum * logarithm
          + (n + 5) * products + loss)
    case .binary:
      // max(z, 0) − z t: the product is rounded where nothing is fused, and the difference.
      // log(1 + e): 2.04 u by e, 1.66 u by the logarithm, u by adding the correction, whose own
      // Taylor remainder is below ½ u. Then the sum of the two, N sums and two roundings of the
      // scale.
      let terms = zip(y, t).reduce(0) { total, pair in
        let (z, t) = pair
        let linear = max(z, 0) - z * t
        return total + abs(z * t) + abs(linear) + 5.7 * log1p(exp(-abs(z)))
      }
      return 1.01 * u * (terms / n + (n + 3) * loss) + 0x1p-140
    case .squared:
      // Each difference has one rounding, twice in its square; N products, N sums, the scale.
      return 1.01 * u * (n + 4) * loss
    case .absolute: return 1.01 * u * (n + 2) * loss
    }
  }

  /// How far the kernel's gradient can be from the exact one, by output.
  func gradientBounds(_ y: [Double], _ t: [Float]) -> [Double] {
    let n = Double(y.count)
    let t = t.map(Double.init)
    switch self {
    case .crossEntropy, .smoothed:
      // p is off by (1.37 N + 4.2) u (see `SoftmaxTests`), Σ q by (N + 2) u of itself, their
      // product is rounded, q has three roundings, and so is the difference.
      let q = weights(t)
      let sum = q.reduce(0, +)
      let largest = y.max() ?? 0
      let exponentials = y.map { exp($0 - largest) }
      let total = exponentials.reduce(0, +)
      return zip(exponentials, q).map { e, q in
        let p = e / total
        return 1.01 * u
          * (sum * (1.37 * n + 4.2) + p * sum * (n + 3) + 3 * q + abs(p * sum - q))
      }
    case .binary:
      // σ: 2.04 u by e, u each by the sum and the quotient; then three roundings.
      return zip(y, t).map { z, t in
        let sigmoid = 1 / (1 + exp(-z))
        return 1.01 * u * (4.04 * sigmoid + 3 * abs(sigmoid - t)) / n + 0x1p-140
      }
    case .squared: return zip(y, t).map { 1.01 * u * 2 * 2 * scale(y) * abs($0 - $1) }
    case .absolute: return y.map { _ in 0 }
    }
  }
}

extension TableUnderTest {
  /// The losses, and the gradient of shape [samples][outputs]. Places past the last sample must be
  /// finite.
  func loss(
    _ loss: TargetLoss, outputs y: Matrix, targets: Matrix
  ) -> (losses: [Float], gradient: Matrix) {
    let count = y[0].count
    // Room for a multiple of four, and not-a-number in it.
    let stride = count + 3
    let targetStride = (count + 3) / 4 * 4
    let places = kernels.padded(y.count)
    var losses = output(y.count)
    var gradient = output(places * count)
    let rows = y.rows(stride: stride)
    let t = targets.rows(stride: targetStride)
    let scale = 1 / Float(count)
    switch loss {
    case .crossEntropy, .smoothed:
      kernels.losses.smoothedCrossEntropy(
        y.count, count, rows, stride, t, targetStride, loss.s, &losses, &gradient)
    case .binary:
      kernels.losses.binaryCrossEntropy(
        y.count, count, rows, stride, t, targetStride, &losses, &gradient)
    case .squared:
      kernels.losses.squaredError(
        y.count, count, rows, stride, t, targetStride, scale, &losses, &gradient)
    case .absolute:
      kernels.losses.absoluteError(
        y.count, count, rows, stride, t, targetStride, scale, &losses, &gradient)
    }
    expectIntactMargins(of: losses, gradient)
    let all = gradient.fromGroups(samples: places, features: count, kernels)
    let infinite = all[y.count...].joined().count { !$0.isFinite }
    #expect(infinite == 0)
    return (Array(losses[..<y.count]), Array(all[..<y.count]))
  }
}

@Suite struct LossTests {
  /// Outputs and targets of a scale: probabilities, one-hot rows among them, where the loss asks.
  private static func example(
    _ loss: TargetLoss, samples: Int, outputs: Int, scale: Float, using random: inout RandomStream
  ) -> (y: Matrix, t: Matrix) {
    let y = Matrix.random(rows: samples, columns: outputs, using: &random)
      .map { $0.map { $0 * scale } }
    var t = Matrix.random(rows: samples, columns: outputs, using: &random)
    if loss.takesProbabilities {
      t = t.enumerated().map { m, row in
        if m % 3 == 0 { return row.indices.map { $0 == m % outputs ? 1 : 0 } }
        let positive = row.map { abs($0) }
        let sum = loss == .binary ? 1 : positive.reduce(0, +)
        return positive.map { $0 / sum }
      }
    }
    return (y, t)
  }

  /// Losses against double precision, gradients against central differences of it.
  ///
  /// The differences are off by h² / 6 of the largest third derivative along one output, which is
  /// (Σ q) / (6 √3) for the cross-entropies and 0 for the errors (away from the kink), and by the
  /// rounding of two losses by h.
  @Test(arguments: TableUnderTest.all, TargetLoss.allCases)
  func agreesWithDoublePrecision(table: TableUnderTest, loss: TargetLoss) {
    var random = RandomStream(seed: 21, purpose: .initialization)
    let h = 1e-5
    var wrongLosses = 0
    var wrongGradients = 0
    for outputs in [1, 2, 3, 4, 5, 10, 33] {
      for samples in [1, 3, 8, 9, 37, 70] {
        for scale in [0.01, 1, 30] as [Float] {
          let (y, t) = Self.example(
            loss, samples: samples, outputs: outputs, scale: scale, using: &random)
          let found = table.loss(loss, outputs: y, targets: t)
          for m in 0..<samples {
            var row = y[m].map(Double.init)
            let expected = loss.loss(row, t[m])
            if !(abs(Double(found.losses[m]) - expected) <= loss.bound(row, t[m])) {
              wrongLosses += 1
            }
            let bounds = loss.gradientBounds(row, t[m])
            let magnitude = row.reduce(1) { $0 + abs($1) } + expected
            for n in 0..<outputs {
              let value = row[n]
              if loss == .absolute && abs(value - Double(t[m][n])) <= h { continue }
              row[n] = value + h
              let above = loss.loss(row, t[m])
              row[n] = value - h
              let below = loss.loss(row, t[m])
              row[n] = value
              let bound =
                bounds[n] + h * h / 6 * 0.1 + Double(outputs + 10) * 0x1p-53 * magnitude / h
              if !(abs(Double(found.gradient[m][n]) - (above - below) / (2 * h)) <= bound) {
                wrongGradients += 1
              }
            }
          }
        }
      }
    }
    #expect(wrongLosses == 0)
    #expect(wrongGradients == 0)
  }

  /// A sample's results do not depend on the samples beside it.
  @Test(arguments: TableUnderTest.all, TargetLoss.allCases)
  func samplesDoNotMix(table: TableUnderTest, loss: TargetLoss) {
    var random = RandomStream(seed: 22, purpose: .initialization)
    let (y, t) = Self.example(loss, samples: 70, outputs: 7, scale: 3, using: &random)
    let together = table.loss(loss, outputs: y, targets: t)
    let alone = zip(y, t).map { table.loss(loss, outputs: [$0], targets: [$1]) }
    #expect(together.losses.bits == alone.map { $0.losses[0].bitPattern })
    #expect(differences(together.gradient, alone.map { $0.gradient[0] }) == 0)
  }

  @Test(arguments: TargetLoss.allCases)
  func fusedVariantsAgree(loss: TargetLoss) {
    var random = RandomStream(seed: 23, purpose: .initialization)
    for outputs in [1, 3, 10, 100] {
      for samples in [1, 7, 16, 33, 100] {
        for scale in [0.1, 5, 1e4] as [Float] {
          let (y, t) = Self.example(
            loss, samples: samples, outputs: outputs, scale: scale, using: &random)
          let results = TableUnderTest.fused.map { $0.loss(loss, outputs: y, targets: t) }
          #expect(Set(results.map(\.losses.bits)).count == 1)
          #expect(Set(results.map(\.gradient.bits)).count == 1)
        }
      }
    }
  }

  /// Confident outputs neither overflow nor lose what they cost: −log σ(z) is e⁻ᶻ far out.
  @Test(arguments: TableUnderTest.all)
  func extremeLogits(table: TableUnderTest) {
    let z: [Float] = [1e38, -1e38, 100, -100, 20, -20, 50, 0]
    let t: [Float] = [1, 0, 1, 0, 1, 0, 0, 1]
    let found = table.loss(
      .binary, outputs: z.map { [$0] }, targets: t.map { [$0] })
    let expected: [Double] = [
      0, 0, exp(-100.0), exp(-100.0), log1p(exp(-20.0)), log1p(exp(-20.0)), 50, log(2.0),
    ]
    for (found, expected) in zip(found.losses, expected) {
      // The sixth part of the bound above: no sum, no scale.
      #expect(abs(Double(found) - expected) <= 7 * u * expected + 0x1p-149)
    }
    #expect(found.gradient.joined().allSatisfy { $0.isFinite })
    // A class without weight costs nothing, however improbable it is.
    let softmax = table.loss(
      .crossEntropy, outputs: [[3e38, -3e38, 0]], targets: [[1, 0, 0]])
    #expect(softmax.losses[0] == 0)
    #expect(softmax.gradient[0] == [0, 0, 0])
  }

  /// One-hot rows cost what their labels cost, within the bounds of both.
  @Test(arguments: TableUnderTest.all)
  func oneHotRowsAreLabels(table: TableUnderTest) {
    var random = RandomStream(seed: 24, purpose: .initialization)
    let logits = Matrix.random(rows: 40, columns: 10, using: &random)
    let labels = (0..<40).map { UInt8($0 % 10) }
    let rows = labels.map { label in (0..<10).map { Float($0 == Int(label) ? 1 : 0) } }
    let found = table.loss(.crossEntropy, outputs: logits, targets: rows)
    let expected = table.softmaxCrossEntropy(logits: logits, labels: labels)
    #expect(differences(found.gradient, expected.gradient) == 0)
    for m in 0..<40 {
      #expect(
        abs(Double(found.losses[m]) - Double(expected.losses[m]))
          <= 2 * TargetLoss.crossEntropy.bound(logits[m].map(Double.init), rows[m]))
    }
  }

  /// The subgradient of |y − t| at 0 is 0.
  @Test(arguments: TableUnderTest.all)
  func theKinkIsFlat(table: TableUnderTest) {
    let found = table.loss(
      .absolute, outputs: [[1, -2, 0, 3]], targets: [[1, -2, 0, 1]])
    #expect(found.gradient == [[0, 0, 0, 0.25]])
    #expect(found.losses == [0.5])
  }

  /// A diverged sample shows, wherever its not-a-number stands, and only in its own results.
  @Test(arguments: TableUnderTest.all, TargetLoss.allCases)
  func notANumber(table: TableUnderTest, loss: TargetLoss) {
    let clean = Matrix(repeating: [1, 2, 3, 4, 5], count: 37)
    let targets = Matrix(repeating: [0.25, 0.25, 0.25, 0.25, 0], count: 37)
    let expected = table.loss(loss, outputs: clean, targets: targets)
    for place in 0..<5 {
      for sample in [0, 5, 36] {
        var y = clean
        y[sample][place] = .nan
        let found = table.loss(loss, outputs: y, targets: targets)
        #expect(found.losses[sample].isNaN)
        #expect(found.gradient[sample].contains { $0.isNaN })
        #expect(zip(found.losses.bits, expected.losses.bits).count { $0 != $1 } == 1)
        #expect(differences(found.gradient, expected.gradient) == 1)
      }
    }
  }
}
