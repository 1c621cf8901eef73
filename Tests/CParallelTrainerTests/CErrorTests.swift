import CParallelTrainer
import CParallelTrainerHeader
import Foundation
import TestSupport
import Testing

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
