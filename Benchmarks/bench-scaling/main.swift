import BenchmarkSupport
import Kernels
import ScalingModel
import Terminal
import Training

let command = CommandDeclaration(
  name: "bench-scaling",
  summary: "measures how the training step's throughput grows with threads, and fits laws to it",
  options: ScalingOptions.all + Report.options,
  examples: [
    ("bench-scaling", "A and B, batches of 32 and 128, on 1 thread to twice the cores"),
    ("bench-scaling --model A --batch-size 128 --scaling strong,weak --json a.json", "one model"),
    ("bench-scaling --compare a.json", "what has changed since then"),
    ("bench-scaling --model-check --repeats 5", "how far the cost model can be trusted here"),
    (
      "bench-scaling --simulate 8,32,128 --bandwidth 50,200", "what larger machines would come to"
    ),
  ])

BenchmarkProgram.run(command) { arguments, output in
  let report = try Report("bench-scaling", arguments)
  let variant = try KernelVariant.select()
  let machine = Machine(kernels: [variant])
  for line in TextWrapping.lines(machine.text, width: 98) { output.writeLine(line) }
  if arguments[ScalingOptions.modelCheck] {
    try ModelCheck(arguments, variant: variant, machine: machine).run(report, to: output)
  } else if arguments[ScalingOptions.simulated] != nil {
    try SimulationReport(arguments, variant: variant, machine: machine).run(report, to: output)
  } else {
    try StrongAndWeakScaling(arguments, variant: variant, machine: machine)
      .run(report, to: output)
  }
}
