import CParallelTrainer
import CParallelTrainerHeader
import Foundation
import ParallelTrainer
import TestSupport
import Testing

/// A call that should succeed.
private func succeed(
  _ call: (UnsafeMutablePointer<pt_error>) -> pt_status,
  sourceLocation: SourceLocation = #_sourceLocation
) {
  let (status, message) = failure(call)
  #expect(status == PT_OK, "\(message)", sourceLocation: sourceLocation)
}

/// The status and the message of a call.
private func failure(
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
private func withTexts<Value>(
  _ texts: [String], _ body: (UnsafePointer<UnsafePointer<CChar>?>) -> Value
) -> Value {
  let copies = texts.map { strdup($0) }
  defer { for copy in copies { free(copy) } }
  let pointers: [UnsafePointer<CChar>?] = copies.map { UnsafePointer($0) } + [nil]
  return pointers.withUnsafeBufferPointer { body($0.baseAddress.unsafelyUnwrapped) }
}

/// 200 samples of three features: class 1 where their sum is above 0.
private enum Halves {
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

@Suite struct CInterfaceTests {
  @Test func versions() throws {
    #expect(pt_abi_version() == PT_ABI_VERSION)
    #expect(String(cString: try #require(pt_version())) == PackageVersion.current)
  }

  /// The same weights and the same predictions as the Swift library gives.
  @Test func sameAsInSwift() throws {
    let options = [
      "epochs=4", "batch-size=32", "learning-rate=0.05", "schedule=cosine", "warm-up=iterations:3",
      "optimizer=adam", "l2=1e-4", "clip-norm=1", "seed=9", "threads=3",
    ]
    let trainer = Halves.trainer(options)
    defer { pt_trainer_destroy(trainer) }
    let dataset = Halves.dataset()
    var result = pt_result()
    succeed { pt_trainer_fit(trainer, dataset, dataset, nil, nil, nil, &result, $0) }
    #expect(result.stopped == PT_COMPLETED && result.epochs == 4)
    #expect(result.iterations == 28 && result.samples == 800)

    let network = try Network(inputs: 3, hidden: [8], outputs: 2)
    let other = try Trainer(
      model: Model(
        network: network, parameters: Parameters(initializing: network, with: .he, seed: 5)),
      configuration: TrainingConfiguration(
        epochs: 4, batchSize: 32, learningRate: 0.05, schedule: .cosine(),
        warmUp: .iterations(3), optimizer: .adam, regularizers: [.l2(1e-4)], clipping: .norm(1),
        seed: 9))
    let samples = try Halves.swiftDataset
    try other.fit(samples, validation: samples)

    var model: OpaquePointer?
    succeed { pt_trainer_copy_model(trainer, &model, $0) }
    defer { pt_model_destroy(model) }
    let count = Int(pt_model_parameter_count(model))
    var parameters = [Float](repeating: .nan, count: count)
    succeed { pt_model_get_parameters(model, &parameters, Int64(count), $0) }
    #expect(parameters.bits == other.model.parameters.values.bits)

    var epochs = [pt_epoch](repeating: pt_epoch(), count: 4)
    #expect(pt_trainer_history(trainer, &epochs, 2) == 4)
    #expect(pt_trainer_history(trainer, &epochs, 4) == 4)
    #expect(epochs.map(\.loss) == other.history.losses)
    #expect(epochs.map(\.validation_loss) == other.history.validationLosses)
    #expect(result.loss == other.history.losses.last)

    var classes = [Int64](repeating: -1, count: Halves.count)
    succeed { pt_trainer_predict(trainer, Halves.features, 200, &classes, $0) }
    #expect(classes.map { Int($0) } == (try other.predict(samples)))
    var ofDataset = [Int64](repeating: -1, count: Halves.count)
    succeed { pt_trainer_predict_dataset(trainer, dataset, &ofDataset, 200, $0) }
    #expect(ofDataset == classes)
    var probabilities = [Float](repeating: .nan, count: 6)
    succeed {
      pt_trainer_predict_probabilities(trainer, Halves.features, 3, &probabilities, 6, $0)
    }
    let row = try other.predictProbabilities(Array(Halves.features[3..<6]))
    #expect(Array(probabilities[2..<4]) == row)
    var outputs = [Float](repeating: .nan, count: 2)
    succeed { pt_trainer_predict_outputs(trainer, Halves.features, 1, &outputs, 2, $0) }
    #expect(outputs == (try other.outputs(of: Array(Halves.features[0..<3]))))

    var confusion = [Int64](repeating: -1, count: 4)
    var ranks = [Int64](repeating: -1, count: 2)
    var (precision, recall) = ([0.0, 0], [0.0, 0])
    var evaluation = pt_evaluation()
    confusion.withUnsafeMutableBufferPointer { confusion in
      ranks.withUnsafeMutableBufferPointer { ranks in
        precision.withUnsafeMutableBufferPointer { precision in
          recall.withUnsafeMutableBufferPointer { recall in
            var room = pt_class_counts(
              class_count: 2, confusion: confusion.baseAddress, ranks: ranks.baseAddress,
              precision: precision.baseAddress, recall: recall.baseAddress)
            succeed { pt_trainer_evaluate(trainer, dataset, &evaluation, &room, $0) }
            room.class_count = 3
            let (status, _) = failure {
              pt_trainer_evaluate(trainer, dataset, &evaluation, &room, $0)
            }
            #expect(status == PT_INVALID_ARGUMENT)
          }
        }
      }
    }
    let found = try other.evaluate(samples)
    let byClass = try #require(found.classes)
    #expect(evaluation.loss == found.loss && evaluation.accuracy == found.accuracy)
    #expect(confusion.map { Int($0) } == Array(byClass.confusion.joined()))
    #expect(ranks.map { Int($0) } == byClass.ranks)
    #expect(precision == (0..<2).map { byClass.precision(of: $0) })
    #expect(recall == (0..<2).map { byClass.recall(of: $0) })
    pt_dataset_destroy(dataset)
  }

  /// Destroyed in an unusual order; memory that is lent.
  @Test func ownership() throws {
    let trainer = Halves.trainer(["epochs=1"])
    let whole = Halves.dataset()
    var training: OpaquePointer?
    var validation: OpaquePointer?
    succeed { pt_dataset_split(whole, 0.25, 1, &training, &validation, $0) }
    pt_dataset_destroy(whole)
    #expect(pt_dataset_count(training) == 150 && pt_dataset_count(validation) == 50)
    #expect(pt_dataset_feature_count(training) == 3 && pt_dataset_class_count(training) == 2)
    succeed { pt_trainer_fit(trainer, training, validation, nil, nil, nil, nil, $0) }
    pt_dataset_destroy(training)
    pt_dataset_destroy(validation)
    var model: OpaquePointer?
    succeed { pt_trainer_copy_model(trainer, &model, $0) }
    pt_trainer_destroy(trainer)
    #expect(pt_model_input_count(model) == 3 && pt_model_output_count(model) == 2)
    let values = [Float](repeating: 0.5, count: 50)
    var copy: OpaquePointer?
    succeed { pt_model_copy_with_parameters(model, values, 50, &copy, $0) }
    pt_model_destroy(model)
    var found = [Float](repeating: 0, count: 50)
    succeed { pt_model_get_parameters(copy, &found, 50, $0) }
    #expect(found == values)
    let folder = try TemporaryFolder()
    let path = folder.file("model.safetensors")
    succeed { pt_model_save(copy, path, $0) }
    var read: OpaquePointer?
    succeed { pt_model_load(path, &read, $0) }
    #expect(pt_model_parameter_count(read) == 50)
    let (status, message) = failure { pt_model_load(folder.file("none"), &read, $0) }
    #expect(status == PT_FILE && message.contains("none"))
    pt_model_destroy(read)
    var text = [CChar](repeating: 1, count: 20)
    let size = pt_model_summary(copy, &text, 20)
    #expect(size > 20 && text[19] == 0)
    #expect(pt_model_summary(copy, nil, 0) == size)
    pt_model_destroy(copy)
    for destroy in [
      pt_dataset_destroy, pt_model_destroy, pt_trainer_destroy, pt_stop_destroy,
    ] { destroy(nil) }
    #expect(pt_dataset_count(nil) == 0 && pt_model_parameter_count(nil) == 0)
    #expect(pt_trainer_history(nil, nil, 0) == 0 && pt_model_summary(nil, nil, 0) == 0)
  }

  @Test func lentMemoryIsNotCopied() {
    let features = UnsafeMutablePointer<Float>.allocate(capacity: 600)
    defer { features.deallocate() }
    features.initialize(from: Halves.features, count: 600)
    var dataset: OpaquePointer?
    Halves.labels.withUnsafeBufferPointer { labels in
      var targets = pt_targets(
        labels: labels.baseAddress, class_count: 2, values: nil, value_count: 0)
      succeed {
        pt_dataset_create_floats(
          nil, features, 200, 3, &targets, Int32(PT_BORROW), &dataset, $0)
      }
    }
    let trainer = Halves.trainer([])
    defer { pt_trainer_destroy(trainer) }
    var before = pt_evaluation()
    var after = pt_evaluation()
    succeed { pt_trainer_evaluate(trainer, dataset, &before, nil, $0) }
    // No call is under way, so nobody minds.
    for index in 0..<600 { features[index] = -features[index] }
    succeed { pt_trainer_evaluate(trainer, dataset, &after, nil, $0) }
    #expect(before.loss != after.loss)
    pt_dataset_destroy(dataset)
  }

  @Test func stopping() {
    let trainer = Halves.trainer(["epochs=1000000", "schedule=constant"])
    defer { pt_trainer_destroy(trainer) }
    let dataset = Halves.dataset()
    defer { pt_dataset_destroy(dataset) }
    var seen: Int64 = 0
    var result = pt_result()
    succeed { error in
      pt_trainer_fit(
        trainer, dataset, nil,
        { data, event in
          guard let data, let event, event.pointee.kind == PT_EVENT_EPOCH else { return 0 }
          data.assumingMemoryBound(to: Int64.self).pointee = event.pointee.epoch
          return event.pointee.epoch == 3 ? 1 : 0
        }, &seen, nil, &result, error)
    }
    #expect(result.stopped == PT_INTERRUPTED && seen == 3 && result.epochs == 3)
    let stop = pt_stop_create()
    pt_stop_request(stop)
    succeed { pt_trainer_fit(trainer, dataset, nil, nil, nil, stop, &result, $0) }
    #expect(result.stopped == PT_INTERRUPTED && result.iterations == 0 && result.loss.isNaN)
    succeed { pt_trainer_partial_fit(trainer, dataset, stop, &result, $0) }
    #expect(result.stopped == PT_INTERRUPTED)
    pt_stop_destroy(stop)
    for call in 1...3 {
      succeed { pt_trainer_partial_fit(trainer, dataset, nil, &result, $0) }
      #expect(result.stopped == PT_COMPLETED && result.samples == call * 200)
    }
  }

  @Test func bytesAndDigits() {
    var training: OpaquePointer?
    var test: OpaquePointer?
    succeed { pt_dataset_create_digits(300, 100, &training, &test, $0) }
    #expect(pt_dataset_feature_count(training) == 784 && pt_dataset_count(test) == 100)
    pt_dataset_destroy(training)
    pt_dataset_destroy(test)
    let pixels = (0..<24).map { UInt8($0 * 10) }
    let labels: [Int32] = [0, 1, 2, 0]
    let values: [Float] = [0, 1, 2, 3]
    var dataset: OpaquePointer?
    labels.withUnsafeBufferPointer { labels in
      var targets = pt_targets(
        labels: labels.baseAddress, class_count: 3, values: nil, value_count: 0)
      for memory in [PT_COPY, PT_BORROW] {
        succeed {
          pt_dataset_create_bytes(
            "tiny", pixels, 4, 2, 3, &targets, Int32(memory), &dataset, $0)
        }
        #expect(pt_dataset_feature_count(dataset) == 6)
        pt_dataset_destroy(dataset)
      }
      targets.class_count = 2
      let (status, message) = failure {
        pt_dataset_create_bytes("tiny", pixels, 4, 2, 3, &targets, 0, &dataset, $0)
      }
      #expect(status == PT_INVALID_DATA && message.contains("label 2 of sample 2"))
    }
    values.withUnsafeBufferPointer { values in
      var targets = pt_targets(
        labels: nil, class_count: 0, values: values.baseAddress, value_count: 1)
      succeed { pt_dataset_create_bytes("tiny", pixels, 4, 2, 3, &targets, 0, &dataset, $0) }
      #expect(pt_dataset_class_count(dataset) == 0)
      pt_dataset_destroy(dataset)
    }
  }

  @Test func sourcesInC() {
    var source = pt_source(
      count: 200, feature_count: 3, class_count: 2, value_count: 0,
      fill: { data, _, count, samples, features, stride, labels, values, _ in
        guard let samples, let features, let labels, values == nil else { return 1 }
        for row in 0..<Int(count) {
          let sample = Int(samples[row])
          for index in 0..<3 {
            features[row * Int(stride) + index] = Float((sample * 3 + index) % 7) - 3
          }
          labels[row] = UInt8(sample % 2)
        }
        return data == nil ? 0 : 42
      }, user_data: nil)
    var dataset: OpaquePointer?
    succeed { pt_dataset_create_source("made", &source, &dataset, $0) }
    let trainer = Halves.trainer(["epochs=2", "threads=2"])
    defer { pt_trainer_destroy(trainer) }
    succeed { pt_trainer_fit(trainer, dataset, dataset, nil, nil, nil, nil, $0) }
    pt_dataset_destroy(dataset)
    var byte: UInt8 = 0
    withUnsafeMutablePointer(to: &byte) { source.user_data = UnsafeMutableRawPointer($0) }
    succeed { pt_dataset_create_source("broken", &source, &dataset, $0) }
    let (status, message) = failure {
      pt_trainer_fit(trainer, dataset, nil, nil, nil, nil, nil, $0)
    }
    #expect(status == PT_SOURCE_FAILED && message.contains("42"))
    pt_dataset_destroy(dataset)
    source.value_count = 1
    let (refused, _) = failure { pt_dataset_create_source("both", &source, &dataset, $0) }
    #expect(refused == PT_INVALID_ARGUMENT)
  }
}

@Suite struct CErrorTests {
  @Test(arguments: [
    ("epochs", "option 'epochs': expected name=value"),
    ("epoch=1", "there is no option 'epoch'"), ("epochs=x", "option epochs: found 'x'"),
    ("epochs=0", "epochs: found 0"), ("threads=0", "threads: found 0"),
    ("optimizer=adm", "option optimizer: found 'adm'"), ("loss=hinge", "option loss"),
    ("schedule=step:1", "option schedule"), ("clip-norm=-1", "clipping by norm"),
    ("l2=much", "option l2"), ("freeze=0", "option freeze"), ("restore-best=maybe", "yes or no"),
    ("stop-on=time", "loss or accuracy"), ("distort=wildly", "option distort"),
  ]) func badOptions(option: String, part: String) {
    let model = Halves.model()
    defer { pt_model_destroy(model) }
    var trainer: OpaquePointer?
    let (status, message) = withTexts([option]) { texts in
      failure { pt_trainer_create(model, texts, &trainer, $0) }
    }
    #expect(status == PT_INVALID_OPTION && message.contains(part), "\(message)")
    #expect(trainer == nil)
  }

  @Test func optionsThatDoNotGoTogether() {
    let model = Halves.model()
    defer { pt_model_destroy(model) }
    var trainer: OpaquePointer?
    for options in [["clip-norm=1", "clip-value=1"], ["epochs=1", "epochs=2"]] {
      let (status, _) = withTexts(options) { texts in
        failure { pt_trainer_create(model, texts, &trainer, $0) }
      }
      #expect(status == PT_INVALID_OPTION)
    }
  }

  @Test func everyOptionIsTaken() {
    let trainer = Halves.trainer([
      "epochs=2", "batch-size=50", "drop-last=yes", "learning-rate=0.1",
      "schedule=plateau:0.5:1", "warm-up=epochs:1", "optimizer=nesterov:0.8",
      "loss=cross-entropy:0.1", "l2=1e-4:layers=1", "l1=1e-5", "weight-elimination=1e-5",
      "decoupled-weight-decay=1e-4:biases", "max-norm=3", "clip-value=1", "patience=3",
      "min-improvement=0.01", "stop-on=accuracy", "restore-best=no", "epsilon=1e-9",
      "target-accuracy=0.999", "time-limit=60", "seed=18446744073709551615", "threads=2",
    ])
    let dataset = Halves.dataset()
    succeed { pt_trainer_fit(trainer, dataset, dataset, nil, nil, nil, nil, $0) }
    pt_trainer_destroy(trainer)
    let frozen = Halves.trainer(["freeze=1"])
    succeed { pt_trainer_fit(frozen, dataset, nil, nil, nil, nil, nil, $0) }
    pt_trainer_destroy(frozen)
    pt_dataset_destroy(dataset)
  }

  @Test func nullsAndSizes() {
    var handle: OpaquePointer?
    var second: OpaquePointer?
    let dataset = Halves.dataset()
    let model = Halves.model()
    let trainer = Halves.trainer([])
    defer {
      pt_dataset_destroy(dataset)
      pt_model_destroy(model)
      pt_trainer_destroy(trainer)
    }
    var targets = pt_targets(labels: nil, class_count: 2, values: nil, value_count: 1)
    var evaluation = pt_evaluation()
    var one: Float = 0
    var label: Int64 = 0
    let calls: [(UnsafeMutablePointer<pt_error>) -> pt_status] = [
      { pt_dataset_create_floats(nil, nil, 1, 1, &targets, 0, &handle, $0) },
      { pt_dataset_create_floats(nil, &one, 1, 1, nil, 0, &handle, $0) },
      { pt_dataset_create_floats(nil, &one, 1, 1, &targets, 0, &handle, $0) },
      { pt_dataset_create_floats(nil, &one, -1, 1, &targets, 0, &handle, $0) },
      { pt_dataset_create_floats(nil, &one, 1, 1, &targets, 7, &handle, $0) },
      { pt_dataset_create_floats(nil, &one, 1, 1, &targets, 0, nil, $0) },
      { pt_dataset_create_floats(nil, &one, .max, .max, &targets, 0, &handle, $0) },
      { pt_dataset_create_bytes(nil, nil, 1, 1, 1, &targets, 0, &handle, $0) },
      { pt_dataset_create_mnist(nil, &handle, &second, $0) },
      { pt_dataset_create_digits(0, 1, &handle, &second, $0) },
      { pt_dataset_create_digits(1, 1, nil, &handle, $0) },
      { pt_dataset_create_source(nil, nil, &handle, $0) },
      { pt_dataset_split(nil, 0.5, 1, &handle, &second, $0) },
      { pt_dataset_split(dataset, 1, 1, &handle, &second, $0) },
      { pt_model_create(3, nil, 1, 0, nil, 1, &handle, $0) },
      { pt_model_copy_with_parameters(model, &one, 1, &handle, $0) },
      { pt_model_copy_with_parameters(nil, &one, 1, &handle, $0) },
      { pt_model_load(nil, &handle, $0) }, { pt_model_save(nil, "x", $0) },
      { pt_model_get_parameters(model, &one, 1, $0) },
      { pt_trainer_create(nil, nil, &handle, $0) }, { pt_trainer_create(model, nil, nil, $0) },
      { pt_trainer_fit(nil, dataset, nil, nil, nil, nil, nil, $0) },
      { pt_trainer_fit(trainer, nil, nil, nil, nil, nil, nil, $0) },
      { pt_trainer_partial_fit(trainer, nil, nil, nil, $0) },
      { pt_trainer_copy_model(nil, &handle, $0) },
      { pt_trainer_evaluate(trainer, dataset, nil, nil, $0) },
      { pt_trainer_evaluate(trainer, nil, &evaluation, nil, $0) },
      { pt_trainer_predict(trainer, nil, 1, &label, $0) },
      { pt_trainer_predict(trainer, &one, -1, &label, $0) },
      { pt_trainer_predict_outputs(trainer, Halves.features, 1, &one, 1, $0) },
      { pt_trainer_predict_probabilities(trainer, nil, 1, &one, 2, $0) },
      { pt_trainer_predict_dataset(trainer, dataset, &label, 1, $0) },
    ]
    for (index, call) in calls.enumerated() {
      #expect(failure(call).status == PT_INVALID_ARGUMENT, "call \(index)")
    }
    #expect(handle == nil)
    // Without room for an error.
    #expect(pt_model_load(nil, nil, nil) == PT_INVALID_ARGUMENT)
    // No samples are no error.
    succeed { pt_trainer_predict(trainer, nil, 0, nil, $0) }
  }

  @Test func codesOfErrors() throws {
    let trainer = Halves.trainer(["loss=mean-squared-error"])
    defer { pt_trainer_destroy(trainer) }
    var floats: [Float] = [1, .nan, 3]
    var label: Int64 = 0
    let data = failure { pt_trainer_predict(trainer, &floats, 1, &label, $0) }
    #expect(data.status == PT_INVALID_DATA && data.message.contains("feature 1 of sample 0"))
    floats = [0, 0, 0]
    var two: [Float] = [0, 0]
    let mismatch = failure {
      pt_trainer_predict_probabilities(trainer, &floats, 1, &two, 2, $0)
    }
    #expect(mismatch.status == PT_MISMATCH)
    var handle: OpaquePointer?
    let folder = try TemporaryFolder()
    var other: OpaquePointer?
    #expect(
      failure { pt_dataset_create_mnist(folder.path, &handle, &other, $0) }.status == PT_FILE)
    var layer = pt_layer(outputs: 0, activation: nil, dropout: 0)
    let network = failure { pt_model_create(3, &layer, 1, 0, nil, 1, &handle, $0) }
    #expect(network.status == PT_INVALID_NETWORK)
    layer.outputs = 1
    "cube".withCString { name in
      layer.activation = name
      let unknown = failure { pt_model_create(3, &layer, 1, 0, nil, 1, &handle, $0) }
      #expect(unknown.status == PT_INVALID_NETWORK && unknown.message.contains("'cube'"))
    }
    layer.activation = nil
    let initializer = failure { pt_model_create(3, &layer, 1, 0, "hot", 1, &handle, $0) }
    #expect(initializer.status == PT_INVALID_OPTION)
  }

  /// A callback that trains the same trainer again is told that it is busy.
  @Test func busy() {
    let trainer = Halves.trainer(["epochs=1"])
    defer { pt_trainer_destroy(trainer) }
    let dataset = Halves.dataset()
    defer { pt_dataset_destroy(dataset) }
    struct Both {
      var trainer: OpaquePointer?
      var dataset: OpaquePointer?
      var status: pt_status = -1
    }
    var both = Both(trainer: trainer, dataset: dataset)
    succeed { error in
      pt_trainer_fit(
        trainer, dataset, nil,
        { data, event in
          guard let both = data?.assumingMemoryBound(to: Both.self) else { return 1 }
          both.pointee.status = pt_trainer_partial_fit(
            both.pointee.trainer, both.pointee.dataset, nil, nil, nil)
          return 0
        }, &both, nil, nil, error)
    }
    #expect(both.status == PT_BUSY)
  }

  /// A message that is longer than its room ends with a whole character.
  @Test func longMessages() {
    let name = String(repeating: "ü", count: 600)
    var handle: OpaquePointer?
    var targets = pt_targets(labels: nil, class_count: 0, values: nil, value_count: 1)
    var one: Float = 0
    let (status, message) = failure {
      pt_dataset_create_floats(name, &one, 0, 1, &targets, 0, &handle, $0)
    }
    #expect(status == PT_INVALID_DATA)
    #expect(message.utf8.count >= 506 && message.allSatisfy { $0 == "ü" })
  }
}
