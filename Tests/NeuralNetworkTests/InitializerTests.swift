import NeuralNetwork
import Randomness
import TestSupport
import Testing

@Suite struct InitializerTests {
  static let texts: [(Initializer, String)] = [
    (.he, "he"), (.heNormal, "he-normal"), (.xavier, "xavier"), (.xavierNormal, "xavier-normal"),
    (.lecun, "lecun"), (.lecunNormal, "lecun-normal"), (.uniform(limit: 0.05), "uniform:0.05"),
    (.uniform(limit: 1), "uniform:1"), (.normal(deviation: 0.01), "normal:0.01"),
    (.zeros, "zeros"),
  ]

  @Test(arguments: texts)
  func textForms(initializer: Initializer, text: String) {
    #expect(initializer.description == text)
    #expect(Initializer(text) == initializer)
  }

  @Test(arguments: [
    "", "He", "he:1", "uniform", "uniform:", "uniform:0", "uniform:-1", "uniform:nan",
    "normal:inf", "normal", "zeros:1", "kaiming",
  ])
  func whatIsNoInitializer(text: String) {
    #expect(Initializer(text) == nil)
  }

  /// Mean and variance within six standard deviations of what n numbers of the distribution have:
  /// of the mean σ / √n; of the mean square σ² √(4/5 / n) where it is uniform and σ² √(2 / n) where
  /// it is normal.
  @Test(
    arguments: [
      (.he, 2.0 / 300), (.heNormal, 2.0 / 300), (.xavier, 2.0 / 500), (.xavierNormal, 2.0 / 500),
      (.lecun, 1.0 / 300), (.lecunNormal, 1.0 / 300), (.uniform(limit: 0.3), 0.03),
      (.normal(deviation: 0.2), 0.04),
    ] as [(Initializer, Double)], [0, 7] as [UInt64])
  func variances(_ expected: (initializer: Initializer, variance: Double), seed: UInt64) throws {
    let network = try Network(inputs: 300, hidden: [200], outputs: 10)
    let values = Parameters(initializing: network, with: expected.initializer, seed: seed).values
    let weights = values[..<60_000].map(Double.init)
    let count = Double(weights.count)
    let mean = weights.reduce(0, +) / count
    let square = weights.reduce(0) { $0 + $1 * $1 } / count
    #expect(abs(mean) <= 6 * (expected.variance / count).squareRoot())
    #expect(abs(square - expected.variance) <= 6 * expected.variance * (2 / count).squareRoot())
    #expect(values[60_000..<60_200].allSatisfy { $0 == 0 })
    // The fourth moment tells a normal distribution (3 σ⁴) from a uniform one (1.8 σ⁴).
    let fourth =
      weights.reduce(0) { $0 + $1 * $1 * $1 * $1 } / count / expected.variance / expected.variance
    let isNormal = "\(expected.initializer)".contains("normal")
    #expect(abs(fourth - (isNormal ? 3 : 1.8)) < 0.3)
  }

  /// Each layer has a stream of its own: what one draws does not move what the next one gets.
  @Test func layersAreIndependent() throws {
    for (initializer, _) in Self.texts {
      let wide = try Network(inputs: 9, hidden: [20, 5], outputs: 3)
      let narrow = try Network(inputs: 4, hidden: [20, 5], outputs: 3)
      let first = Parameters(initializing: wide, with: initializer, seed: 3).values.suffix(123)
      let second = Parameters(initializing: narrow, with: initializer, seed: 3).values.suffix(123)
      #expect(differences(Array(first), Array(second)) == 0)
    }
  }

  @Test func zeros() throws {
    let network = try Network(inputs: 9, hidden: [20], outputs: 3)
    let values = Parameters(initializing: network, with: .zeros, seed: 3).values
    #expect(values.count == network.parameterCount && values.allSatisfy { $0.bitPattern == 0 })
  }
}
