import CParallelTrainerHeader
import Datasets
import ParallelTrainer

/// A source of samples that is written in C.
///
/// Sendable, because the header asks that `fill` can be called on several threads at once with the
/// user's data, and that these live as long as the dataset.
private struct CSource: SampleSource, @unchecked Sendable {
  struct Failed: Error, CustomStringConvertible {
    let number: Int32
    var description: String { "fill returned \(number)" }
  }
  typealias Fill =
    @convention(c) (
      UnsafeMutableRawPointer?, Int64, Int64, UnsafePointer<Int32>?, UnsafeMutablePointer<Float>?,
      Int64, UnsafeMutablePointer<UInt8>?, UnsafeMutablePointer<Float>?, Int64
    ) -> Int32

  let count: Int
  let featureCount: Int
  let targets: Dataset.Targets
  let write: Fill
  let userData: UnsafeMutableRawPointer?

  func fill(_ batch: inout SampleBatch) throws(Failed) {
    let (epoch, rows) = (Int64(batch.epoch), Int64(batch.count))
    let number = batch.withMemory { samples, features, featureStride, labels, values, stride in
      write(
        userData, epoch, rows, samples, features, Int64(featureStride), labels, values,
        Int64(stride))
    }
    if number != 0 { throw Failed(number: number) }
  }
}

@_cdecl("pt_dataset_create_source")
public func ptDatasetCreateSource(
  _ title: UnsafePointer<CChar>?, _ source: UnsafePointer<pt_source>?,
  _ dataset: UnsafeMutablePointer<OpaquePointer?>?, _ error: UnsafeMutablePointer<pt_error>?
) -> pt_status {
  attempt(error) {
    let dataset = try required(dataset, "dataset")
    let source = try required(source, "source").pointee
    let valueCount = try size(source.value_count, "source.value_count")
    guard (source.class_count != 0) != (valueCount != 0) else {
      throw Failure(
        PT_INVALID_ARGUMENT,
        "source: class_count is \(source.class_count) and value_count \(valueCount), expected one "
          + "of them to be 0")
    }
    dataset.pointee = handle(
      DatasetBox(
        try Dataset(
          name: title.map { String(cString: $0) } ?? "samples",
          source: CSource(
            count: size(source.count, "source.count"),
            featureCount: size(source.feature_count, "source.feature_count"),
            targets: source.class_count != 0
              ? .classes(count: Int(source.class_count)) : .values(count: valueCount),
            write: required(source.fill, "source.fill"), userData: source.user_data))))
  }
}
