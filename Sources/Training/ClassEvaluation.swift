/// How a model's predictions of classes turned out, class by class.
public struct ClassEvaluation: Sendable, Equatable {
  /// The number of classes.
  public let classCount: Int
  /// The confusion matrix, `confusion[label][predicted]`: how many samples of a class were predicted
  /// to be of which one.
  public let confusion: [[Int]]
  /// How many samples' labels have the largest output (`ranks[0]`), the second largest and so on;
  /// of equal outputs, the first one counts as the larger.
  public let ranks: [Int]

  package init(classCount: Int, confusion: [[Int]], ranks: [Int]) {
    self.classCount = classCount
    self.confusion = confusion
    self.ranks = ranks
  }

  /// Samples in all.
  public var sampleCount: Int { ranks.reduce(0, +) }

  /// The share of samples whose label is among the `k` classes with the largest outputs; 1 from
  /// `classCount` on.
  /// - Precondition: `k` is at least 1.
  public func topAccuracy(_ k: Int) -> Double {
    precondition(k >= 1, "the accuracy of at least one guess")
    return Double(ranks.prefix(k).reduce(0, +)) / Double(sampleCount)
  }

  /// Samples of a class.
  public func support(of label: Int) -> Int { confusion[label].reduce(0, +) }

  /// Of the samples that were predicted to be of a class, the share that is; nil where none was.
  public func precision(of label: Int) -> Double? {
    let predicted = confusion.reduce(0) { $0 + $1[label] }
    return predicted == 0 ? nil : Double(confusion[label][label]) / Double(predicted)
  }

  /// Of the samples of a class, the share that was predicted to be; nil where there are none.
  public func recall(of label: Int) -> Double? {
    let support = support(of: label)
    return support == 0 ? nil : Double(confusion[label][label]) / Double(support)
  }

  /// `2 · precision · recall / (precision + recall)`, as `2 · hits / (predicted + support)`; nil
  /// where no sample is of the class or was predicted to be.
  public func f1Score(of label: Int) -> Double? {
    let predicted = confusion.reduce(0) { $0 + $1[label] }
    let sum = predicted + support(of: label)
    return sum == 0 ? nil : 2 * Double(confusion[label][label]) / Double(sum)
  }
}
