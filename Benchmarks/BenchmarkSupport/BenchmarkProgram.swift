import FileSystem
import Terminal

/// A benchmark's program: one command, its errors and its exit status.
public enum BenchmarkProgram {
  /// Parses the process's arguments, runs `body`, reports errors; exits with 2 for wrong usage
  /// and 1 for anything else that goes wrong.
  public static func run(
    _ command: CommandDeclaration,
    body: (ParsedArguments, TextOutput) throws -> Void
  ) -> Never {
    TextOutput.prepareStandardStreams()
    let output = TextOutput(descriptor: 1)
    let errors = TextOutput(descriptor: 2)
    let program = ProgramDeclaration(
      name: command.name, version: "", summary: command.summary, commands: [command],
      defaultCommand: command.name)
    do {
      try refuseDebugBuild()
      switch try ArgumentParser(program).parse(Array(CommandLine.arguments.dropFirst())) {
      case .help, .version:
        output.write(HelpText(program, width: 80).help(of: command))
      case .run(let arguments):
        try body(arguments, output)
      }
    } catch let failure as ArgumentParser.Failure {
      errors.writeLine("\(command.name): error: \(failure.error)")
      exit(2)
    } catch {
      errors.writeLine("\(command.name): error: \(error)")
      exit(1)
    }
    exit(0)
  }

  private static func refuseDebugBuild() throws(DebugBuild) {
    #if DEBUG
      throw DebugBuild()
    #endif
  }

  private struct DebugBuild: Error, CustomStringConvertible {
    var description: String {
      "this is a debug build, whose timings mean nothing: swift run -c release ..."
    }
  }
}
