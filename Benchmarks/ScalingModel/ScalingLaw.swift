/// Throughput as a function of the number of threads N:
///
///     X(N) = λ N / (1 + σ (N − 1) + κ N (N − 1))
///
/// λ is the throughput of one thread; σ the share of the work that only one thread can do at a time
/// (contention); κ what each pair of threads costs (coherence). With κ = 0 it is Amdahl's law, whose
/// serial fraction is σ; with σ = κ = 0 throughput grows as the number of threads does.
///
/// Sources: G. M. Amdahl, "Validity of the single processor approach to achieving large scale
/// computing capabilities", AFIPS 1967, DOI 10.1145/1465482.1465560; N. J. Gunther, "Guerrilla
/// Capacity Planning" (2007), DOI 10.1007/978-3-540-31010-5: the Universal Scalability Law.
public struct ScalingLaw: Sendable, Equatable {
  /// Samples per second of one thread.
  public let rate: Double
  /// σ, at least 0.
  public let contention: Double
  /// κ, at least 0.
  public let coherence: Double

  public init(rate: Double, contention: Double, coherence: Double) {
    self.rate = rate
    self.contention = contention
    self.coherence = coherence
  }

  /// X(N).
  public func throughput(threads: Int) -> Double {
    let n = Double(threads)
    return rate * n / (1 + contention * (n - 1) + coherence * n * (n - 1))
  }

  /// X(N) / X(1).
  public func speedUp(threads: Int) -> Double { throughput(threads: threads) / rate }

  /// The number of threads with the greatest throughput; nil where more are always better.
  public var bestThreads: Double? {
    guard coherence > 0, contention < 1 else { return coherence > 0 ? 1 : nil }
    return ((1 - contention) / coherence).squareRoot()
  }

  /// What the speed-up grows towards with ever more threads; nil where it has no limit, or falls in
  /// the end.
  public var limitOfSpeedUp: Double? {
    coherence == 0 && contention > 0 ? 1 / contention : nil
  }

  // MARK: Fits

  /// Which of σ and κ a fit may use.
  public enum Form: String, Sendable, CaseIterable {
    /// κ = 0.
    case amdahl
    /// σ = 0.
    case coherenceOnly
    case universal

    /// Numbers of threads that have to be measured to find the parameters.
    public var leastPoints: Int { self == .universal ? 3 : 2 }
  }

  /// The law that is nearest to measured throughputs.
  ///
  /// N / X(N) = (1 + σ (N − 1) + κ N (N − 1)) / λ is linear in 1/λ, σ/λ and κ/λ, so the fit is one
  /// of linear least squares, with σ and κ kept from going below 0. Each point is weighted by X/N:
  /// what is made small are *relative* errors, because noise grows with the throughput.
  /// - Parameter points: Threads and throughput, each number of threads once.
  /// - Returns: Nil where there are too few points for the form.
  public static func fit(
    _ points: [(threads: Int, throughput: Double)], form: Form
  ) -> ScalingLaw? {
    guard points.count >= form.leastPoints,
      points.allSatisfy({ $0.threads >= 1 && $0.throughput > 0 && $0.throughput.isFinite })
    else { return nil }
    let rows = points.map { point -> [Double] in
      let n = Double(point.threads)
      let weight = point.throughput / n
      return [weight, weight * (n - 1), weight * n * (n - 1)]
    }
    // Every subset of the terms that may be left out; the best one without a negative factor.
    let subsets: [[Int]] =
      switch form {
      case .amdahl: [[0, 1], [0]]
      case .coherenceOnly: [[0, 2], [0]]
      case .universal: [[0, 1, 2], [0, 1], [0, 2], [0]]
      }
    var best: (error: Double, factors: [Double])?
    for terms in subsets {
      guard let solution = leastSquares(rows.map { row in terms.map { row[$0] } }),
        solution.allSatisfy({ $0 >= 0 }), solution[0] > 0
      else { continue }
      var factors = [0.0, 0, 0]
      for (term, factor) in zip(terms, solution) { factors[term] = factor }
      let error = rows.reduce(0) { sum, row in
        let residual = zip(row, factors).reduce(-1) { $0 + $1.0 * $1.1 }
        return sum + residual * residual
      }
      if best.map({ error < $0.error }) ?? true { best = (error, factors) }
    }
    return best.map { found in
      ScalingLaw(
        rate: 1 / found.factors[0], contention: found.factors[1] / found.factors[0],
        coherence: found.factors[2] / found.factors[0])
    }
  }

  /// The factors x for which rows · x is nearest to 1 everywhere: the normal equations, solved by
  /// elimination. Nil where they do not determine x.
  private static func leastSquares(_ rows: [[Double]]) -> [Double]? {
    let count = rows[0].count
    var matrix = (0..<count).map { i in
      (0..<count).map { j in rows.reduce(0) { $0 + $1[i] * $1[j] } }
        + [rows.reduce(0) { $0 + $1[i] }]
    }
    for column in 0..<count {
      let pivot = (column..<count).max { abs(matrix[$0][column]) < abs(matrix[$1][column]) }
      guard let pivot else { return nil }
      let largest = rows.reduce(0) { max($0, abs($1[column])) }
      guard abs(matrix[pivot][column]) > 1e-12 * largest * largest else { return nil }
      matrix.swapAt(column, pivot)
      for row in column + 1..<count {
        let factor = matrix[row][column] / matrix[column][column]
        for k in column...count { matrix[row][k] -= factor * matrix[column][k] }
      }
    }
    var solution = [Double](repeating: 0, count: count)
    for row in (0..<count).reversed() {
      let rest = (row + 1..<count).reduce(matrix[row][count]) {
        $0 - matrix[row][$1] * solution[$1]
      }
      solution[row] = rest / matrix[row][row]
    }
    return solution
  }
}
