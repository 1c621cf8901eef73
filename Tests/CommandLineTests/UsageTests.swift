import Kernels
import TestSupport
import Testing

/// Arguments, how the program must end, and what it must say on standard error.
struct WrongUsage: Sendable, CustomTestStringConvertible {
  let arguments: [String]
  let status: Int32
  let message: String

  var testDescription: String { "mnist " + arguments.joined(separator: " ") }

  init(_ arguments: String, _ status: Int32, _ message: String) {
    self.arguments = arguments.split(separator: " ").map(String.init)
    self.status = status
    self.message = message
  }

  static let all = [
    WrongUsage("--epoch 3", 2, "unknown option --epoch; did you mean --epochs?"),
    WrongUsage("--epochs 0", 2, "--epochs: expected a whole number from 1 to 100,000, found \"0\""),
    WrongUsage("--epochs", 2, "--epochs needs a value: expected a whole number from 1"),
    WrongUsage("--epochs 1 --epochs 2", 2, "--epochs is given more than once"),
    WrongUsage("--batch-size -4", 2, "--batch-size: expected a whole number from 1 to"),
    WrongUsage("--learning-rate 0", 2, "--learning-rate: expected a decimal number above 0"),
    WrongUsage("--learning-rate 1e-60", 2, "--learning-rate: expected a decimal number above 0"),
    WrongUsage("--learning-rate nan", 2, "found \"nan\""),
    WrongUsage("--momentum 1", 2, "--momentum: expected a decimal number from 0 to less than 1"),
    WrongUsage("--momentum 0.99999999999", 2, "--momentum: expected"),
    WrongUsage("--validation-split 1", 2, "--validation-split: expected"),
    WrongUsage("--threads 1025", 2, "--threads: expected auto, or a whole number from 1 to 1,024"),
    WrongUsage("--threads many", 2, "found \"many\""),
    WrongUsage("--hidden 128,,64", 2, "--hidden: expected none, or up to 32 numbers"),
    WrongUsage("--hidden 65537", 2, "found \"65537\""),
    WrongUsage("--activation swish", 2, "--activation: expected one for all hidden layers"),
    WrongUsage("--activation relu,,tanh", 2, "found \"relu,,tanh\""),
    WrongUsage("--activation relu,tanh --hidden 8", 2, "has 2 values for 1 hidden layer: expected"),
    WrongUsage("--activation relu --hidden none", 2, "--activation has no effect without hidden"),
    WrongUsage("--dropout 1", 2, "a decimal number from 0 to less than 1, found \"1\""),
    WrongUsage("--dropout 0.1 --hidden none", 2, "--dropout has no effect without hidden layers"),
    WrongUsage("--input-dropout -0.5", 2, "--input-dropout: expected a decimal number from 0"),
    WrongUsage("--init kaiming", 2, "--init: expected he, he-normal, xavier"),
    WrongUsage("--init uniform:0", 2, "found \"uniform:0\""),
    WrongUsage("--preset fast", 2, "--preset: expected linear, quick, sprint, classic, dropout"),
    WrongUsage("--preset quick --resume a", 2, "--preset and --resume contradict each other"),
    WrongUsage("--seed -1", 2, "--seed: expected a whole number, at least 0"),
    WrongUsage("--quiet=yes", 2, "--quiet: expected no value, found \"yes\""),
    WrongUsage("--embedded --data x", 2, "--embedded and --data contradict each other"),
    WrongUsage("--save a --log a", 2, "--save \"a\" and --log \"a\" contradict each other"),
    WrongUsage("--save a --checkpoint a", 2, "--save \"a\" and --checkpoint \"a\" contradict"),
    WrongUsage("--log a --checkpoint a", 2, "--log \"a\" and --checkpoint \"a\" contradict"),
    WrongUsage("--checkpoint-every 5", 2, "--checkpoint-every has no effect without --checkpoint"),
    WrongUsage("--keep-checkpoints 5", 2, "--keep-checkpoints has no effect without --checkpoint"),
    WrongUsage("--checkpoint a --checkpoint-every 0", 2, "expected epoch, or a whole number"),
    WrongUsage("--checkpoint a --keep-checkpoints 0", 2, "--keep-checkpoints: expected a whole"),
    WrongUsage("--schedule cosin", 2, "--schedule: expected constant, linear, step:EPOCHS:FACTOR"),
    WrongUsage("--schedule step:0:0.1", 2, "found \"step:0:0.1\""),
    WrongUsage("--warm-up 500", 2, "--warm-up: expected none, iterations:N or epochs:N"),
    WrongUsage("--embedded --warm-up epochs:8 --hidden none", 1, "warm-up: found epochs:8"),
    WrongUsage("--patience 0", 2, "--patience: expected none, or a whole number from 1"),
    WrongUsage("--patience 2 --validation-split 0", 2, "--patience has no effect without valid"),
    WrongUsage("--target-accuracy 0.9 --validation-split 0", 2, "--target-accuracy has no effect"),
    WrongUsage("--restore-best --validation-split 0", 2, "--restore-best has no effect without"),
    WrongUsage("--target-accuracy 98", 2, "expected none, or a decimal number above 0 and up to 1"),
    WrongUsage("--stop-on accuracy", 2, "--stop-on has no effect without --patience or"),
    WrongUsage("--min-improvement 0.1", 2, "--min-improvement has no effect without --patience"),
    WrongUsage("--no-restore-best", 2, "--no-restore-best has no effect without --patience"),
    WrongUsage("--restore-best --no-restore-best", 2, "contradict each other"),
    WrongUsage("--loss hinge", 2, "--loss: expected cross-entropy, binary-cross-entropy"),
    WrongUsage("--label-smoothing 1", 2, "--label-smoothing: expected a decimal number from 0 to"),
    WrongUsage(
      "--loss mean-squared-error --label-smoothing 0.1", 2, "--label-smoothing has no effect with"),
    WrongUsage("--stop-on error", 2, "--stop-on: expected loss or accuracy"),
    WrongUsage("--epsilon -1", 2, "--epsilon: expected none, or a decimal number from 0 on"),
    WrongUsage("--time-limit 0", 2, "--time-limit: expected none, or a decimal number above 0"),
    WrongUsage("--resume /nonexistent/run.ckpt", 1, "/nonexistent/run.ckpt"),
    WrongUsage("--embedded --checkpoint /nonexistent/c", 1, "cannot create a file in /nonexistent"),
    WrongUsage("info /nonexistent", 1, "/nonexistent"),
    WrongUsage("--embedded train", 2, "unexpected argument \"train\""),
    WrongUsage("trian", 2, "unknown command \"trian\"; did you mean train?"),
    WrongUsage("evaluate", 2, "--model FILE is missing"),
    WrongUsage("predict --model m", 2, "expected PGM files or --index N, found neither"),
    WrongUsage("predict --model m --index 1 a.pgm", 2, "--index and the image \"a.pgm\""),
    WrongUsage("predict --model m --embedded a.pgm", 2, "--embedded and the image"),
    WrongUsage("samples", 2, "--out FILE.png is missing"),
    WrongUsage("experiment", 2, "expected the name of one experiment (depth, width"),
    WrongUsage("experiment breadth", 2, "found \"breadth\""),
    WrongUsage("experiment depth width", 2, "found \"depth width\""),
    WrongUsage("experiment depth --log /nonexistent/log", 1, "/nonexistent/log"),
    WrongUsage("info --verbose", 2, "unknown option --verbose"),
    WrongUsage("evaluate --model /nonexistent", 1, "/nonexistent"),
    WrongUsage("--data /nonexistent", 1, "/nonexistent: there is no such folder"),
    WrongUsage("--embedded --save /", 1, "/ is a folder; expected a file"),
    WrongUsage("--embedded --save /nonexistent/m", 1, "cannot create a file in /nonexistent"),
    WrongUsage("samples --embedded --out /nonexistent/p.png", 1, "/nonexistent"),
  ]
}

extension CommandLineTests {
  @Test(arguments: WrongUsage.all)
  static func mistakesAreExplained(_ usage: WrongUsage) throws {
    let outcome = try MNISTProgram.run(usage.arguments)
    #expect(outcome.status == usage.status)
    #expect(outcome.output == "")
    #expect(outcome.errors.hasPrefix("mnist: error: "))
    #expect(outcome.message.contains(usage.message), "\(outcome.errors)")
    #expect(outcome.message.contains("--help") == (usage.status == 2))
    #expect(outcome.errors.split(separator: "\n").allSatisfy { $0.count <= 100 })
  }

  @Test(arguments: ["train", "evaluate", "predict", "samples", "experiment", "info"])
  static func everyCommandHasHelp(command: String) throws {
    let outcome = try mnist(command, "--help")
    #expect(outcome.status == 0)
    #expect(outcome.errors == "")
    #expect(outcome.output.hasPrefix("mnist \(command) - "))
    #expect(outcome.output.contains("\nexamples:\n"))
    #expect(outcome.lines.allSatisfy { $0.count <= 80 })
    #expect(try mnist("help", command).output == outcome.output)
  }

  @Test static func theProgramHasHelpAndAVersion() throws {
    let help = try mnist("--help")
    #expect(help.status == 0)
    for command in ["train", "evaluate", "predict", "samples", "experiment", "info"] {
      #expect(help.output.contains("\n  \(command) "))
    }
    #expect(try mnist("--version").output == "mnist 0.1.0\n")
    let train = try mnist("train", "--help").output
    for option in [
      "--data DIR", "--embedded", "--hidden LIST", "--epochs N", "--batch-size N",
      "--learning-rate X", "--momentum X", "--threads N|auto", "--seed N",
      "--validation-split F", "--save FILE", "--log FILE.jsonl", "--quiet",
    ] {
      #expect(train.contains("\n  \(option)"))
    }
  }

  @Test static func aKernelVariantThatDoesNotExistIsAnError() throws {
    let data = try SmallDataset.shared()
    let outcome = try mnist(
      "--data", data.path, environment: ["PARALLEL_TRAINER_ISA": "abacus"])
    #expect(outcome.status == 2)
    #expect(outcome.message.contains("'abacus' is not a kernel variant"))
  }

  @Test static func infoShowsWhatARunWouldUse() throws {
    let data = try SmallDataset.shared()
    let found = try mnist("info", environment: ["MNIST_DIR": data.path])
    #expect(found.status == 0)
    #expect(found.output.hasPrefix("version  mnist 0.1.0\nkernels  "))
    #expect(found.output.contains(" seen, "))
    let text = found.lines.map { $0.drop { $0 == " " } }.joined(separator: " ")
    #expect(text.contains("3,000 training and 500 test images of 28 × 28"))
    // "baseline", or "neon".
    let narrowest = KernelVariant.all[0].name
    let forced = try mnist("info", environment: ["PARALLEL_TRAINER_ISA": narrowest])
    #expect(forced.output.contains("kernels  \(narrowest) (forced by PARALLEL_TRAINER_ISA"))
    #expect(forced.output.contains("no MNIST found"))
    let wrong = try mnist("info", environment: ["MNIST_DIR": "/nonexistent"])
    #expect(wrong.status == 1)
    #expect(wrong.output.contains("error: /nonexistent: there is no such folder"))
  }
}
