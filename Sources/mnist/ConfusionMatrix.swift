import Datasets
import Terminal
import Training

/// How often samples of each class were taken for each class.
///
/// As JSON, one object: `event` is "confusion", `dataset` the name of the data, and `counts` a list
/// of lists, in which row l and column c hold how many samples of label l were taken for class c.
struct ConfusionMatrix {
  let dataset: String
  /// By label, then by the class that was found.
  private(set) var counts: [[Int]]

  /// - Precondition: the dataset has images and classes, and fits the evaluator's network.
  init(_ evaluator: Evaluator, _ dataset: Dataset) throws(TrainingError) {
    self.dataset = dataset.name
    let classes = dataset.classCount
    counts = Array(repeating: Array(repeating: 0, count: classes), count: classes)
    for sample in 0..<dataset.count {
      let probabilities = try evaluator.probabilities(of: dataset.image(at: sample))
      let found = probabilities.indices.max { probabilities[$0] < probabilities[$1] } ?? 0
      counts[Int(dataset.label(at: sample))][found] += 1
    }
  }

  var json: JSONValue {
    .object([
      ("event", .string("confusion")), ("dataset", .string(dataset)),
      ("counts", .array(counts.map { .array($0.map { .integer($0) }) })),
    ])
  }
}
