/// A program's own samples, made or read when a batch needs them: a database, a camera, a simulation,
/// more data than memory holds.
///
/// The workers of a call ask for the samples of their part of a batch, at the same time, in any
/// order, and for one sample as often as there are epochs. What ``fill(_:)`` writes must follow from
/// the numbers of the samples and of the epoch alone, by no means from who asks, how many samples
/// are asked for at once, or when: then the trained weights are the same, bit for bit, on any number
/// of threads.
///
///     struct Parabola: SampleSource {
///       let count = 10_000
///       let featureCount = 1
///       let targets = Dataset.Targets.values(count: 1)
///
///       func fill(_ batch: inout SampleBatch) {
///         for row in 0..<batch.count {
///           let x = Float(batch.sample(row: row)) / 5_000 - 1
///           batch.withFeatures(row: row) { $0[0] = x }
///           batch.withTargets(row: row) { $0[0] = x * x }
///         }
///       }
///     }
///     let dataset = try Dataset(name: "parabola", source: Parabola())
public protocol SampleSource: Sendable {
  /// What can go wrong; `Never` where nothing can.
  associatedtype Failure: Error = Never

  /// The number of samples, 1 to 2³¹ − 1, always the same.
  var count: Int { get }
  /// Features of a sample.
  var featureCount: Int { get }
  /// What is to be made of a sample.
  var targets: Dataset.Targets { get }
  /// What tells these samples from others, for checkpoints: another number where any sample is
  /// another one. 0 by default.
  var revision: UInt32 { get }

  /// Writes the features of some samples, and the labels or target values.
  ///
  /// Called on several threads at once, those of the ``WorkerSource``.
  /// - Throws: What keeps it from that: the call that needs the samples then ends with a
  ///   ``SourceFailure``, and the batch changes nothing.
  func fill(_ batch: inout SampleBatch) throws(Failure)
}

extension SampleSource {
  /// 0: all samples of the source's type are the same ones.
  public var revision: UInt32 { 0 }
}

/// Why a ``SampleSource`` gave no samples, or none that can be used.
public struct SourceFailure: Error, Sendable, Equatable, CustomStringConvertible {
  /// The name of the dataset.
  public let dataset: String
  /// The number of the first sample of those that were asked for.
  public let sample: Int
  /// What the source threw; a ``DatasetError`` where it gave a label or a number that is none.
  public let underlying: any Error

  package init(dataset: String, sample: Int, underlying: any Error) {
    self.dataset = dataset
    self.sample = sample
    self.underlying = underlying
  }

  /// What failed, as a sentence for a person.
  public var description: String {
    underlying is DatasetError
      ? "\(underlying)"
      : "\(dataset): the source failed on the samples from number \(sample) on: \(underlying)"
  }

  /// Equal where the descriptions are, as errors in general cannot be compared.
  public static func == (a: Self, b: Self) -> Bool {
    a.dataset == b.dataset && a.sample == b.sample && "\(a.underlying)" == "\(b.underlying)"
  }
}

extension Dataset {
  /// The samples of a source.
  ///
  /// A dataset of these can be split and shuffled like others, but what has no need of a network,
  /// as ``features(at:)``, ``target(at:)``, ``label(at:)`` and ``image(at:)``, needs stored samples.
  /// - Parameters:
  ///   - name: What the dataset is called in errors and logs.
  ///   - source: Asked for samples whenever a batch of them is needed.
  /// - Throws: ``DatasetError`` when it has no samples or more than 2³¹ − 1, no features, no target
  ///   values, or no class or more than 256.
  public init<Source: SampleSource>(name: String, source: Source) throws(DatasetError) {
    guard source.count > 0 else { throw .noSamples(name: name) }
    guard source.count <= Int(Int32.max) else {
      throw .tooManySamples(name: name, found: source.count)
    }
    guard source.featureCount > 0 else { throw .emptyRows(name: name, of: .feature) }
    var classCount = 0
    switch source.targets {
    case .classes(let count):
      guard (1...256).contains(count) else {
        throw .classCountOutOfRange(name: name, found: count)
      }
      classCount = count
    case .values(let count) where count < 1: throw .emptyRows(name: name, of: .target)
    case .values, .features: break
    }
    self.init(
      name: name, height: 1, width: source.featureCount, pixels: .none, floats: nil,
      targets: source.targets, classCount: classCount, labels: [], targetValues: nil,
      count: source.count, source: AnySampleSource(source))
  }
}

/// A source whose type is not known any more.
package struct AnySampleSource: Sendable {
  package let revision: UInt32
  private let fill: @Sendable (inout SampleBatch) -> (any Error)?

  init<Source: SampleSource>(_ source: Source) {
    revision = source.revision
    fill = { batch in
      do throws(Source.Failure) {
        try source.fill(&batch)
        return nil
      } catch {
        return error
      }
    }
  }

  /// Has the source fill a batch, and checks what it wrote.
  package func fill(_ batch: inout SampleBatch) -> (any Error)? {
    batch.clear()
    return fill(&batch) ?? batch.flaw
  }
}
