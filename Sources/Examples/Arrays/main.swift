import ParallelTrainer

// Trains on numbers of one's own, as a CSV file would give them: petal and sepal sizes of two kinds of
// flowers, one row for each. Run it with `swift run example-arrays`.

let rows: [[Float]] = [
  [5.1, 3.5, 1.4, 0.2], [4.9, 3.0, 1.4, 0.2], [4.7, 3.2, 1.3, 0.2], [4.6, 3.1, 1.5, 0.2],
  [5.0, 3.6, 1.4, 0.2], [5.4, 3.9, 1.7, 0.4], [7.0, 3.2, 4.7, 1.4], [6.4, 3.2, 4.5, 1.5],
  [6.9, 3.1, 4.9, 1.5], [5.5, 2.3, 4.0, 1.3], [6.5, 2.8, 4.6, 1.5], [5.7, 2.8, 4.5, 1.3],
]
let kinds = [0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1]

let flowers = try Dataset(name: "flowers", features: rows, labels: kinds, classCount: 2)
let network = try Network(inputs: 4) {
  Dense(8, .tanh)
  Dense(2)
}
print(network.summary)

let trainer = try Trainer(
  network: network,
  configuration: TrainingConfiguration(epochs: 50, batchSize: 4, learningRate: 0.05, seed: 1))
try trainer.fit(flowers) { event in
  if case .epoch(let record) = event, record.epoch.isMultiple(of: 10) {
    print("epoch \(record.epoch): loss \(record.loss)")
  }
}
print("accuracy", try trainer.evaluate(flowers).accuracy ?? 0)
print(
  "a flower of 6.1 × 2.9 and 4.3 × 1.3:", try trainer.predictProbabilities([6.1, 2.9, 4.3, 1.3]))
