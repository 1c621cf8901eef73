/// The kernels' definitions, written as plainly as possible over row-by-row matrices: the oracle
/// of their tests. Each sum is the same chain in the same order as in the fast kernels, so a
/// fused variant must give the very same bits.
public enum ReferenceKernels {
  /// `z[m][n] = bias[n] + Σ_k x[m][k] · w[n][k]`, then max(0, z) if `rectifies`.
  public static func forward(
    x: [[Float]], weights: [[Float]], bias: [Float], rectifies: Bool
  ) -> [[Float]] {
    x.map { sample in
      zip(weights, bias).map { row, bias in
        var sum = bias
        for (feature, weight) in zip(sample, row) { sum = sum.addingProduct(feature, weight) }
        return rectifies && sum < 0 ? 0 : sum
      }
    }
  }

  /// `dx[m][k] = Σ_n dz[m][n] · w[n][k]`.
  public static func inputGradient(delta: [[Float]], weights: [[Float]]) -> [[Float]] {
    delta.map { deltas in
      (weights.first ?? []).indices.map { k in
        var sum: Float = 0
        for (delta, row) in zip(deltas, weights) { sum = sum.addingProduct(row[k], delta) }
        return sum
      }
    }
  }

  /// `dw[n][k] = Σ_m x[m][k] · dz[m][n]`.
  public static func weightGradient(x: [[Float]], delta: [[Float]]) -> [[Float]] {
    (delta.first ?? []).indices.map { n in
      (x.first ?? []).indices.map { k in
        var sum: Float = 0
        for (sample, deltas) in zip(x, delta) { sum = sum.addingProduct(sample[k], deltas[n]) }
        return sum
      }
    }
  }

  /// `db[n] = Σ_m dz[m][n]`.
  public static func biasGradient(delta: [[Float]]) -> [Float] {
    (delta.first ?? []).indices.map { n in
      delta.reduce(0) { $0 + $1[n] }
    }
  }
}
