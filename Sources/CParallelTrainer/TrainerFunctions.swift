import CParallelTrainerHeader
import ParallelTrainer

@_cdecl("pt_trainer_create")
public func ptTrainerCreate(
  _ model: OpaquePointer?, _ options: UnsafePointer<UnsafePointer<CChar>?>?,
  _ trainer: UnsafeMutablePointer<OpaquePointer?>?, _ error: UnsafeMutablePointer<pt_error>?
) -> pt_status {
  attempt(error) {
    let model = try required(model, ModelBox.self, "model").model
    let trainer = try required(trainer, "trainer")
    // Threads of the call: a process whose pool of threads is in use could not fork.
    trainer.pointee = handle(
      try Trainer(
        model: model, configuration: TrainerOptions(options).configuration,
        workers: .threadsOfTheCall))
  }
}

@_cdecl("pt_stop_create")
public func ptStopCreate() -> OpaquePointer? { handle(StopRequest()) }

@_cdecl("pt_stop_request")
public func ptStopRequest(_ stop: OpaquePointer?) { object(stop, StopRequest.self)?.request() }

@_cdecl("pt_stop_destroy")
public func ptStopDestroy(_ stop: OpaquePointer?) { destroy(stop, StopRequest.self) }

@_cdecl("pt_trainer_fit")
public func ptTrainerFit(
  _ trainer: OpaquePointer?, _ training: OpaquePointer?, _ validation: OpaquePointer?,
  _ onEvent: pt_event_callback?, _ userData: UnsafeMutableRawPointer?, _ stop: OpaquePointer?,
  _ result: UnsafeMutablePointer<pt_result>?, _ error: UnsafeMutablePointer<pt_error>?
) -> pt_status {
  attempt(error) {
    let trainer = try required(trainer, Trainer.self, "trainer")
    let training = try required(training, DatasetBox.self, "training").dataset
    // The caller's request may serve other calls too, so the callback's answer must not go there.
    let answer = StopRequest(following: object(stop, StopRequest.self))
    let found = try trainer.fit(
      training, validation: object(validation, DatasetBox.self)?.dataset, stop: answer
    ) { event in
      guard let onEvent, var event = pt_event(event, epochs: trainer.configuration.epochs) else {
        return
      }
      if onEvent(userData, &event) != 0 { answer.request() }
    }
    result?.pointee = pt_result(found)
  }
}

@_cdecl("pt_trainer_partial_fit")
public func ptTrainerPartialFit(
  _ trainer: OpaquePointer?, _ samples: OpaquePointer?, _ stop: OpaquePointer?,
  _ result: UnsafeMutablePointer<pt_result>?, _ error: UnsafeMutablePointer<pt_error>?
) -> pt_status {
  attempt(error) {
    let trainer = try required(trainer, Trainer.self, "trainer")
    let samples = try required(samples, DatasetBox.self, "samples").dataset
    let found = try trainer.partialFit(
      samples, stop: object(stop, StopRequest.self) ?? StopRequest())
    result?.pointee = pt_result(found)
  }
}

@_cdecl("pt_trainer_history")
public func ptTrainerHistory(
  _ trainer: OpaquePointer?, _ epochs: UnsafeMutablePointer<pt_epoch>?, _ capacity: Int64
) -> Int64 {
  guard let history = object(trainer, Trainer.self)?.history else { return 0 }
  if let epochs {
    for (index, record) in history.prefix(Int(max(0, capacity))).enumerated() {
      epochs[index] = pt_epoch(
        loss: record.loss, validation_loss: record.validation?.loss ?? .nan,
        validation_accuracy: record.validation?.accuracy ?? .nan, seconds: record.seconds,
        learning_rate: Double(record.learningRate))
    }
  }
  return Int64(history.count)
}

@_cdecl("pt_trainer_copy_model")
public func ptTrainerCopyModel(
  _ trainer: OpaquePointer?, _ model: UnsafeMutablePointer<OpaquePointer?>?,
  _ error: UnsafeMutablePointer<pt_error>?
) -> pt_status {
  attempt(error) {
    let trainer = try required(trainer, Trainer.self, "trainer")
    try required(model, "model").pointee = handle(ModelBox(trainer.model))
  }
}

@_cdecl("pt_trainer_destroy")
public func ptTrainerDestroy(_ trainer: OpaquePointer?) { destroy(trainer, Trainer.self) }

// MARK: What is reported

extension pt_event {
  /// - Returns: Nil for what the C interface does not report.
  fileprivate init?(_ event: TrainingEvent, epochs: Int) {
    self.init()
    self.epochs = Int64(epochs)
    validation_loss = .nan
    validation_accuracy = .nan
    switch event {
    case .progress(let progress):
      kind = Int32(PT_EVENT_PROGRESS)
      epoch = Int64(progress.epoch)
      samples_done = Int64(progress.samplesDone)
      samples_per_epoch = Int64(progress.samplesPerEpoch)
      loss = progress.loss
      samples_per_second = progress.samplesPerSecond
      (seconds, learning_rate) = (.nan, .nan)
    case .epoch(let record):
      kind = Int32(PT_EVENT_EPOCH)
      epoch = Int64(record.epoch)
      let samples = record.samples / max(record.epoch, 1)
      (samples_done, samples_per_epoch) = (Int64(samples), Int64(samples))
      loss = record.loss
      validation_loss = record.validation?.loss ?? .nan
      validation_accuracy = record.validation?.accuracy ?? .nan
      samples_per_second = record.samplesPerSecond
      (seconds, learning_rate) = (record.seconds, Double(record.learningRate))
    case .checkpoint: return nil
    }
  }
}

extension pt_result {
  fileprivate init(_ result: TrainingResult) {
    self.init()
    switch result.stopped {
    case .completed: stopped = Int32(PT_COMPLETED)
    case .interrupted: stopped = Int32(PT_INTERRUPTED)
    case .early: stopped = Int32(PT_STOPPED_EARLY)
    case .diverged: stopped = Int32(PT_DIVERGED)
    }
    epochs = Int64(result.epochs.count)
    iterations = Int64(result.iterations)
    samples = Int64(result.samples)
    loss = result.epochs.last?.loss ?? .nan
    seconds = result.seconds
    let text = result.divergence?.description ?? result.stopped.rule?.rawValue ?? ""
    withUnsafeMutableBytes(of: &detail) { copy(text, into: $0) }
  }
}
