import Datasets
import FileSystem
import Training

/// One run of the trainer, its progress shown and logged, until it ends or is asked to.
final class TrainingRun {
  let options: TrainOptions
  let console: Console
  let log: TrainingLog?
  /// Why the log is incomplete, if it is.
  private(set) var logFailure: FileError?

  init(options: TrainOptions, console: Console, log: TrainingLog?) {
    self.options = options
    self.console = console
    self.log = log
  }

  func train(
    _ trainer: Trainer, _ training: Dataset, _ validation: Dataset?
  ) throws(TrainingError) -> TrainingResult {
    let stop = Interrupt.install()
    let display = ProgressDisplay(
      console, epochs: options.configuration.epochs, hasValidation: validation != nil,
      isQuiet: options.isQuiet)
    defer { display.finish() }
    return try trainer.fit(training, validation: validation, stop: stop) { event in
      display.show(event)
      if case .epoch(let record) = event { write(record) }
      // With nobody reading and nothing to keep, the rest of the run would be for nothing.
      let isForNothing = options.save == nil && log == nil && console.output.isBrokenPipe
      if isForNothing || logFailure != nil { stop.request() }
    }
  }

  private func write(_ record: EpochRecord) {
    guard logFailure == nil else { return }
    do throws(FileError) { try log?.epoch(record) } catch { logFailure = error }
  }
}
