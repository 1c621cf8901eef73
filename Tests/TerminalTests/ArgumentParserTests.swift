import Testing

@testable import Terminal

/// A small program with every kind of option.
enum Sample {
  static let epochs = Option(
    "epochs", .integer(1...100), default: 5, defaultText: "5", help: "passes over the samples")
  static let rate = Option(
    "learning-rate", .decimal("above 0") { $0 > 0 }, default: 0.1, help: "the step")
  static let hidden = Option(
    "hidden", .list(of: .integer(1...1000), atMost: 3, placeholder: "LIST"), default: [128],
    help: "units of the hidden layers")
  static let save = Option(
    "save", ValueSyntax.text("FILE", allowed: "the path of a file").optional, default: nil,
    help: "where the model goes")
  static let quiet = Option(flag: "quiet", help: "less output")
  static let embedded = Option(
    flag: "embedded", help: "the digits in the program", conflicts: ["data"])
  static let data = Option(
    "data", ValueSyntax.text("DIR", allowed: "the path of a folder").optional, default: nil,
    help: "where the data is")
  static let model = Option(
    required: "model", .text("FILE", allowed: "the path of a model file"), help: "the model")

  static let train = CommandDeclaration(
    name: "train", summary: "train a network",
    options: [epochs, rate, hidden, save, quiet, embedded, data],
    examples: [("sample --epochs 3", "three passes")])
  static let show = CommandDeclaration(
    name: "show", summary: "show a model", options: [model],
    positional: PositionalDeclaration("IMAGE…", help: "pictures"))
  static let program = ProgramDeclaration(
    name: "sample", version: "1.2.3", summary: "a program for tests", commands: [train, show],
    defaultCommand: "train")
}

func parse(_ arguments: String...) throws -> ParsedArguments {
  switch try ArgumentParser(Sample.program).parse(arguments) {
  case .run(let parsed): return parsed
  case .help, .version: throw UnexpectedRequest()
  }
}
struct UnexpectedRequest: Error {}

func usageError(_ arguments: String...) -> UsageError? {
  do throws(ArgumentParser.Failure) {
    _ = try ArgumentParser(Sample.program).parse(arguments)
    return nil
  } catch {
    return error.error
  }
}

@Test func nothingGivenMeansTheDefaultCommandWithItsDefaults() throws {
  let parsed = try parse()
  #expect(parsed.command.name == "train")
  #expect(parsed[Sample.epochs] == 5)
  #expect(parsed[Sample.rate] == 0.1)
  #expect(parsed[Sample.hidden] == [128])
  #expect(parsed[Sample.save] == nil)
  #expect(parsed[Sample.quiet] == false)
  #expect(!parsed.isGiven(Sample.epochs))
}

@Test func valuesMayFollowOrBeAttached() throws {
  let parsed = try parse(
    "--epochs", "3", "--learning-rate=0.5", "--hidden", "64,32", "--save=a=b", "--quiet")
  #expect(parsed[Sample.epochs] == 3)
  #expect(parsed.isGiven(Sample.epochs))
  #expect(parsed[Sample.rate] == 0.5)
  #expect(parsed[Sample.hidden] == [64, 32])
  #expect(parsed[Sample.save] == "a=b")
  #expect(parsed[Sample.quiet])
  #expect(try parse("train", "--hidden", "none")[Sample.hidden] == [])
  #expect(try parse("--save=--quiet")[Sample.save] == "--quiet")
  #expect(try parse("--save", "-")[Sample.save] == "-")
}

@Test func commandsAreSelectedByTheirName() throws {
  let parsed = try parse("show", "a.pgm", "--model", "m", "b.pgm", "--", "--c", "-d")
  #expect(parsed.command.name == "show")
  #expect(parsed[Sample.model] == "m")
  #expect(parsed.positional == ["a.pgm", "b.pgm", "--c", "-d"])
}

@Test func helpAndVersionAreFoundAnywhereBeforeTheDoubleDash() throws {
  func request(_ arguments: String...) throws -> String {
    switch try ArgumentParser(Sample.program).parse(arguments) {
    case .help(let command): command.map { "help \($0.name)" } ?? "help"
    case .version: "version"
    case .run(let parsed): "run \(parsed.command.name)"
    }
  }
  #expect(try request("--help") == "help")
  #expect(try request("-h") == "help")
  #expect(try request("help") == "help")
  #expect(try request("help", "show") == "help show")
  #expect(try request("show", "--help") == "help show")
  #expect(try request("show", "--nonsense", "-h") == "help show")
  #expect(try request("--epochs", "3", "--help") == "help train")
  #expect(try request("--version") == "version")
  #expect(try request("show", "--version") == "version")
  #expect(try request("show", "--model", "m", "--", "--help") == "run show")
}

@Test(arguments: ["0", "101", "-1", "3.5", "", "three", " 3", "1_0", "99999999999999999999"])
func valuesOutOfRangeNameTheOptionTheValueAndWhatIsAllowed(text: String) {
  let expected = UsageError.invalidValue(
    option: "--epochs", value: text, allowed: "a whole number from 1 to 100")
  #expect(usageError("--epochs", text) == expected)
  #expect(usageError("--epochs=\(text)") == expected)
  #expect(
    expected.description == "--epochs: expected a whole number from 1 to 100, found \"\(text)\"")
}

@Test(arguments: ["0", "-0.5", "-.5", "nan", "inf", "0x1p3", "1e999", "1,5", "--5"])
func decimalsMustBeFiniteAndInRange(text: String) {
  #expect(
    usageError("--learning-rate=\(text)")
      == .invalidValue(
        option: "--learning-rate", value: text, allowed: "a decimal number above 0"))
}

@Test(arguments: ["", ",", "1,", "1,,2", "0", "1,1001", "1,2,3,4", "None", "1 2"])
func listsAreCheckedElementByElement(text: String) {
  #expect(
    usageError("--hidden", text)
      == .invalidValue(
        option: "--hidden", value: text,
        allowed: "none, or up to 3 numbers separated by commas, "
          + "each a whole number from 1 to 1,000"))
}

@Test func everyOtherMistakeHasItsOwnError() {
  #expect(
    usageError("--epochs")
      == .missingValue(option: "--epochs", allowed: "a whole number from 1 to 100"))
  #expect(
    usageError("--save", "--quiet")
      == .missingValue(option: "--save", allowed: "the path of a file"))
  #expect(usageError("--quiet=yes") == .unexpectedValue(option: "--quiet", value: "yes"))
  #expect(usageError("--epochs", "1", "--epochs=2") == .repeatedOption("--epochs"))
  #expect(usageError("--quiet", "--quiet") == .repeatedOption("--quiet"))
  #expect(
    usageError("--data", "d", "--embedded") == .conflictingOptions("--embedded", "--data"))
  #expect(
    usageError("show", "x.pgm")
      == .missingOption("--model FILE", allowed: "the path of a model file"))
  #expect(usageError("--quiet", "stray") == .unexpectedArgument("stray", command: "train"))
  #expect(
    usageError("help", "show", "more") == .unexpectedArgument("more", command: "help show"))
  #expect(usageError("learn") == .unknownCommand("learn", allowed: ["train", "show", "help"]))
  #expect(
    usageError("help", "learn") == .unknownCommand("learn", allowed: ["train", "show", "help"]))
}

@Test func unknownWordsComeWithWhatWasProbablyMeant() throws {
  let option = try #require(usageError("--epoch", "3")).description
  #expect(option.hasPrefix("unknown option --epoch; did you mean --epochs?\nallowed: --epochs, "))
  let command = try #require(usageError("trian")).description
  #expect(
    command == "unknown command \"trian\"; did you mean train?\nallowed: train, show, help")
  let far = try #require(usageError("--zebra")).description
  #expect(far.hasPrefix("unknown option --zebra\nallowed: "))
}

@Test func failuresSayWhoseHelpToRead() {
  func command(_ arguments: String...) -> String? {
    do throws(ArgumentParser.Failure) {
      _ = try ArgumentParser(Sample.program).parse(arguments)
      return nil
    } catch {
      return error.command
    }
  }
  #expect(command("--epochs", "0") == "train")
  #expect(command("show") == "show")
  #expect(command("nonsense") == nil)
}

@Test func theEditDistanceCountsSwapsOnce() {
  #expect(Spelling.distance("", "abc") == 3)
  #expect(Spelling.distance("abc", "abc") == 0)
  #expect(Spelling.distance("epoch", "epochs") == 1)
  #expect(Spelling.distance("trian", "train") == 1)
  #expect(Spelling.distance("kitten", "sitting") == 3)
  #expect(Spelling.nearest(to: "--momentun", among: ["--model", "--momentum"]) == "--momentum")
  #expect(
    Spelling.nearest(to: "--learn", among: ["--log", "--learning-rate"]) == "--learning-rate")
  #expect(Spelling.nearest(to: "-", among: ["--log"]) == nil)
}
