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
      ("mnist --hidden none --learning-rate 0.05", "softmax regression"),
    ])

  static func run(_ arguments: ParsedArguments, _ console: Console) throws -> ExitStatus {
    let start = ContinuousClock.now
    let options = try TrainOptions(arguments)
    let variant = try KernelVariant.select()
    // Whatever can be found out before training is: a run must not end without a place for it.
    if let path = options.save { try File.checkWritable(path) }
    let data = try DataSelection(arguments, console, need: .both, doing: "training on")
    let (training, validation) = try options.split(data.training)
    let network = try Network(
      inputs: training.featureCount, hidden: options.hidden, outputs: training.classCount)
    try MemoryNeed.check(
      network: network, hidden: options.hidden,
      batchSize: min(options.configuration.batchSize, training.count))
    let trainer = try Trainer(
      network: network, configuration: options.configuration, kernels: variant)
    let log = try options.openLog()

    if !options.isQuiet {
      describe(options, variant, console)
      describe(data, training, validation, console)
      console.print(network.summary)
      console.print()
    }
    try log?.start(
      TrainingLog.Start(
        version: PackageVersion.current, kernel: variant.name, dataset: training.name,
        trainCount: training.count, validationCount: validation?.count ?? 0,
        testCount: data.test.count, layerSizes: network.layerSizes,
        parameterCount: network.parameterCount, configuration: options.configuration))

    let run = TrainingRun(options: options, console: console, log: log)
    let result = try run.train(trainer, training, validation)
    let test = try trainer.evaluate(data.test)
    let totalSeconds = (ContinuousClock.now - start).seconds
    return try conclude(
      run,
      TrainingLog.End(
        test: test, result: result, totalSeconds: totalSeconds,
        weightsCRC32: trainer.model.parameters.crc32),
      model: trainer.model)
  }

  private static func describe(
    _ options: TrainOptions, _ variant: KernelVariant, _ console: Console
  ) {
    let configuration = options.configuration
    let threads = configuration.threads
    console.print(
      "mnist \(PackageVersion.current), \(variant.name) kernels, "
        + "\(NumberText.grouped(threads)) thread\(threads == 1 ? "" : "s"), "
        + "seed \(configuration.seed)")
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
    console.print(end.test.text(console.style))
    let speed = result.seconds > 0 ? Double(result.samples) / result.seconds : 0
    console.print(
      "trained \(NumberText.grouped(result.samples)) samples in "
        + "\(NumberText.duration(result.seconds)) "
        + "(\(NumberText.grouped(rounding: speed)) samples/s)")
    var failure: (any Error)?
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
    if hasDiverged { throw Divergence(options: run.options, result: result) }
    return result.stopped == .interrupted && !nobodyReads ? .interrupted : .success
  }
}

/// Training that came to numbers that are not finite.
struct Divergence: Error, CustomStringConvertible {
  let options: TrainOptions
  let result: TrainingResult

  var description: String {
    "training diverged after \(NumberText.grouped(result.iterations)) iterations: the loss is "
      + "no longer a finite number; try a --learning-rate below "
      + "\(options.configuration.learningRate)"
      + (options.save.map { "\n\($0) was not written" } ?? "")
  }
}

extension Duration {
  /// The duration in seconds.
  var seconds: Double {
    Double(components.seconds) + Double(components.attoseconds) * 1e-18
  }
}
