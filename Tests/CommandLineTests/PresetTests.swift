import FileSystem
import TestSupport
import Testing

@testable import mnist

extension CommandLineTests {
  /// A preset is the options that it prints: the same weights as with these typed.
  @Test(arguments: ["linear", "quick", "sprint", "classic", "dropout", "elastic"])
  static func aPresetIsItsOptions(name: String) throws {
    let preset = try #require(Preset.all.first { $0.name == name })
    let data = ["--data", try SmallDataset.shared().path, "--seed", "4", "--epochs", "1"]
    // The small data set has fewer iterations than a warm-up, and large networks take long.
    let smaller =
      name == "linear"
      ? [] : ["--warm-up", "iterations:1", "--hidden", name == "elastic" ? "9,8" : "9"]
    let folder = try TemporaryFolder()
    let (first, second) = (folder.file("first"), folder.file("second"))
    let short = try MNISTProgram.run(data + smaller + ["--preset", name, "--save", first])
    #expect(short.status == 0, "\(short.errors)")
    // It is printed, wrapped.
    let printed = short.lines.joined(separator: " ")
    #expect(printed.contains("preset \(name): \(preset.commandLine)"))
    let typed = preset.settings.filter { setting in
      !(data + smaller).contains("--\(setting.option)")
    }
    let long = try MNISTProgram.run(
      data + smaller + typed.flatMap { ["--\($0.option)", $0.text] } + ["--save", second])
    #expect(long.status == 0, "\(long.errors)")
    #expect(try File.read(first) == File.read(second))
  }
}
