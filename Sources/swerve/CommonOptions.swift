import ArgumentParser
import Glibc
import SwerveRL
import SwerveRuns
import SwerveTensor

/// What every command has.
struct OutputOptions: ParsableArguments {
  @Flag(help: "Print results as JSON for machines, errors too.")
  var json = false

  @Flag(name: .shortAndLong, help: "Print no progress and no advice, only results.")
  var quiet = false
}

/// The number of threads, which changes no bit.
struct ThreadOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Threads to compute with, all cores if not given; any number gives the same bits.", valueName: "n"))
  var threads: Int = ThreadOptions.cores

  /// Processors that are online.
  static var cores: Int { max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN))) }

  func validate() throws {
    guard (1...1024).contains(threads) else {
      throw ValidationError("--threads must be in 1...1024, got \(threads)")
    }
  }
}

/// What a script is loaded with.
struct ScriptOptions: ParsableArguments {
  @Option(
    name: .customLong("set"),
    help: ArgumentHelp("Change an option that the script declares; may be repeated.", valueName: "key=value"))
  var settings: [String] = []

  @Option(
    parsing: .unconditional, help: ArgumentHelp("The seed of every random number.", valueName: "n"),
    transform: ScriptOptions.seed)
  var seed: UInt64 = 1

  /// A value that starts with '-' is a seed that is wrong, not a seed that is missing.
  static func seed(_ text: String) throws -> UInt64 {
    guard let seed = UInt64(text) else {
      throw ValidationError("--seed must be a whole number from 0 to 2^64 - 1, got \"\(text)\"")
    }
    return seed
  }

  func validate() throws {
    for setting in settings where setting.firstIndex(of: "=") ?? setting.startIndex == setting.startIndex {
      throw ValidationError("--set needs KEY=VALUE, got \"\(setting)\"")
    }
  }

  var runSettings: RunSettings {
    var result = RunSettings()
    result.seed = seed
    result.options = settings.compactMap { setting in
      guard let mark = setting.firstIndex(of: "=") else { return nil }
      return (key: String(setting[..<mark]), value: String(setting[setting.index(after: mark)...]))
    }
    return result
  }
}

extension MathMode: ExpressibleByArgument {}

/// Whether continuous integration runs this: then golden files are never written.
var isCI: Bool { !["", "0", "false"].contains((Console.environment("CI") ?? "").lowercased()) }
