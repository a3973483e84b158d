import Foundation
import SwerveTestSupport
import Testing

/// The built program, run as a user runs it.
enum Program {
  struct Outcome {
    let status: Int32
    let output: String
    let errors: String

    /// The first error line and what follows it.
    var all: String { output + errors }
  }

  /// `swerve` beside the test bundle.
  static let url: URL = {
    let bundle = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
    let candidates = [bundle, URL(fileURLWithPath: CommandLine.arguments[0]), Bundle.main.bundleURL]
      .map { $0.deletingLastPathComponent().appendingPathComponent("swerve") }
    let found = candidates.first { FileManager.default.isExecutableFile(atPath: $0.path) }
    return found ?? candidates[0]
  }()

  /// Runs it to its end.
  static func run(
    _ arguments: [String], in folder: URL = FileManager.default.temporaryDirectory, input: String = "",
    environment: [String: String] = [:]
  ) throws -> Outcome {
    let running = try Running(arguments, in: folder, input: input, environment: environment)
    return try running.wait()
  }

  /// A program that was started.
  final class Running {
    let process = Process()
    private let scratch: TemporaryFolder

    /// - Parameter program: swerve, or what starts it.
    init(
      _ arguments: [String], of program: URL = Program.url, in folder: URL, input: String = "",
      environment: [String: String] = [:]
    ) throws {
      scratch = try TemporaryFolder()
      try input.write(to: scratch.file("input"), atomically: false, encoding: .utf8)
      for name in ["output", "errors"] {
        _ = FileManager.default.createFile(atPath: scratch.file(name).path, contents: nil)
      }
      process.executableURL = program
      process.arguments = arguments
      process.currentDirectoryURL = folder
      var variables = ProcessInfo.processInfo.environment.filter { !["CI", "NO_COLOR"].contains($0.key) }
      variables["SWERVE_LUA"] = Fixtures.repository.appendingPathComponent("lua").path
      process.environment = variables.merging(environment) { $1 }
      process.standardInput = try FileHandle(forReadingFrom: scratch.file("input"))
      process.standardOutput = try FileHandle(forWritingTo: scratch.file("output"))
      process.standardError = try FileHandle(forWritingTo: scratch.file("errors"))
      try process.run()
    }

    /// A test that fails before its end leaves no process behind.
    deinit { if process.isRunning { kill(process.processIdentifier, SIGKILL) } }

    /// What it wrote to its standard output until now.
    func outputSoFar() throws -> String { try scratch.text("output") }

    /// What it wrote to its standard error until now.
    func errorsSoFar() throws -> String { try scratch.text("errors") }

    func wait() throws -> Outcome {
      process.waitUntilExit()
      return Outcome(
        status: process.terminationStatus, output: try scratch.text("output"), errors: try scratch.text("errors"))
    }
  }
}

/// A folder for one test, removed with everything in it.
final class TemporaryFolder {
  let url: URL

  init() throws {
    url = FileManager.default.temporaryDirectory.appendingPathComponent("swerve-cli-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(at: url) }

  func file(_ name: String) -> URL { url.appendingPathComponent(name) }

  func text(_ name: String) throws -> String { try String(contentsOf: file(name), encoding: .utf8) }

  func exists(_ name: String) -> Bool { FileManager.default.fileExists(atPath: file(name).path) }

  /// Without the stage cache, which runs make beside them.
  func names(_ name: String = ".") throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: file(name).path).filter { $0 != ".stages" }.sorted()
  }
}

/// A researcher's folder: a tiny experiment and a folder for goldens.
final class TestProject {
  let folder: TemporaryFolder

  /// - Parameter changes: texts of the script to replace.
  init(_ changes: [(String, String)] = []) throws {
    folder = try TemporaryFolder()
    try FileManager.default.createDirectory(at: folder.file("golden"), withIntermediateDirectories: false)
    try write("tiny.lua", Self.script, changes)
  }

  func write(_ name: String, _ text: String, _ changes: [(String, String)] = []) throws {
    var text = text
    for (old, new) in changes {
      #expect(text.contains(old))
      text = text.replacingOccurrences(of: old, with: new)
    }
    try text.write(to: folder.file(name), atomically: false, encoding: .utf8)
  }

  func run(_ arguments: String..., environment: [String: String] = [:]) throws -> Program.Outcome {
    try Program.run(arguments, in: folder.url, environment: environment)
  }

  /// Records the experiment into the folder `name`.
  func record(_ name: String, _ arguments: String...) throws {
    let outcome = try Program.run(["run", "tiny.lua", "--out", name, "--quiet"] + arguments, in: folder.url)
    try #require(outcome.status == 0, "\(outcome.errors)")
  }

  /// Until a file of a program that runs holds a text; half a minute at most.
  func wait(for text: String, in name: String) {
    for _ in 0..<15_000 {
      if (try? folder.text(name))?.contains(text) ?? false { return }
      usleep(2_000)
    }
    Issue.record("\(name) does not hold \(text) after half a minute")
  }

  /// A run's metrics and digests, without times and machines.
  func bits(_ run: String) throws -> [String] {
    try folder.text(run + "/metrics.jsonl").split(separator: "\n").map {
      String($0.prefix(upTo: try #require($0.range(of: ",\"not_compared\"")).lowerBound))
    } + [folder.text(run + "/samples.jsonl"), digest(run)]
  }

  /// The digest of the final weights that a run's result names.
  func digest(_ run: String) throws -> String {
    let text = try folder.text(run + "/result.json")
    return try #require(text.components(separatedBy: "\n").last { $0.contains("weights_sha256") })
  }

  /// Replaces the first occurrence of a text in a file.
  func edit(_ name: String, _ old: String, _ new: String) throws {
    let text = try folder.text(name)
    let place = try #require(text.range(of: old), "\(name) does not hold \(old)")
    try text.replacingCharacters(in: place, with: new)
      .write(to: folder.file(name), atomically: false, encoding: .utf8)
  }

  /// Changes the first digit of a line's loss; lines count from 1. Returns the old number and how the new one starts.
  func changeLoss(_ name: String, line: Int) throws -> (old: String, new: String) {
    let text = try folder.text(name).split(separator: "\n")[line - 1]
    let number = try String(#require(text.firstMatch(of: /"loss":([0-9.]+)/)).1)
    let first = number.hasPrefix("9") ? "8" : "9"
    try edit(name, "\"loss\":\(number)", "\"loss\":\(first)\(number.dropFirst())")
    return (number, first + number.dropFirst().prefix(3))
  }

  /// Three steps of pre-training, two updates: a fraction of a second.
  static let script = """
    local swerve = require "swerve"
    local rules = require "swerve.rules"
    local o = swerve.options { digits = 2, alpha = 20 }
    local reference = swerve.pretrain {
      model = { layers = 1, heads = 2, width = 32, context = 360 },
      task = swerve.tasks.addition { comfort = o.digits }, steps = 3, batch = 8, lr = 1e-3,
    }
    return swerve.finetune {
      name = "tuned", from = reference, task = swerve.tasks.addition { comfort = o.digits, plus = 1 },
      updates = 2, episodes = 6, minibatch = 3, lr = 1e-4, vf = 0.1, entropy = 0.001,
      kl = { coef = 5.0, estimator = "k2", temperature = 4.0, rule = rules.certainty { alpha = o.alpha } },
      eval = { every = 2, sets = { comfort = 2, plus1 = 2 } },
    }

    """
}
