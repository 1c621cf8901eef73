import FileSystem
import Terminal

TextOutput.ignoreBrokenPipes()
let status = Program.run(
  arguments: Array(CommandLine.arguments.dropFirst()), console: .standard)
exit(status.rawValue)
