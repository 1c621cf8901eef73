import Randomness
import TestSupport
import Testing

/// A row's result must not depend on the rows that share its tile, for any variant: a batch could
/// not be cut into other shards otherwise.
@Suite struct TileIndependenceTests {
  let random17 = Shape(samples: 17, inputs: 17, outputs: 17)

  @Test(arguments: TableUnderTest.all)
  func forward(table: TableUnderTest) {
    let (x, weights, bias) = random17.forwardArguments()
    let alone = x.map {
      table.forward(x: [$0], weights: weights, bias: bias, rectifies: true)[0]
    }
    for first in 0..<x.count {
      for end in (first + 1)...x.count {
        let z = table.forward(
          x: Array(x[first..<end]), weights: weights, bias: bias, rectifies: true)
        #expect(differences(z, Array(alone[first..<end])) == 0)
      }
    }
  }

  /// Here the tiles' rows are inputs, and samples are the vectors' places.
  @Test(arguments: TableUnderTest.all)
  func inputGradient(table: TableUnderTest) {
    let (_, delta, weights) = random17.backwardArguments()
    let columns = weights.transposed
    let alone = columns.map { column in
      table.inputGradient(delta: delta, weights: [column].transposed).transposed[0]
    }
    for count in 1...17 {
      let gradient = table.inputGradient(
        delta: delta, weights: Array(columns[..<count]).transposed)
      #expect(differences(gradient.transposed, Array(alone[..<count])) == 0)
      let fewer = table.inputGradient(delta: Array(delta[..<count]), weights: weights)
      #expect(differences(fewer, Array(alone.transposed[..<count])) == 0)
    }
  }

  @Test(arguments: TableUnderTest.all)
  func weightGradient(table: TableUnderTest) {
    let (x, delta, _) = random17.backwardArguments()
    let columns = x.transposed
    let alone = columns.map { column in
      table.weightGradient(x: [column].transposed, delta: delta).transposed[0]
    }
    for count in 1...17 {
      let gradient = table.weightGradient(x: Array(columns[..<count]).transposed, delta: delta)
      #expect(differences(gradient.transposed, Array(alone[..<count])) == 0)
    }
  }

  @Test(arguments: TableUnderTest.all)
  func softmaxCrossEntropy(table: TableUnderTest) {
    var random = RandomStream(seed: 3, purpose: .initialization)
    let logits = Matrix.random(rows: 40, columns: 10, using: &random)
    let labels = (0..<40).map { UInt8($0 % 10) }
    let alone = zip(logits, labels).map {
      table.softmaxCrossEntropy(logits: [$0], labels: [$1])
    }
    for count in 1...40 {
      let found = table.softmaxCrossEntropy(
        logits: Array(logits[..<count]), labels: Array(labels[..<count]))
      #expect(differences(found.losses.bits, alone[..<count].map { $0.losses[0].bitPattern }) == 0)
      #expect(differences(found.gradient, alone[..<count].map { $0.gradient[0] }) == 0)
    }
  }
}
