import CParallelTrainer
import CParallelTrainerHeader
import Foundation
import ParallelTrainer
import TestSupport
import Testing

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
