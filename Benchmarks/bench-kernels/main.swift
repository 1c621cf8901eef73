import BenchmarkSupport
import Kernels
import Terminal

let names = Option(
  "kernel", ValueSyntax.text("NAME", allowed: "the name of a kernel variant").optional,
  default: nil,
  help: "one variant only; default: all that this processor can run")
let rowCounts = Option(
  "rows", .numbers(1...65_536, placeholder: "N,N"), default: [8, 16, 32, 64, 128, 512],
  defaultText: "8,16,32,64,128,512", help: "samples m")
let repeats = Option(
  "repeats", .integer(1...1000), default: 7, defaultText: "7", help: "measurements of each figure")
let json = Option(
  "json", ValueSyntax.text("FILE", allowed: "the path of a file to write").optional, default: nil,
  help: "write machine and measurements to this file")

let command = CommandDeclaration(
  name: "bench-kernels",
  summary: "measures the three products of a dense layer on one thread, in GFLOP/s",
  options: [names, rowCounts, repeats, json],
  examples: [("bench-kernels --rows 32,128", "two sizes of a shard, all shapes and variants")])

BenchmarkProgram.run(command) { arguments, output in
  try Report.check(arguments[json])
  let variants =
    try arguments[names].map { [try KernelVariant.select(named: $0)] }
    ?? KernelVariant.all
  let machine = Machine(kernel: variants[variants.count - 1])
  output.writeLine(machine.text)
  var measurements: [JSONValue] = []
  for variant in variants {
    var table = TextTable(columns: [
      ("inputs × outputs", .left), ("rows", .right), ("forward", .right), ("of peak", .right),
      ("input grad", .right), ("of peak", .right), ("weight grad", .right), ("of peak", .right),
    ])
    let peak = Spread((0..<arguments[repeats]).map { _ in Measurement.peak(variant.kernels) })
    output.writeLine("")
    output.writeLine(
      "\(variant.name): multiply-add peak \(NumberText.fixed(peak.median, decimals: 1)) GFLOP/s, "
        + "median of \(arguments[repeats])")
    for shape in Measurement.shapes {
      for rows in arguments[rowCounts] {
        let measurement = Measurement(
          rows: rows, inputs: shape.inputs, outputs: shape.outputs, kernels: variant.kernels)
        // Each product next to a peak of the same moment: the machine's speed drifts.
        let results = measurement.run(repeats: arguments[repeats])
        table.addRow(
          ["\(shape.inputs) × \(shape.outputs)", "\(rows)"]
            + results.flatMap {
              [
                NumberText.fixed($0.speed.median, decimals: 1),
                NumberText.percent($0.share.median, decimals: 0),
              ]
            })
        measurements += results.map { $0.json(variant: variant, measurement) }
      }
    }
    for line in table.lines() { output.writeLine(line) }
  }
  if let path = arguments[json] {
    try Report.write(machine: machine, measurements: measurements, to: path)
  }
}
