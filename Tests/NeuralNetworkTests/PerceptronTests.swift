import NeuralNetwork
import Randomness
import Testing

/// The perceptron of the lectures: sign(w · x) with sign(0) = +1, signals ±1, an input that is
/// always 1 in place of the threshold.
@Suite struct PerceptronTests {
  private static let signals: [(Double, Double)] = [(-1, -1), (-1, 1), (1, -1), (1, 1)]

  private static func examples(
    _ label: (Double, Double) -> Bool
  ) -> [(x: [Double], label: Int)] {
    signals.map { ([1, $0.0, $0.1], label($0.0, $0.1) ? 1 : -1) }
  }

  /// The lectures' worked run begins with w = (0, 0), x = (1, −1) and the label −1: sign(0) = +1 is
  /// a mistake, so w = (−1, 1).
  @Test func theWorkedRunBegins() {
    var perceptron = Perceptron(inputs: 2)
    #expect(perceptron([1, -1]) == 1)
    let wasMistake = perceptron.learn([1, -1], label: -1)
    #expect(wasMistake)
    #expect(perceptron.weights == [-1, 1])
    // −2 now: no mistake, no change.
    let isMistake = perceptron.learn([1, -1], label: -1)
    #expect(!isMistake)
    #expect(perceptron.weights == [-1, 1])
  }

  /// w ← w + η (d − y) x: with η = ½ the plain rule.
  @Test func theRuleWithARate() {
    var perceptron = Perceptron(inputs: 2)
    perceptron.learn([1, -1], label: -1, rule: .rate(0.5))
    #expect(perceptron.weights == [-1, 1])
    perceptron.learn([3, 2], label: 1, rule: .rate(0.25))
    // −3 + 2 < 0 is a mistake: d − y = 2.
    #expect(perceptron.weights == [0.5, 2])
  }

  /// AND = sign(−1 + g₁ + g₂), OR = sign(+1 + g₁ + g₂),
  /// XOR = OR(AND(−g₁, g₂), AND(g₁, −g₂)).
  @Test func logic() {
    let and = Perceptron(weights: [-1, 1, 1])
    let or = Perceptron(weights: [1, 1, 1])
    for (a, b) in Self.signals {
      #expect(and([1, a, b]) == (a > 0 && b > 0 ? 1 : -1))
      #expect(or([1, a, b]) == (a > 0 || b > 0 ? 1 : -1))
      let xor = or([1, Double(and([1, -a, b])), Double(and([1, a, -b]))])
      #expect(xor == ((a > 0) != (b > 0) ? 1 : -1))
    }
  }

  @Test(arguments: [Perceptron.Rule.plain, .rate(0.1), .rate(2)])
  func learnsAndAndOr(rule: Perceptron.Rule) {
    for examples in [Self.examples { $0 > 0 && $1 > 0 }, Self.examples { $0 > 0 || $1 > 0 }] {
      var perceptron = Perceptron(inputs: 3)
      #expect(perceptron.fit(examples, rule: rule, epochs: 100).converged)
      #expect(examples.allSatisfy { perceptron($0.x) == $0.label })
    }
  }

  /// No line separates XOR: every epoch has a mistake, and it says so when they are used up.
  @Test(arguments: [Perceptron.Rule.plain, .rate(0.1)])
  func cannotLearnXOR(rule: Perceptron.Rule) {
    let examples = Self.examples { ($0 > 0) != ($1 > 0) }
    var perceptron = Perceptron(inputs: 3)
    let outcome = perceptron.fit(examples, rule: rule, epochs: 1000)
    #expect(!outcome.converged)
    #expect(outcome.epochs == 1000)
    #expect(outcome.mistakes >= 1000)
    #expect(examples.contains { perceptron($0.x) != $0.label })
  }

  /// Novikoff's bound: no more than (R / γ)² mistakes.
  @Test(arguments: UInt64(1)...10)
  func convergesOnSeparableData(seed: UInt64) {
    var random = RandomStream(seed: seed, purpose: .initialization)
    let truth = (0..<5).map { _ in Double(random.uniform(-1, 1)) }
    let norm = truth.reduce(0) { $0 + $1 * $1 }.squareRoot()
    var margin = Double.infinity
    var radius = 0.0
    var examples: [(x: [Double], label: Int)] = []
    while examples.count < 200 {
      let x = (0..<5).map { _ in Double(random.uniform(-1, 1)) }
      let distance = zip(truth, x).reduce(0) { $0 + $1.0 * $1.1 } / norm
      guard abs(distance) > 0.05 else { continue }
      margin = min(margin, abs(distance))
      radius = max(radius, x.reduce(0) { $0 + $1 * $1 }.squareRoot())
      examples.append((x, distance > 0 ? 1 : -1))
    }
    var perceptron = Perceptron(inputs: 5)
    let outcome = perceptron.fit(examples, epochs: 10_000)
    #expect(outcome.converged)
    #expect(Double(outcome.mistakes) <= (radius / margin) * (radius / margin))
    #expect(examples.allSatisfy { perceptron($0.x) == $0.label })
  }
}
