import FileSystem
import Terminal

TextOutput.prepareStandardStreams()
let status = Program.run(
  arguments: Array(CommandLine.arguments.dropFirst()), console: .standard)
exit(status.rawValue)
