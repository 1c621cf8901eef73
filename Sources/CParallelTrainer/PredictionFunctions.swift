import CParallelTrainerHeader
import ParallelTrainer

@_cdecl("pt_trainer_evaluate")
public func ptTrainerEvaluate(
  _ trainer: OpaquePointer?, _ dataset: OpaquePointer?,
  _ evaluation: UnsafeMutablePointer<pt_evaluation>?, _ classes: UnsafePointer<pt_class_counts>?,
  _ error: UnsafeMutablePointer<pt_error>?
) -> pt_status {
  attempt(error) {
    let trainer = try required(trainer, Trainer.self, "trainer")
    let dataset = try required(dataset, DatasetBox.self, "dataset").dataset
    let evaluation = try required(evaluation, "evaluation")
    if let classes, Int(classes.pointee.class_count) != dataset.classCount {
      throw Failure(
        PT_INVALID_ARGUMENT,
        "classes.class_count is \(classes.pointee.class_count), expected the "
          + "\(dataset.classCount) of the dataset")
    }
    let found = try trainer.evaluate(dataset)
    evaluation.pointee = pt_evaluation(
      sample_count: Int64(found.sampleCount), loss: found.loss, accuracy: found.accuracy ?? .nan)
    if let classes, let counts = found.classes { write(counts, into: classes.pointee) }
  }
}

private func write(_ counts: ClassEvaluation, into room: pt_class_counts) {
  for label in 0..<counts.classCount {
    for predicted in 0..<counts.classCount {
      room.confusion?[label * counts.classCount + predicted] = Int64(
        counts.confusion[label][predicted])
    }
    room.ranks?[label] = Int64(counts.ranks[label])
    room.precision?[label] = counts.precision(of: label) ?? .nan
    room.recall?[label] = counts.recall(of: label) ?? .nan
  }
}

@_cdecl("pt_trainer_predict")
public func ptTrainerPredict(
  _ trainer: OpaquePointer?, _ features: UnsafePointer<Float>?, _ count: Int64,
  _ classes: UnsafeMutablePointer<Int64>?, _ error: UnsafeMutablePointer<pt_error>?
) -> pt_status {
  attempt(error) {
    let trainer = try required(trainer, Trainer.self, "trainer")
    let rows = try size(count, "count")
    if rows == 0 { return }
    let classes = try required(classes, "classes")
    // Int is 64 bits on every machine that this runs on.
    try classes.withMemoryRebound(to: Int.self, capacity: rows) { classes in
      var found = UnsafeMutableBufferPointer(start: classes, count: rows).mutableSpan
      let features = try rowsOfFeatures(features, rows: rows, of: trainer)
      try trainer.evaluator.predict(features.span, into: &found)
    }
  }
}

/// The rows of features that an argument points to.
private func rowsOfFeatures(
  _ features: UnsafePointer<Float>?, rows: Int, of trainer: Trainer
) throws -> UnsafeBufferPointer<Float> {
  UnsafeBufferPointer(
    start: try required(features, "features"),
    count: try product(rows, trainer.model.network.inputCount, "features"))
}

private func predict(
  _ trainer: OpaquePointer?, _ features: UnsafePointer<Float>?, _ count: Int64,
  _ prediction: Evaluator.Prediction, _ found: UnsafeMutablePointer<Float>?, _ room: Int64,
  _ name: String, _ error: UnsafeMutablePointer<pt_error>?
) -> pt_status {
  attempt(error) {
    let trainer = try required(trainer, Trainer.self, "trainer")
    let evaluator = trainer.evaluator
    let rows = try size(count, "count")
    let width =
      prediction == .outputs
      ? trainer.model.network.outputCount : evaluator.probabilityCount
    let wanted = try product(rows, width, name)
    guard room == wanted else {
      throw Failure(
        PT_INVALID_ARGUMENT, "room is \(room), expected \(wanted): \(rows) rows of \(width)")
    }
    if rows == 0 { return }
    var span = UnsafeMutableBufferPointer(start: try required(found, name), count: wanted)
      .mutableSpan
    let features = try rowsOfFeatures(features, rows: rows, of: trainer)
    try evaluator.predict(features.span, count: rows, prediction, into: &span)
  }
}

@_cdecl("pt_trainer_predict_probabilities")
public func ptTrainerPredictProbabilities(
  _ trainer: OpaquePointer?, _ features: UnsafePointer<Float>?, _ count: Int64,
  _ probabilities: UnsafeMutablePointer<Float>?, _ room: Int64,
  _ error: UnsafeMutablePointer<pt_error>?
) -> pt_status {
  predict(
    trainer, features, count, .probabilities, probabilities, room, "probabilities", error)
}

@_cdecl("pt_trainer_predict_outputs")
public func ptTrainerPredictOutputs(
  _ trainer: OpaquePointer?, _ features: UnsafePointer<Float>?, _ count: Int64,
  _ outputs: UnsafeMutablePointer<Float>?, _ room: Int64,
  _ error: UnsafeMutablePointer<pt_error>?
) -> pt_status {
  predict(trainer, features, count, .outputs, outputs, room, "outputs", error)
}

@_cdecl("pt_trainer_predict_dataset")
public func ptTrainerPredictDataset(
  _ trainer: OpaquePointer?, _ dataset: OpaquePointer?, _ classes: UnsafeMutablePointer<Int64>?,
  _ count: Int64, _ error: UnsafeMutablePointer<pt_error>?
) -> pt_status {
  attempt(error) {
    let trainer = try required(trainer, Trainer.self, "trainer")
    let dataset = try required(dataset, DatasetBox.self, "dataset").dataset
    let classes = try required(classes, "classes")
    guard count == dataset.count else {
      throw Failure(
        PT_INVALID_ARGUMENT, "count is \(count), expected the \(dataset.count) of the dataset")
    }
    for (index, label) in try trainer.predict(dataset).enumerated() {
      classes[index] = Int64(label)
    }
  }
}
