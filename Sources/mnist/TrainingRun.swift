import Datasets
import FileSystem
import ModelFormats
import Training

/// One run of the trainer, its progress shown and logged, its checkpoints written, until it ends
/// or is asked to.
final class TrainingRun {
  let options: TrainOptions
  let console: Console
  let log: TrainingLog?
  let resumed: ResumedRun?
  /// What the program wants to find again in the checkpoints.
  private let notes: [String: String]
  private let writer: CheckpointWriter?
  /// Why the log is incomplete, if it is.
  private(set) var logFailure: FileError?
  /// Why the last checkpoint is not on the disk, if it is not.
  private(set) var checkpointFailure: ModelFileError?

  init(
    options: TrainOptions, console: Console, log: TrainingLog?, resuming resumed: ResumedRun?,
    notes: [String: String]
  ) {
    self.options = options
    self.console = console
    self.log = log
    self.resumed = resumed
    self.notes = notes
    writer = options.checkpoints.path.map {
      CheckpointWriter(path: $0, keeping: options.checkpoints.kept)
    }
  }

  func train(
    _ trainer: Trainer, _ training: Dataset, _ validation: Dataset?
  ) throws(TrainingError) -> TrainingResult {
    let stop = Interrupt.install()
    let display = ProgressDisplay(
      console, configuration: options.configuration, hasValidation: validation != nil,
      history: resumed?.checkpoint.history ?? [], isQuiet: options.isQuiet)
    defer { display.finish() }
    let result = try trainer.fit(
      training, validation: validation, resuming: resumed?.checkpoint,
      checkpoints: options.checkpoints.policy, stop: stop
    ) { event in
      display.show(event)
      switch event {
      case .progress: break
      case .epoch(let record): write(record)
      case .checkpoint(let checkpoint): write(checkpoint)
      }
      // With nobody reading and nothing to keep, the rest of the run would be for nothing.
      let isForNothing =
        options.save == nil && log == nil && writer == nil && console.output.isBrokenPipe
      if isForNothing || logFailure != nil { stop.request() }
    }
    checkpointFailure = writer?.finish()
    return result
  }

  /// A checkpoint that could not be written is no reason to stop: the run goes on, and so does the
  /// attempt to write the next one.
  private func write(_ checkpoint: Checkpoint) {
    var checkpoint = checkpoint
    checkpoint.notes = notes
    if let failure = writer?.write(checkpoint) {
      console.notice("a checkpoint was not written, the run goes on: \(failure)")
    }
  }

  private func write(_ record: EpochRecord) {
    guard logFailure == nil else { return }
    do throws(FileError) { try log?.epoch(record) } catch { logFailure = error }
  }
}
