/// The complete epochs of a run, in their order.
public struct History: Sendable, Equatable, RandomAccessCollection {
  private let records: [EpochRecord]

  /// The history that some records are, from the first epoch on.
  public init(_ records: [EpochRecord]) { self.records = records }

  /// 0.
  public var startIndex: Int { records.startIndex }
  /// The number of epochs.
  public var endIndex: Int { records.endIndex }

  /// An epoch; the first one has the index 0 and the number 1.
  public subscript(index: Int) -> EpochRecord { records[index] }

  /// The mean training loss of each epoch.
  public var losses: [Double] { records.map(\.loss) }
  /// The loss on the validation samples after each epoch; empty without such.
  public var validationLosses: [Double] { records.compactMap { $0.validation?.loss } }
  /// The accuracy on the validation samples after each epoch, a fraction; empty without such, or
  /// without classes.
  public var validationAccuracies: [Double] { records.compactMap { $0.validation?.accuracy } }
  /// The learning rate at the end of each epoch.
  public var learningRates: [Float] { records.map(\.learningRate) }
}

extension TrainingResult {
  /// ``epochs`` as a history.
  public var history: History { History(epochs) }
}
