import ParallelTrainer

// A digit service without a network: reads requests from standard input, one a line, and answers on
// standard output. A request is a picture of 28 × 28 pixels as 784 numbers from 0 to 255, separated
// by spaces or commas; the answer is the digit and its probability, or "error:" and what is wrong.
//
//     swift run example-digit-service digits.safetensors < requests.txt
//
// Without a model it trains one on the embedded digits first, in about a second.

/// The model of a file, or a new one.
func model() throws -> Model {
  if CommandLine.arguments.count > 1 { return try ModelFile.read(CommandLine.arguments[1]) }
  let digits = EmbeddedDigits.generate(trainingCount: 10_000, testCount: 1, threads: 2)
  let trainer = try Trainer(
    network: Network(inputs: 784, hidden: [64], outputs: 10),
    configuration: TrainingConfiguration(epochs: 3, threads: 2, seed: 1))
  try trainer.fit(digits.training)
  return trainer.model
}

/// The answer to a request.
func answer(_ request: String, by evaluator: Evaluator) -> String {
  let numbers = request.split { $0 == " " || $0 == "," }
  let pixels = numbers.compactMap { Float($0) }
  guard pixels.count == numbers.count else {
    return "error: expected numbers, found '\(numbers.first { Float($0) == nil } ?? "")'"
  }
  do {
    // The network learned from pixels of 0 to 1.
    let probabilities = try evaluator.predictProbabilities(pixels.map { $0 / 255 })
    let best = probabilities.indices.max { probabilities[$0] < probabilities[$1] } ?? 0
    return "\(best) \(probabilities[best])"
  } catch {
    return "error: \(error)"
  }
}

let evaluator = try Evaluator(model: model())
while let request = readLine() { print(answer(request, by: evaluator)) }
