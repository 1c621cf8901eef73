import Checksums
import FileSystem
import NeuralNetwork
import Terminal
import Training

/// The log of a run as JSON Lines: what `mnist train --log FILE` writes.
///
/// This is a contract with the programs that read it. Fields may be added in later versions, at
/// the end; none is renamed, removed or moved. One object stands on each line, in UTF-8, and is in
/// the file as soon as it happened. Accuracies are fractions from 0 to 1, losses are means over
/// samples of `loss_function`, a cross-entropy in nats, times are seconds. A number that is not finite,
/// or that does not exist, is null. Fields come in this order:
///
/// The first line, before training:
///
/// | Field | Type | Meaning |
/// |---|---|---|
/// | `event` | string | `"start"` |
/// | `version` | string | version of the program |
/// | `kernel` | string | kernel variant: `"baseline"`, `"avx2"`, `"avx512"`, `"neon"` |
/// | `threads` | integer | threads asked for, `auto` resolved |
/// | `seed` | integer | the seed, up to 2⁶⁴ − 1 (readers that keep 53 bits lose some) |
/// | `dataset` | string | name of the data set: `"MNIST"`, `"embedded digits"` |
/// | `train_count` | integer | samples trained on, validation samples not included |
/// | `validation_count` | integer | samples held back for validation, 0 for none |
/// | `test_count` | integer | samples of the test set |
/// | `layer_sizes` | integers | units of all layers, inputs and outputs included |
/// | `parameter_count` | integer | weights and biases |
/// | `batch_size` | integer | samples in a batch, `all` resolved; the last one of an epoch may be shorter |
/// | `epochs` | integer | epochs asked for |
/// | `learning_rate` | number | learning rate asked for |
/// | `momentum` | number | μ or λ of the optimizers with momentum, 0 with others |
/// | `drop_last` | boolean | whether an epoch leaves out its last batch if that is shorter |
/// | `resumed_iterations` | integer | parameter updates before the checkpoint that the run goes on from, 0 without one |
/// | `schedule` | string | how the learning rate changes, as `--schedule` takes it |
/// | `warm_up` | string | as `--warm-up` takes it, `"none"` for none |
/// | `patience` | integer or null | epochs without an improvement that end the run |
/// | `stop_on` | string | what makes an epoch better: `"loss"` or `"accuracy"` |
/// | `min_improvement` | number | by more than how much |
/// | `restore_best` | boolean | whether the run ends with the weights of its best epoch |
/// | `epsilon` | number or null | change of the training loss from epoch to epoch that ends the run |
/// | `target_accuracy` | number or null | validation accuracy that ends the run |
/// | `time_limit` | number or null | seconds of training that end the run |
/// | `activations` | strings | of each layer, as `--activation` takes them |
/// | `dropout` | numbers | shares that are dropped of the inputs and of each layer's outputs |
/// | `initializer` | string | how the first weights are drawn, as `--init` takes it |
/// | `distortion` | string or null | how training images are distorted, as `--distort` takes it; null for not at all |
/// | `optimizer` | string | name and coefficients: `"momentum:0.9"`, `"adam:0.9:0.999:1e-08"` |
/// | `regularizers` | strings | kind, strength, and what it holds for: `"l2:0.0001"`, `"max-norm:3.0:layers=1,2:biases"` |
/// | `clipping` | string or null | limit of the gradient: `"norm:1.0"`, `"value:0.5"` |
/// | `frozen_layers` | integers | layers left as they were, counted from 1 |
/// | `start_from` | string or null | file that the first parameters came from |
/// | `loss_function` | string | what is made small: `"cross-entropy"`, `"cross-entropy:0.1"` with label smoothing, `"binary-cross-entropy"`, `"mean-squared-error"`, `"half-squared-error"`, `"mean-absolute-error"` |
///
/// One line after each complete epoch; the epochs before a checkpoint that the run goes on from
/// come first, so that the log is one of the whole run:
///
/// | Field | Type | Meaning |
/// |---|---|---|
/// | `event` | string | `"epoch"` |
/// | `epoch` | integer | counted from 1 |
/// | `iterations` | integer | parameter updates so far |
/// | `samples` | integer | samples trained on so far: the sum of all batch sizes |
/// | `loss` | number | training loss, each sample at the time of its batch |
/// | `validation_loss` | number or null | loss on the validation samples; null without them |
/// | `validation_accuracy` | number or null | accuracy on them; null without them |
/// | `seconds` | number | time of this epoch's training, validation not included |
/// | `samples_per_second` | number | samples of this epoch by `seconds` |
/// | `learning_rate` | number | learning rate at the end of the epoch |
/// | `best_epoch` | integer or null | the best epoch so far; null without validation samples |
///
/// The last line, also of a run that was interrupted or diverged:
///
/// | Field | Type | Meaning |
/// |---|---|---|
/// | `event` | string | `"end"` |
/// | `test_accuracy` | number or null | accuracy on the test set; null where its targets are no classes |
/// | `test_loss` | number or null | loss on the test set |
/// | `train_seconds` | number | time of training, validation not included, that before a checkpoint included |
/// | `total_seconds` | number | time of this process, from its start to the end of the test |
/// | `iterations` | integer | parameter updates |
/// | `samples` | integer | samples trained on: the sum of all batch sizes |
/// | `stopped` | string | `"completed"`, `"interrupted"`, `"early"` or `"diverged"` |
/// | `weights_crc32` | string | zlib's CRC-32, 8 lowercase hexadecimal digits, of all parameters as little-endian float32, layer by layer: weight [outputs][inputs] row by row, then bias |
/// | `stop_rule` | string or null | of a run that stopped early, the rule: `"patience"`, `"loss-change"`, `"target-accuracy"` or `"time-limit"` |
/// | `best_epoch` | integer or null | the best epoch; null without validation samples |
/// | `restored_epoch` | integer or null | the epoch whose weights these are; null for the last iteration's |
/// | `diverged_iteration` | integer or null | of a run that diverged, the iteration, counted from 1, whose loss is not finite |
/// | `diverged_layer` | integer or null | the first layer, counted from 1, that is not finite; null where only the loss is not |
/// | `diverged_place` | string or null | what of this layer: `"parameters"` or `"outputs"` |
final class TrainingLog {
  /// What is known before training starts.
  struct Start {
    var version: String
    var kernel: String
    var dataset: String
    var trainCount: Int
    var validationCount: Int
    var testCount: Int
    var network: Network
    var configuration: TrainingConfiguration
    var startFrom: String? = nil
    var resumedIterations: Int
  }

  /// What the run came to.
  struct End {
    var test: Evaluation
    var result: TrainingResult
    var totalSeconds: Double
    var weightsCRC32: UInt32
  }

  private let writer: JSONLinesWriter
  private var judge = EpochJudge(StoppingRules())

  /// Opens the file; what it held before is lost when ``start(_:)`` writes the first line.
  init(path: String) throws(FileError) {
    writer = try JSONLinesWriter(path: path)
  }

  func start(_ start: Start) throws(FileError) {
    let rules = start.configuration.stopping
    judge = EpochJudge(rules)
    let size = start.configuration.batchSize
    // All samples, whatever their number.
    let batchSize = size == .max ? start.trainCount : size
    try writer.write([
      ("event", .string("start")),
      ("version", .string(start.version)),
      ("kernel", .string(start.kernel)),
      ("threads", .integer(start.configuration.threads)),
      ("seed", .unsigned(start.configuration.seed)),
      ("dataset", .string(start.dataset)),
      ("train_count", .integer(start.trainCount)),
      ("validation_count", .integer(start.validationCount)),
      ("test_count", .integer(start.testCount)),
      ("layer_sizes", .array(start.network.layerSizes.map { .integer($0) })),
      ("parameter_count", .integer(start.network.parameterCount)),
      ("batch_size", .integer(batchSize)),
      ("epochs", .integer(start.configuration.epochs)),
      ("learning_rate", .single(start.configuration.learningRate)),
      ("momentum", .number(start.configuration.optimizer.momentum)),
      ("drop_last", .boolean(start.configuration.dropsLastBatch)),
      ("resumed_iterations", .integer(start.resumedIterations)),
      ("schedule", .string(start.configuration.schedule.description)),
      ("warm_up", .string(start.configuration.warmUp.description)),
      ("patience", .optional(rules.patience)),
      ("stop_on", .string(rules.criterion.rawValue)),
      ("min_improvement", .number(rules.minimumImprovement)),
      ("restore_best", .boolean(rules.restoresBest)),
      ("epsilon", .optional(rules.lossChange)),
      ("target_accuracy", .optional(rules.targetAccuracy)),
      ("time_limit", .optional(rules.timeLimit)),
      ("activations", .array(start.network.layers.map { .string($0.activation.description) })),
      ("dropout", .array(start.network.dropouts.map { .single($0) })),
      ("initializer", .string(start.configuration.initializer.description)),
      ("distortion", start.configuration.distortion.map { .string($0.description) } ?? .null),
      ("optimizer", .string(start.configuration.optimizer.description)),
      (
        "regularizers",
        .array(start.configuration.regularizers.map { .string($0.description) })
      ),
      ("clipping", start.configuration.clipping.map { .string($0.description) } ?? .null),
      (
        "frozen_layers",
        .array(start.configuration.frozenLayers.sorted().map { .integer($0 + 1) })
      ),
      ("start_from", start.startFrom.map { .string($0) } ?? .null),
      ("loss_function", .string(start.configuration.loss.description)),
    ])
  }

  func epoch(_ record: EpochRecord) throws(FileError) {
    judge.observe(record)
    try writer.write([
      ("event", .string("epoch")),
      ("epoch", .integer(record.epoch)),
      ("iterations", .integer(record.iterations)),
      ("samples", .integer(record.samples)),
      ("loss", .number(record.loss)),
      ("validation_loss", .optional(record.validation?.loss)),
      ("validation_accuracy", .optional(record.validation?.accuracy)),
      ("seconds", .number(record.seconds)),
      ("samples_per_second", .number(record.samplesPerSecond)),
      ("learning_rate", .single(record.learningRate)),
      ("best_epoch", .optional(judge.bestEpoch)),
    ])
  }

  func end(_ end: End) throws(FileError) {
    let divergence = end.result.divergence
    try writer.write([
      ("event", .string("end")),
      ("test_accuracy", .optional(end.test.accuracy)),
      ("test_loss", .number(end.test.loss)),
      ("train_seconds", .number(end.result.seconds)),
      ("total_seconds", .number(end.totalSeconds)),
      ("iterations", .integer(end.result.iterations)),
      ("samples", .integer(end.result.samples)),
      ("stopped", .string(end.result.stopped.description)),
      ("weights_crc32", .string(CRC32.text(of: end.weightsCRC32))),
      ("stop_rule", .optional(end.result.stopped.rule?.rawValue)),
      ("best_epoch", .optional(end.result.bestEpoch)),
      ("restored_epoch", .optional(end.result.restoredEpoch)),
      ("diverged_iteration", .optional(divergence?.iteration)),
      ("diverged_layer", .optional(divergence?.layer.map { $0 + 1 })),
      ("diverged_place", .optional(divergence?.place?.rawValue)),
    ])
  }
}
