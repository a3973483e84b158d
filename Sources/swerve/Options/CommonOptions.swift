import ArgumentParser
import Glibc
import LuaRuntime
import SwerveFiles
import SwerveRL
import SwerveRuns
import SwerveScript
import SwerveTensor
import SwerveText

/// The options that every command has.
struct OutputOptions: ParsableArguments {
  @Flag(help: "Print results as JSON for machines, errors too.")
  var json = false

  @Flag(name: .shortAndLong, help: "Print no progress and no advice, only results.")
  var quiet = false
}

/// The number of threads, which changes no bit.
struct ThreadOptions: ParsableArguments {
  @Option(
    name: .customLong("threads"),
    help: ArgumentHelp(
      "Threads to compute with, all cores if not given; any number gives the same bits.", valueName: "n"))
  var given: Int?

  var threads: Int { given ?? Self.cores }

  /// The number of processors that are online.
  static var cores: Int { max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN))) }

  func validate() throws {
    guard (1...1024).contains(threads) else {
      throw ValidationError("--threads must be in 1...1024, got \(threads)")
    }
  }
}

/// The limits of a script.
struct LimitOptions: ParsableArguments {
  @Option(
    name: .customLong("limit"),
    help: ArgumentHelp(
      "What a script may use: instructions of loading and of each call of a hook (100M), memory (64M), output (1M), "
        + "source, one loaded text (64k), string, the longest one (16M), depth, calls inside each other (200k). May be "
        + "repeated.", valueName: "name=number"))
  var limits: [String] = []

  func validate() throws { _ = try parsed() }

  /// The default limits, with the given ones replaced.
  func parsed() throws -> LuaLimits {
    var result = LuaLimits()
    try refuseRepeated("--limit", limits)
    for text in limits {
      let parts = text.pieces(at: "=", most: 2)
      guard parts.count == 2, LuaLimits.names.containsExactly(parts[0]) else {
        throw ValidationError(
          "--limit needs NAME=NUMBER with a name of \(LuaLimits.names.joined(separator: ", ")), got \"\(text)\""
            + didYouMean(parts.first ?? "", among: LuaLimits.names))
      }
      guard result.set(parts[0], parts[1]) else {
        throw ValidationError(
          "--limit \(parts[0]) must be a whole number of at least 1, such as 500000, 128k, 128M or 2G, got "
            + "\"\(parts[1])\"")
      }
    }
    return result
  }
}

/// The limit of processor time, for work that no other limit counts. It changes no bit, so no record has it.
struct TimeOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Processor time that loading and each call of a hook may take, such as comparing long strings.", valueName: "n"))
  var seconds = LuaLimits().seconds

  func validate() throws { try Self.check(seconds) }

  static func check(_ seconds: Int) throws {
    guard (1...86_400).contains(seconds) else {
      throw ValidationError("--seconds must be in 1...86400, got \(seconds)")
    }
  }
}

/// The options for loading a script.
struct ScriptOptions: ParsableArguments {
  @Option(
    name: .customLong("set"),
    help: ArgumentHelp("Change an option that the script declares; may be repeated.", valueName: "key=value"))
  var settings: [String] = []

  @Option(
    parsing: .unconditional, help: ArgumentHelp("The seed of every random number.", valueName: "n"),
    transform: ScriptOptions.seed)
  var seed: UInt64 = 1

  @OptionGroup var limits: LimitOptions
  @OptionGroup var time: TimeOptions

  /// Parses a seed. A value that starts with '-' is reported as a wrong seed, not as a missing one.
  static func seed(_ text: String) throws -> UInt64 {
    guard let seed = UInt64(text) else {
      throw ValidationError("--seed must be a whole number from 0 to 2^64 - 1, got \"\(text)\"")
    }
    return seed
  }

  func validate() throws {
    for setting in settings where Self.parts(setting) == nil {
      throw ValidationError("--set needs KEY=VALUE, got \"\(setting)\"")
    }
    try refuseRepeated("--set", settings)
  }

  var runSettings: RunSettings {
    var result = RunSettings()
    result.seed = seed
    if let limits = try? limits.parsed() { result.limits = limits }
    result.limits.seconds = time.seconds
    result.options = settings.compactMap(Self.parts)
    return result
  }

  private static func parts(_ setting: String) -> (key: String, value: String)? {
    let parts = setting.pieces(at: "=", most: 2, omittingEmpty: false)
    return parts.count == 2 && !parts[0].isEmpty ? (key: parts[0], value: parts[1]) : nil
  }
}

/// - Throws: ValidationError if one name has two values: `NAME=VALUE` twice.
private func refuseRepeated(_ option: String, _ texts: [String]) throws {
  let names = texts.map { $0.pieces(at: "=", omittingEmpty: false)[0] }
  guard let twice = names.firstRepetition else { return }
  throw ValidationError(
    "\(option) gives \(names[twice.second]) two values, \(texts[twice.first]) and \(texts[twice.second]): give it once")
}

extension MathMode: ExpressibleByArgument {}

extension CompletionKind {
  /// What a shell offers for an argument that names a script.
  static var luaFile: CompletionKind { .file(extensions: ["lua"]) }
}

/// Whether continuous integration runs this. Then golden files are never written.
var isCI: Bool { !["", "0", "false"].containsExactly((Environment.value("CI") ?? "").lowercased()) }

/// Where the model below adapters lies.
struct BaseOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp("The model below adapters, if it is not where the run had it.", valueName: "model"),
    completion: .file())
  var base: String?
}
