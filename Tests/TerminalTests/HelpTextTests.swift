import Testing

@testable import Terminal

@Test func theOverviewListsCommandsAndOptions() {
  #expect(
    HelpText(Sample.program).overview() == """
      sample 1.2.3 - a program for tests

      usage: sample [command] [options]

      commands:
        train  train a network (the default)
        show   show a model

      options:
        --help     this text; after a command: the options of that command
        --version  the version

      sample alone, or with options only, is sample train.
      sample help COMMAND shows the options of a command.

      """)
}

@Test func theHelpOfACommandShowsRangesDefaultsAndConflicts() {
  #expect(
    HelpText(Sample.program).help(of: Sample.train) == """
      sample train - train a network

      usage: sample [train] [options]

      options:
        --epochs N         passes over the samples (1 to 100; default: 5)
        --learning-rate X  the step (above 0)
        --hidden LIST      units of the hidden layers (1 to 1,000 each, or none)
        --save FILE        where the model goes
        --quiet            less output
        --embedded         the digits in the program (not with --data)
        --data DIR         where the data is
        --help             this text

      examples:
        sample --epochs 3
            three passes

      """)
  #expect(
    HelpText(Sample.program).help(of: Sample.show) == """
      sample show - show a model

      usage: sample show --model FILE [IMAGE…]

      arguments:
        IMAGE…  pictures

      options:
        --model FILE  the model (required)
        --help        this text

      """)
}

@Test(arguments: [40, 60, 80, 100, 300])
func helpStaysWithinTheWidth(width: Int) {
  let long = CommandDeclaration(
    name: "long", summary: "many words",
    options: [
      Option(
        flag: "a-rather-long-option-name-that-fills-its-column",
        help: Array(repeating: "word", count: 60).joined(separator: " "))
    ])
  let text = HelpText(
    ProgramDeclaration(
      name: "sample", version: "1", summary: "s", commands: [long], defaultCommand: "long"),
    width: width
  ).help(of: long)
  let lines = text.split(separator: "\n")
  #expect(lines.allSatisfy { $0.count <= min(max(width, 60), 100) })
  #expect(lines.contains { $0.count > min(max(width, 60), 100) - 6 })
}

@Test func aProgramOfOneCommandDoesNotNameIt() {
  let only = CommandDeclaration(
    name: "measure", summary: Array(repeating: "word", count: 20).joined(separator: " "),
    options: [Option(flag: "fast", help: "soon over")])
  let text = HelpText(
    ProgramDeclaration(
      name: "measure", version: "", summary: only.summary, commands: [only],
      defaultCommand: "measure")
  ).help(of: only)
  #expect(
    text == """
      measure - word word word word word word word word word word word word word word
      word word word word word word

      usage: measure [options]

      options:
        --fast  soon over
        --help  this text

      """)
}

@Test func paragraphsBreakAtSpaces() {
  #expect(TextWrapping.lines("one two three", width: 7) == ["one two", "three"])
  #expect(TextWrapping.lines("one two three", width: 8) == ["one two", "three"])
  #expect(TextWrapping.lines("unbreakable", width: 4) == ["unbreakable"])
  #expect(TextWrapping.lines("a\n\nb", width: 4) == ["a", "", "b"])
  #expect(TextWrapping.padded("ab", to: 4) == "ab  ")
  #expect(TextWrapping.padded("abcde", to: 4) == "abcde")
  #expect(TextWrapping.rightAligned("ab", to: 4) == "  ab")
}
