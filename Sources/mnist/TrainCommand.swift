import Datasets
import FileSystem
import Kernels
import ModelFormats
import NeuralNetwork
import ParallelTrainer
import Terminal
import Training

/// `mnist train`, the default: trains a network, measures it, saves it.
enum TrainCommand {
  static let declaration = CommandDeclaration(
    name: "train", summary: "train a network and measure it on the test images",
    options: TrainOptions.all,
    examples: [
      ("mnist", "train with the defaults"),
      ("mnist --save digits.safetensors", "the same, and keep the model"),
      ("mnist --hidden 1024,512 --epochs 20 --log run.jsonl", "a larger network, with a log"),
      ("mnist --preset sprint", "98 % of MNIST in a second"),
      (
        "mnist --epochs 100 --schedule plateau:0.5:2 --patience 6",
        "as many epochs as help, and the best one's weights"
      ),
      ("mnist --checkpoint run.ckpt", "be ready to go on after an interruption"),
      ("mnist train --resume run.ckpt --checkpoint run.ckpt", "go on"),
    ])

  static func run(_ arguments: ParsedArguments, _ console: Console) throws -> ExitStatus {
    let start = ContinuousClock.now
    let arguments = arguments.withPreset
    let resumed = try arguments[TrainOptions.resume].map(ResumedRun.init)
    var options = try TrainOptions(arguments, resuming: resumed)
    let variant = try KernelVariant.select()
    // Whatever can be found out before training is: a run must not end without a place for it.
    for path in [options.save, options.checkpoints.path].compactMap(\.self) {
      try File.checkWritable(path)
    }
    let data = try DataSelection(
      arguments, console, doing: "training on", remembered: resumed?.dataLocation)
    let (training, validation) = try options.split(data.training)
    let network = try options.network.network(
      inputs: training.featureCount, outputs: training.classCount)
    try resumed?.requireMatch(options, network: network, kernels: variant)
    try resumed?.requireMatch(training, validation)
    try options.configuration.requireBatch(of: training)
    try MemoryNeed.check(
      network: network, hidden: options.network.hidden,
      batchSize: min(options.configuration.batchSize, training.count),
      moments: options.optimizer.optimizer.momentNames.count,
      makesCheckpoints: options.checkpoints.path != nil,
      restoresBest: options.configuration.stopping.restoresBest)
    var trainer = try trainer(network, options, variant, resuming: resumed)
    if options.choosesThreads {
      options.take(
        try ThreadChoice.measure(
          model: trainer.model, dataset: training, configuration: options.configuration,
          kernels: variant))
      trainer = try Trainer(
        model: trainer.model, configuration: options.configuration, kernels: variant)
    }
    let log = try options.openLog()

    if !options.isQuiet {
      describe(options, variant, console)
      if let preset = arguments[Preset.option] { describe(preset, console) }
      describe(data, training, validation, console)
      if let resumed { describe(resumed, console) }
      console.print(network.summary)
      console.print()
    }
    try log?.start(
      TrainingLog.Start(
        version: PackageVersion.current, kernel: variant.name, dataset: training.name,
        trainCount: training.count, validationCount: validation?.count ?? 0,
        testCount: data.test.count, network: network,
        configuration: options.configuration,
        startFrom: options.transfer.source?.path,
        resumedIterations: resumed?.checkpoint.iterations ?? 0))
    for record in resumed?.checkpoint.history ?? [] { try log?.epoch(record) }

    let run = TrainingRun(
      options: options, console: console, log: log, resuming: resumed,
      notes: ResumedRun.notes(options, data))
    let result = try run.train(trainer, training, validation)
    let test = try trainer.evaluate(data.test)
    let totalSeconds = (ContinuousClock.now - start).seconds
    return try conclude(
      run,
      TrainingLog.End(
        test: test, result: result, totalSeconds: totalSeconds,
        weightsCRC32: trainer.model.parameters.crc32),
      model: Model(
        network: network, parameters: trainer.model.parameters, imageSize: data.imageSize))
  }

  private static func trainer(
    _ network: Network, _ options: TrainOptions, _ variant: KernelVariant,
    resuming resumed: ResumedRun?
  ) throws -> Trainer {
    if let resumed {
      return try Trainer(
        model: resumed.checkpoint.model, configuration: options.configuration, kernels: variant)
    }
    let fresh = try Trainer(
      network: network, configuration: options.configuration, kernels: variant)
    guard options.transfer.source != nil else { return fresh }
    return try Trainer(
      model: options.transfer.initialModel(fresh.model), configuration: options.configuration,
      kernels: variant)
  }

  private static func describe(_ preset: Preset, _ console: Console) {
    let line = "preset \(preset.name): \(preset.commandLine)"
    for part in TextWrapping.lines(line, width: Console.longestLine) { console.print(part) }
  }

  private static func describe(_ resumed: ResumedRun, _ console: Console) {
    let checkpoint = resumed.checkpoint
    let line =
      "goes on from \(resumed.path): \(NumberText.grouped(checkpoint.iterations)) of "
      + "\(NumberText.grouped(checkpoint.iterationsInRun)) iterations, "
      + "\(checkpoint.history.count) of \(checkpoint.configuration.epochs) epochs done"
    for part in TextWrapping.lines(line, width: Console.longestLine) { console.print(part) }
  }

  private static func describe(
    _ options: TrainOptions, _ variant: KernelVariant, _ console: Console
  ) {
    let configuration = options.configuration
    let threads = configuration.threads
    let processors = ProcessorCount.allowed
    let atOnce = threads > processors ? " (\(NumberText.grouped(processors)) at once)" : ""
    console.print(
      "mnist \(PackageVersion.current), \(variant.name) kernels, "
        + "\(NumberText.grouped(threads)) thread\(threads == 1 ? "" : "s")\(atOnce), "
        + "seed \(configuration.seed)")
    if let summary = options.optimizer.summary {
      for part in TextWrapping.lines(summary, width: Console.longestLine) { console.print(part) }
    }
  }

  private static func describe(
    _ data: DataSelection, _ training: Dataset, _ validation: Dataset?, _ console: Console
  ) {
    let held = validation.map { "\(NumberText.grouped($0.count)) validation, " } ?? ""
    let line =
      "data: \(training.name) \(data.location.text), "
      + "\(NumberText.grouped(training.count)) training, \(held)"
      + "\(NumberText.grouped(data.test.count)) test images"
    for part in TextWrapping.lines(line, width: Console.longestLine) { console.print(part) }
  }

  /// Results, the log's last line and the model: the model first, as it must not be lost to a
  /// disk that is full for the log.
  private static func conclude(
    _ run: TrainingRun, _ end: TrainingLog.End, model: Model
  ) throws -> ExitStatus {
    let console = run.console
    let result = end.result
    let hasDiverged = result.stopped == .diverged
    let nobodyReads = console.output.isBrokenPipe
    if result.stopped == .interrupted, !run.options.isQuiet, !nobodyReads {
      console.notice(
        "stopped after \(NumberText.grouped(result.iterations)) iterations, in epoch "
          + "\(result.epochs.count + 1) of \(run.options.configuration.epochs)")
    }
    if let ending = result.ending(run.options.configuration), !run.options.isQuiet {
      for line in TextWrapping.lines(ending, width: Console.longestLine) { console.print(line) }
    }
    console.print(end.test.text(console.style))
    console.print(summary(of: result, run.options))
    var failure: (any Error)? = run.checkpointFailure
    if let path = run.options.checkpoints.path, failure == nil, !hasDiverged {
      console.print("checkpoint saved to \(path)")
    }
    if let path = run.options.save, !hasDiverged {
      do {
        try ModelFile.write(model, to: path)
        console.print("model saved to \(path)")
      } catch {
        failure = error
      }
    }
    // The log ends with its last line, whatever became of the model.
    if run.logFailure == nil { try run.log?.end(end) }
    if let failure = failure ?? run.logFailure { throw failure }
    if hasDiverged { throw DivergenceError(options: run.options, result: result) }
    guard result.stopped == .interrupted, !nobodyReads else { return .success }
    return Interrupt.receivedSignal == SIGTERM ? .terminated : .interrupted
  }

  /// "trained 60,000 samples in 1.23 s (48,780 samples/s)": of this process, not of those before a
  /// checkpoint. Without the heading, the seed stands here.
  private static func summary(of result: TrainingResult, _ options: TrainOptions) -> String {
    let speed =
      result.secondsOfCall > 0 ? Double(result.samplesOfCall) / result.secondsOfCall : 0
    return "trained \(NumberText.grouped(result.samplesOfCall)) samples in "
      + "\(NumberText.duration(result.secondsOfCall)) "
      + "(\(NumberText.grouped(rounding: speed)) samples/s)"
      + (options.isQuiet ? ", seed \(options.configuration.seed)" : "")
  }
}

/// Training that came to numbers that are not finite.
struct DivergenceError: Error, CustomStringConvertible {
  let options: TrainOptions
  let result: TrainingResult

  var description: String {
    "training diverged: \(result.divergence?.description ?? "the loss is not finite"); "
      + "the results are those of \(kept); try a --learning-rate below "
      + "\(options.configuration.learningRate)"
      + (options.save.map { "\n\($0) was not written" } ?? "")
  }

  /// The weights that the run ended with.
  private var kept: String {
    if let epoch = result.restoredEpoch { return "epoch \(epoch), the best" }
    guard result.divergence?.hasSpoiledParameters == true else { return "the weights before it" }
    return result.epochs.isEmpty
      ? "the weights that it began with" : "the weights after epoch \(result.epochs.count)"
  }
}

extension Duration {
  /// The duration in seconds.
  var seconds: Double {
    Double(components.seconds) + Double(components.attoseconds) * 1e-18
  }
}
