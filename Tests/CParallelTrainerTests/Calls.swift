import CParallelTrainer
import CParallelTrainerHeader
import Foundation
import ParallelTrainer
import Testing

/// A call that should succeed.
func succeed(
  _ call: (UnsafeMutablePointer<pt_error>) -> pt_status,
  sourceLocation: SourceLocation = #_sourceLocation
) {
  let (status, message) = failure(call)
  #expect(status == PT_OK, "\(message)", sourceLocation: sourceLocation)
}

/// The status and the message of a call.
func failure(
  _ call: (UnsafeMutablePointer<pt_error>) -> pt_status
) -> (status: Int, message: String) {
  var error = pt_error()
  error.code = -1
  let status = call(&error)
  // The error says the same as the status.
  #expect(error.code == status)
  let message = withUnsafeBytes(of: error.message) { bytes in
    String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
  }
  #expect(message.isEmpty == (status == 0))
  return (Int(status), message)
}

/// Calls `body` with a NULL-terminated list of C strings.
func withTexts<Value>(
  _ texts: [String], _ body: (UnsafePointer<UnsafePointer<CChar>?>) -> Value
) -> Value {
  let copies = texts.map { strdup($0) }
  defer { for copy in copies { free(copy) } }
  let pointers: [UnsafePointer<CChar>?] = copies.map { UnsafePointer($0) } + [nil]
  return pointers.withUnsafeBufferPointer { body($0.baseAddress.unsafelyUnwrapped) }
}

/// 200 samples of three features: class 1 where their sum is above 0.
enum Halves {
  static let count = 200
  static let features = (0..<count * 3).map { (place: Int) -> Float in
    let number = (place * 37 + place / 3 * 11) % 41
    return Float(number) / 20 - 1
  }
  static let labels = (0..<count).map { (row: Int) -> Int32 in
    let sum = features[row * 3] + features[row * 3 + 1] + features[row * 3 + 2]
    return sum > 0 ? 1 : 0
  }

  static func dataset(memory: Int = PT_COPY) -> OpaquePointer? {
    var dataset: OpaquePointer?
    features.withUnsafeBufferPointer { features in
      labels.withUnsafeBufferPointer { labels in
        var targets = pt_targets(
          labels: labels.baseAddress, class_count: 2, values: nil, value_count: 0)
        succeed {
          pt_dataset_create_floats(
            "halves", features.baseAddress, Int64(count), 3, &targets, Int32(memory), &dataset, $0)
        }
      }
    }
    return dataset
  }

  static var swiftDataset: Dataset {
    get throws {
      try Dataset(
        name: "halves", features: (0..<count).map { Array(features[$0 * 3..<$0 * 3 + 3]) },
        labels: labels.map { Int($0) }, classCount: 2)
    }
  }

  static func model() -> OpaquePointer? {
    var model: OpaquePointer?
    "relu".withCString { relu in
      let layers = [
        pt_layer(outputs: 8, activation: relu, dropout: 0),
        pt_layer(outputs: 2, activation: nil, dropout: 0),
      ]
      succeed { pt_model_create(3, layers, 2, 0, nil, 5, &model, $0) }
    }
    return model
  }

  static func trainer(_ options: [String]) -> OpaquePointer? {
    let model = model()
    defer { pt_model_destroy(model) }
    var trainer: OpaquePointer?
    withTexts(options) { texts in succeed { pt_trainer_create(model, texts, &trainer, $0) } }
    return trainer
  }
}
