import Randomness
import Testing

@Suite struct ScatterDeltasTests {
  /// Rows of other shards before and behind the ones that are written.
  let rowsBefore = 3
  let rowsBehind = 2

  /// What one call did, and what it should have done.
  struct Outcome {
    var wrongDeltas = 0
    var wrongPadding = 0
    var touchedRows = 0
    var wrongGradients = 0

    /// The sum of all; each must be 0.
    var wrong: Int { wrongDeltas + wrongPadding + touchedRows + wrongGradients }
  }

  /// Scatters `gradient`, of shape [samples][features], masked by `activations` if any, or
  /// multiplied by them.
  func scatter(
    _ table: TableUnderTest, gradient: Matrix, activations: Matrix?, returnsMasked: Bool,
    multiplies: Bool = false
  ) -> Outcome {
    let samples = gradient.count
    let features = gradient[0].count
    let kernels = table.kernels
    let places = kernels.padded(samples)
    var group = gradient.groups(kernels) + output(0)
    let before = group
    // As the forward product leaves them: whole panels. The places past the features are
    // poisoned here, and no result may show it.
    let stride = kernels.padded(features)
    let activationRows = activations?.rows(stride: stride)
    let allRows = rowsBefore + samples + rowsBehind
    var panels = output(kernels.padded(features) * allRows)
    if let activationRows, multiplies {
      kernels.activations.scatterDeltas(
        samples, features, &group, activationRows, stride, &panels, allRows, rowsBefore,
        returnsMasked)
    } else if let activationRows {
      kernels.scatterDeltas(
        samples, features, &group, activationRows, stride, &panels, allRows, rowsBefore,
        returnsMasked)
    } else {
      kernels.scatterDeltas(
        samples, features, &group, nil, 0, &panels, allRows, rowsBefore, returnsMasked)
    }
    expectIntactMargins(of: panels, group)

    func delta(_ m: Int, _ f: Int) -> Float {
      if multiplies, let activations { return activations[m][f] * gradient[m][f] }
      return activations.map { $0[m][f] <= 0 } ?? false ? 0 : gradient[m][f]
    }
    var outcome = Outcome()
    for (first, width) in table.panels(features) {
      for row in 0..<allRows {
        for place in 0..<width {
          let found = panels[first * allRows + row * width + place].bitPattern
          let sample = row - rowsBefore
          let feature = first + place
          if sample < 0 || sample >= samples {
            outcome.touchedRows += found == poison.bitPattern ? 0 : 1
          } else if feature >= features {
            outcome.wrongPadding += found == 0 ? 0 : 1
          } else {
            outcome.wrongDeltas += found == delta(sample, feature).bitPattern ? 0 : 1
          }
        }
      }
    }
    let after = group.fromGroups(samples: places, features: features, kernels)
    let initial = before.fromGroups(samples: places, features: features, kernels)
    for m in 0..<places {
      for f in 0..<features {
        if m >= samples {
          // They have no meaning, but later sums over them must stay finite.
          outcome.wrongGradients += after[m][f].isFinite ? 0 : 1
        } else {
          let expected = returnsMasked ? delta(m, f) : initial[m][f]
          outcome.wrongGradients += after[m][f].bitPattern == expected.bitPattern ? 0 : 1
        }
      }
    }
    return outcome
  }

  /// Activations of ReLU: about half of them are zero, of either sign.
  func activations(samples: Int, features: Int, using random: inout RandomStream) -> Matrix {
    Matrix.random(rows: samples, columns: features, using: &random)
      .map { $0.map { $0 > 0 ? $0 : $0 < -0.5 ? 0 : -0.0 } }
  }

  @Test(arguments: TableUnderTest.all)
  func everySize(table: TableUnderTest) {
    var random = RandomStream(seed: 5, purpose: .initialization)
    var wrong = 0
    let sizes = Array(1...18) + [31, 32, 33, 37, 64, 65]
    for samples in sizes {
      for features in sizes {
        let gradient = Matrix.random(rows: samples, columns: features, using: &random)
        let mask = activations(samples: samples, features: features, using: &random)
        for returnsMasked in [false, true] {
          for activations in [nil, mask] {
            let outcome = scatter(
              table, gradient: gradient, activations: activations, returnsMasked: returnsMasked)
            wrong += outcome.wrong
          }
          let slopes = Matrix.random(rows: samples, columns: features, using: &random)
          wrong +=
            scatter(
              table, gradient: gradient, activations: slopes, returnsMasked: returnsMasked,
              multiplies: true
            ).wrong
        }
      }
    }
    #expect(wrong == 0)
  }

  /// A gradient that has diverged reaches the parameters, unless a unit is off.
  @Test(arguments: TableUnderTest.all)
  func notANumberStays(table: TableUnderTest) {
    let gradient: Matrix = [[.nan, .infinity, -0.0, .nan, 1], [1, .nan, 2, 3, .nan]]
    let mask: Matrix = [[1, 1, 1, 0, 1], [0, 0.5, 0, 1, 1]]
    let outcome = scatter(table, gradient: gradient, activations: mask, returnsMasked: true)
    #expect(outcome.wrong == 0)
  }
}
