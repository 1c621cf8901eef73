import Datasets
import FileSystem
import Kernels
import ParallelTrainer
import Terminal

/// The program's commands, and what happens around each of them.
enum Program {
  static let declaration = ProgramDeclaration(
    name: "mnist", version: PackageVersion.current,
    summary: "trains a network on handwritten digits, on all cores",
    commands: [
      TrainCommand.declaration, EvaluateCommand.declaration, PredictCommand.declaration,
      SamplesCommand.declaration, ExperimentCommand.declaration, InfoCommand.declaration,
    ],
    defaultCommand: TrainCommand.declaration.name)

  /// Does what the arguments ask for; every error has been reported when it returns.
  static func run(arguments: [String], console: Console) -> ExitStatus {
    let status = perform(arguments, console: console)
    // What was written may not have arrived, whatever the command thinks of it.
    if let failure = console.output.failure, status == .success {
      if console.output.isBrokenPipe { return .brokenPipe }
      console.report(FileError.failed(.write, path: "standard output", errorNumber: failure))
      return .failure
    }
    return status
  }

  private static func perform(_ arguments: [String], console: Console) -> ExitStatus {
    do throws(ArgumentParser.Failure) {
      switch try ArgumentParser(declaration).parse(arguments) {
      case .help(let command):
        let help = HelpText(declaration, width: console.outputCapabilities.width)
        console.output.write(command.map(help.help(of:)) ?? help.overview())
        return .success
      case .version:
        console.print("mnist \(PackageVersion.current)")
        return .success
      case .run(let arguments):
        return run(arguments, console: console)
      }
    } catch {
      console.report(error.error)
      let command = error.command.map { " " + $0 } ?? ""
      console.errors.writeLine("see mnist\(command) --help")
      return .usage
    }
  }

  private static func run(_ arguments: ParsedArguments, console: Console) -> ExitStatus {
    do {
      switch arguments.command.name {
      case EvaluateCommand.declaration.name: return try EvaluateCommand.run(arguments, console)
      case PredictCommand.declaration.name: return try PredictCommand.run(arguments, console)
      case SamplesCommand.declaration.name: return try SamplesCommand.run(arguments, console)
      case ExperimentCommand.declaration.name: return try ExperimentCommand.run(arguments, console)
      case InfoCommand.declaration.name: return try InfoCommand.run(arguments, console)
      default: return try TrainCommand.run(arguments, console)
      }
    } catch {
      console.report(error)
      switch error as? MNISTError {
      case .noFolder(let folder), .missingFiles(let folder, _):
        console.errors.writeLine("to fetch MNIST: \(DataLocation.fetchCommand) --dir \(folder)")
      default: break
      }
      // A wrong environment variable is wrong usage too.
      guard error is UsageError || error is KernelError else { return .failure }
      if error is UsageError {
        console.errors.writeLine("see mnist \(arguments.command.name) --help")
      }
      return .usage
    }
  }
}
