import BenchmarkSupport
import Kernels
import ScalingModel
import Terminal
import Training

let models = Option(
  "model", .words(Workload.models, placeholder: "A,B,C"), default: Workload.models,
  defaultText: "A,B,C",
  help: Workload.modelsText)
let batchSizes = Option(
  "batch-size", .numbers(1...1_000_000, placeholder: "N,N"), default: [1, 32, 128, 512],
  defaultText: "1,32,128,512; of C 128",
  help: "images in a batch")
let threadCounts = Option(
  "threads", .numbers(1...TrainingConfiguration.maximumThreads, placeholder: "N,N"),
  default: [1, 2], defaultText: "1,2", help: "threads")
let pixelKinds = Option(
  "pixels", .words(["mnist", "dense"], placeholder: "mnist|dense"), default: ["mnist", "dense"],
  defaultText: "mnist,dense",
  help:
    "MNIST's pixels (the embedded digits' where there is no MNIST), or random ones without a zero"
)
let data = Option(
  "data", ValueSyntax.text("DIR", allowed: "a folder of the four MNIST files").optional,
  default: nil,
  help: "folder of MNIST's four files; default: $MNIST_DIR, or data/mnist where it is there")
let repeats = Option(
  "repeats", .integer(1...1000), default: 5, defaultText: "5", help: "measurements of each row")
let seconds = Option(
  "seconds", .decimal("above 0, up to 3600") { $0 > 0 && $0 <= 3600 }, default: 1, defaultText: "1",
  help: "least length of a measurement, in whole epochs")
let work = Option(
  "work", .words(["training", "evaluation"], placeholder: "training|evaluation"),
  default: ["training", "evaluation"], defaultText: "training,evaluation",
  help: "what to measure: training, or evaluation on 10,000 images")
let averaging = Option(
  "averaging", .words(["slabs", "perWorker"], placeholder: "slabs|perWorker"),
  default: ["slabs"], defaultText: "slabs", help: "how gradients are averaged")
let optimizers = Option(
  "optimizer", .words(Optimizer.defaults.map(\.name), placeholder: "NAME,NAME"),
  default: ["sgd"], defaultText: "sgd",
  help: "optimizers, with their usual coefficients: "
    + Optimizer.defaults.map(\.name).joined(separator: ", "))
let dropouts = Option(
  "dropout", .dropouts(placeholder: "F,F"), default: [0], defaultText: "0",
  help: "shares of the hidden layers' outputs that are dropped")

let command = CommandDeclaration(
  name: "bench-throughput",
  summary:
    "measures samples per second of the training step, where the time goes, and evaluation",
  options: [
    work, models, batchSizes, threadCounts, pixelKinds, averaging, optimizers, dropouts, data,
    repeats, seconds,
  ] + Report.options,
  examples: [
    ("bench-throughput --model A --batch-size 32,128 --threads 1,2", "four rows of one model"),
    ("bench-throughput --work training --optimizer sgd,adam", "what Adam costs"),
  ])

BenchmarkProgram.run(command) { arguments, output in
  let report = try Report("bench-throughput", arguments)
  let variant = try KernelVariant.select()
  let machine = Machine(kernels: [variant])
  for line in TextWrapping.lines(machine.text, width: 98) { output.writeLine(line) }
  output.writeLine(
    "constant learning rates; median (least to greatest) of \(arguments[repeats]) repeats of at least "
      + "\(NumberText.fixed(arguments[seconds], decimals: 1)) s, taken in turn")

  var cases: [Case] = []
  var evaluations: [EvaluationCase] = []
  for pixels in arguments[pixelKinds] {
    let workload = try Workload(pixels: pixels, folder: arguments[data])
    output.writeLine("\(pixels): \(workload.source)")
    for model in arguments[models] {
      for threads in arguments[threadCounts] where arguments[work].contains("evaluation") {
        evaluations.append(
          try EvaluationCase(
            model: model, threads: threads, pixels: pixels, workload: workload, variant: variant))
      }
      guard arguments[work].contains("training") else { continue }
      // Model C is made for batches of 128; others on demand.
      let sizes = model == "C" && !arguments.isGiven(batchSizes) ? [128] : arguments[batchSizes]
      for size in sizes {
        for threads in arguments[threadCounts] {
          for averaging in arguments[averaging] {
            for optimizer in arguments[optimizers].compactMap({ Optimizer($0) }) {
              for dropout in arguments[dropouts] {
                cases.append(
                  try Case(
                    model: model, batchSize: size, threads: threads, pixels: pixels,
                    averaging: averaging, optimizer: optimizer, dropout: dropout,
                    workload: workload, variant: variant))
              }
            }
          }
        }
      }
    }
  }
  output.writeLine("")
  for index in cases.indices { try cases[index].warmUp(seconds: arguments[seconds]) }
  try Case.check(cases)
  // Evaluations are short: a tenth of the time is enough.
  for index in evaluations.indices {
    try evaluations[index].warmUp(seconds: arguments[seconds] / 10)
  }
  try EvaluationCase.check(evaluations)
  for index in cases.indices { try cases[index].measurePhases() }
  for _ in 0..<arguments[repeats] {
    for index in cases.indices { try cases[index].measure() }
    for index in evaluations.indices { try evaluations[index].measure() }
  }

  var table = Case.table
  for entry in cases { table.addRow(entry.row) }
  var evaluationTable = EvaluationCase.table
  for entry in evaluations { evaluationTable.addRow(entry.row) }
  let bootstrap = RoundBootstrap(rounds: arguments[repeats], seed: arguments[Report.seed])
  let tables = [
    cases.isEmpty ? nil : table, Case.comparison(cases, bootstrap),
    evaluations.isEmpty ? nil : evaluationTable,
  ].compactMap(\.self)
  for line in tables.map({ $0.lines() }).joined(separator: [""]) { output.writeLine(line) }
  try report.finish(
    machine: machine,
    [
      .init("measurements", cases.map(\.measured), kernel: variant.name),
      .init("evaluations", evaluations.map(\.measured), kernel: variant.name),
    ], to: output)
}
