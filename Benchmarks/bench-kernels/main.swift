import BenchmarkSupport
import Kernels
import ScalingModel
import Terminal

let variantNames = KernelVariant.all.map(\.name)
let names = Option(
  "kernel",
  ValueSyntax<String>(
    placeholder: "NAME", allowed: variantNames.joined(separator: " or ")
  ) { text in
    variantNames.contains(text) ? text : nil
  }.optional,
  default: nil,
  help: "one variant only; default: all that this processor can run")
let rowCounts = Option(
  "rows", .numbers(1...65_536, placeholder: "N,N"), default: [8, 16, 32, 64, 128, 512],
  defaultText: "8,16,32,64,128,512", help: "samples m")
let layers = Option(
  "layer", .words(Measurement.shapes.map { "\($0.inputs)x\($0.outputs)" }, placeholder: "KxN,KxN"),
  default: Measurement.shapes.map { "\($0.inputs)x\($0.outputs)" }, defaultText: "all",
  help: "layers by inputs and outputs")
let repeats = Option(
  "repeats", .integer(1...1000), default: 7, defaultText: "7", help: "measurements of each figure")

let command = CommandDeclaration(
  name: "bench-kernels",
  summary: "measures the products of dense layers on one thread, in GFLOP/s",
  options: [names, layers, rowCounts, repeats] + Report.options,
  examples: [("bench-kernels --rows 32,128", "two sizes of a shard, all shapes and variants")])

BenchmarkProgram.run(command) { arguments, output in
  let report = try Report("bench-kernels", arguments)
  let variants =
    try arguments[names].map { [try KernelVariant.select(named: $0)] }
    ?? KernelVariant.all
  let machine = Machine(kernels: variants)
  for line in TextWrapping.lines(machine.text, width: 98) { output.writeLine(line) }
  output.writeLine(
    "px: the first layer, of pixels without a zero; nobody needs the gradient of its inputs")
  var measurements: [Measured] = []
  var kernels: [String] = []
  for variant in variants {
    var table = TextTable(columns: [
      ("inputs × outputs", .left), ("rows", .right), ("forward", .right), ("of peak", .right),
      ("input grad", .right), ("of peak", .right), ("weight grad", .right), ("of peak", .right),
    ])
    let peak = Spread((0..<arguments[repeats]).map { _ in Peak.measure(variant.kernels) })
    output.writeLine("")
    output.writeLine(
      "\(variant.name): multiply-add peak \(NumberText.fixed(peak.median, decimals: 1)) GFLOP/s, "
        + "median of \(arguments[repeats])")
    for shape in Measurement.shapes
    where arguments[layers].contains("\(shape.inputs)x\(shape.outputs)") {
      for rows in arguments[rowCounts] {
        let measurement = Measurement(
          rows: rows, inputs: shape.inputs, outputs: shape.outputs, kernels: variant.kernels)
        // Each product next to a peak of the same moment: the machine's speed drifts.
        let results = try measurement.run(repeats: arguments[repeats])
        let unit = measurement.takesPixels ? " px" : ""
        table.addRow(
          ["\(shape.inputs)\(unit) × \(shape.outputs)", "\(rows)"]
            + ["forward", "input_gradient", "weight_gradient"].flatMap { product in
              guard let result = results.first(where: { $0.product == product }) else {
                return ["–", ""]
              }
              return [
                NumberText.fixed(result.speed.median, decimals: 1),
                NumberText.percent(result.share.median, decimals: 0),
              ]
            })
        measurements += results.map { $0.measured(variant: variant, measurement) }
        kernels += results.map { _ in variant.name }
      }
    }
    for line in table.lines() { output.writeLine(line) }
  }
  try report.finish(
    machine: machine, [.init("measurements", measurements, kernels: kernels)], to: output)
}
