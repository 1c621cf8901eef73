import CParallelTrainerHeader
import Datasets
import ParallelTrainer

/// Memory of the caller's that a dataset shares. Sendable, because the caller promises that nobody
/// writes to it as long as the dataset lives.
private struct Lent: @unchecked Sendable {
  let address: UnsafeRawPointer
}

private func floats(
  _ address: UnsafePointer<Float>?, count: Int, memory: Int32, _ name: String
) throws -> FloatStorage {
  let values = UnsafeBufferPointer(start: try required(address, name), count: count)
  return try isBorrowed(memory)
    ? FloatStorage(sharing: values, release: {}) : FloatStorage(Array(values))
}

private func isBorrowed(_ memory: Int32) throws -> Bool {
  switch Int(memory) {
  case PT_COPY: false
  case PT_BORROW: true
  default:
    throw Failure(
      PT_INVALID_ARGUMENT, "memory is \(memory), expected PT_COPY (0) or PT_BORROW (1)")
  }
}

private func name(_ name: UnsafePointer<CChar>?) -> String {
  name.map { String(cString: $0) } ?? "samples"
}

private func labels(_ targets: pt_targets, count: Int) throws -> [Int]? {
  guard let labels = targets.labels else { return nil }
  guard targets.values == nil else {
    throw Failure(
      PT_INVALID_ARGUMENT, "targets: there are labels and values, expected one of them")
  }
  return UnsafeBufferPointer(start: labels, count: count).map { Int($0) }
}

@_cdecl("pt_dataset_create_floats")
public func ptDatasetCreateFloats(
  _ title: UnsafePointer<CChar>?, _ features: UnsafePointer<Float>?, _ count: Int64,
  _ featureCount: Int64, _ targets: UnsafePointer<pt_targets>?, _ memory: Int32,
  _ dataset: UnsafeMutablePointer<OpaquePointer?>?, _ error: UnsafeMutablePointer<pt_error>?
) -> pt_status {
  attempt(error) {
    let dataset = try required(dataset, "dataset")
    let targets = try required(targets, "targets").pointee
    let (count, width) = (try size(count, "count"), try size(featureCount, "feature_count"))
    guard count > 0 else { throw DatasetError.noSamples(name: name(title)) }
    let storage = try floats(
      features, count: product(count, width, "features"), memory: memory, "features")
    if let labels = try labels(targets, count: count) {
      dataset.pointee = handle(
        DatasetBox(
          try Dataset(
            name: name(title), features: storage, featureCount: width, labels: labels,
            classCount: Int(targets.class_count))))
      return
    }
    let valueCount = try size(targets.value_count, "targets.value_count")
    dataset.pointee = handle(
      DatasetBox(
        try Dataset(
          name: name(title), features: storage, featureCount: width,
          targets: floats(
            targets.values, count: product(count, valueCount, "targets.values"),
            memory: memory, "targets.labels and targets.values"), targetCount: valueCount)))
  }
}

@_cdecl("pt_dataset_create_bytes")
public func ptDatasetCreateBytes(
  _ title: UnsafePointer<CChar>?, _ pixels: UnsafePointer<UInt8>?, _ count: Int64,
  _ height: Int64, _ width: Int64, _ targets: UnsafePointer<pt_targets>?, _ memory: Int32,
  _ dataset: UnsafeMutablePointer<OpaquePointer?>?, _ error: UnsafeMutablePointer<pt_error>?
) -> pt_status {
  attempt(error) {
    let dataset = try required(dataset, "dataset")
    let targets = try required(targets, "targets").pointee
    let (count, height, width) = (
      try size(count, "count"), try size(height, "height"), try size(width, "width")
    )
    guard height > 0 && width > 0 else {
      throw Failure(
        PT_INVALID_DATA, "\(name(title)): images of \(height) × \(width) pixels have none")
    }
    let bytes = UnsafeRawBufferPointer(
      start: try required(pixels, "pixels"),
      count: try product(count, product(height, width, "pixels"), "pixels"))
    let storage =
      try isBorrowed(memory)
      ? PixelStorage(sharing: bytes, release: {})
      : PixelStorage(count: bytes.count) { $0.copyMemory(from: bytes) }
    if let labels = try labels(targets, count: count) {
      let classCount = Int(targets.class_count)
      guard (1...256).contains(classCount) else {
        throw DatasetError.classCountOutOfRange(name: name(title), found: classCount)
      }
      if let index = labels.firstIndex(where: { !(0..<classCount).contains($0) }) {
        throw DatasetError.labelOutOfRange(
          name: name(title), index: index, label: labels[index], classCount: classCount)
      }
      dataset.pointee = handle(
        DatasetBox(
          try Dataset(
            name: name(title), pixels: storage, labels: labels.map { UInt8($0) },
            height: height, width: width, classCount: classCount)))
      return
    }
    let valueCount = try size(targets.value_count, "targets.value_count")
    guard valueCount > 0 else { throw DatasetError.emptyRows(name: name(title), of: .target) }
    let values = try required(targets.values, "targets.labels and targets.values")
    dataset.pointee = handle(
      DatasetBox(
        try Dataset(
          name: name(title), pixels: storage,
          targets: (0..<count).map {
            Array(UnsafeBufferPointer(start: values + $0 * valueCount, count: valueCount))
          }, height: height, width: width)))
  }
}

@_cdecl("pt_dataset_create_mnist")
public func ptDatasetCreateMNIST(
  _ folder: UnsafePointer<CChar>?, _ training: UnsafeMutablePointer<OpaquePointer?>?,
  _ test: UnsafeMutablePointer<OpaquePointer?>?, _ error: UnsafeMutablePointer<pt_error>?
) -> pt_status {
  attempt(error) {
    let (training, test) = (try required(training, "training"), try required(test, "test"))
    let mnist = try MNIST.load(from: text(folder, "folder"), threads: 1)
    training.pointee = handle(DatasetBox(mnist.training))
    test.pointee = handle(DatasetBox(mnist.test))
  }
}

@_cdecl("pt_dataset_create_digits")
public func ptDatasetCreateDigits(
  _ trainingCount: Int64, _ testCount: Int64, _ training: UnsafeMutablePointer<OpaquePointer?>?,
  _ test: UnsafeMutablePointer<OpaquePointer?>?, _ error: UnsafeMutablePointer<pt_error>?
) -> pt_status {
  attempt(error) {
    let (training, test) = (try required(training, "training"), try required(test, "test"))
    let limit: Int64 = 10_000_000
    for (count, name) in [(trainingCount, "training_count"), (testCount, "test_count")]
    where !(1...limit).contains(count) {
      throw Failure(PT_INVALID_ARGUMENT, "\(name) is \(count), expected 1 to \(limit)")
    }
    let digits = EmbeddedDigits.generate(
      trainingCount: Int(trainingCount), testCount: Int(testCount), threads: 1)
    training.pointee = handle(DatasetBox(digits.training))
    test.pointee = handle(DatasetBox(digits.test))
  }
}

@_cdecl("pt_dataset_split")
public func ptDatasetSplit(
  _ dataset: OpaquePointer?, _ fraction: Double, _ seed: UInt64,
  _ training: UnsafeMutablePointer<OpaquePointer?>?,
  _ validation: UnsafeMutablePointer<OpaquePointer?>?, _ error: UnsafeMutablePointer<pt_error>?
) -> pt_status {
  attempt(error) {
    let whole = try required(dataset, DatasetBox.self, "dataset").dataset
    let (training, validation) = (
      try required(training, "training"), try required(validation, "validation")
    )
    guard fraction > 0 && fraction < 1 else {
      throw Failure(
        PT_INVALID_ARGUMENT, "validation_fraction is \(fraction), expected above 0 and below 1")
    }
    guard whole.count >= 2 else {
      throw Failure(PT_INVALID_DATA, "\(whole.name): one sample cannot be split")
    }
    let parts = whole.split(validationFraction: fraction, seed: seed)
    training.pointee = handle(DatasetBox(parts.training))
    validation.pointee = handle(DatasetBox(parts.validation))
  }
}

@_cdecl("pt_dataset_count")
public func ptDatasetCount(_ dataset: OpaquePointer?) -> Int64 {
  Int64(object(dataset, DatasetBox.self)?.dataset.count ?? 0)
}

@_cdecl("pt_dataset_feature_count")
public func ptDatasetFeatureCount(_ dataset: OpaquePointer?) -> Int64 {
  Int64(object(dataset, DatasetBox.self)?.dataset.featureCount ?? 0)
}

@_cdecl("pt_dataset_class_count")
public func ptDatasetClassCount(_ dataset: OpaquePointer?) -> Int32 {
  Int32(object(dataset, DatasetBox.self)?.dataset.classCount ?? 0)
}

@_cdecl("pt_dataset_destroy")
public func ptDatasetDestroy(_ dataset: OpaquePointer?) { destroy(dataset, DatasetBox.self) }
