import LuaRuntime
import SwerveTensor
import SwerveText

/// What `swerve test` does: run every script that has a golden file and compare.
package enum GoldenTest {
  /// How one golden fared.
  package struct Outcome {
    package enum Verdict {
      /// Within the golden's tolerance: the report says where that decided.
      case same(DiffReport)
      /// The report, and the file that was written beside the golden, if any.
      case different(DiffReport, new: String?)
      case blessed(path: String)
      /// The script or the golden could not be used.
      case failed(any Error)
    }

    package let name: String
    package let golden: String
    package let steps: Int
    package let verdict: Verdict
    /// For people: the script changed since the golden was recorded, for example.
    package let note: String?

    package var isSuccess: Bool {
      switch verdict {
      case .same: true
      case .different, .blessed, .failed: false
      }
    }
  }

  /// The goldens that some paths mean: a golden file, a script, or a folder (its `golden` folder, or itself).
  /// - Throws: RunError where a path means none.
  package static func find(_ paths: [String]) throws -> [String] {
    var found: [String] = []
    for path in paths.isEmpty ? ["."] : paths {
      switch POSIXFile.kind(path) {
      case .folder:
        let inner = Path.join(path, "golden")
        let store = GoldenStore(folder: POSIXFile.kind(inner) == .folder ? inner : path, isCI: true)
        found += try store.names().map(store.path)
      case .file where path.endsExactly(with: ".lua"):
        let project = try Project(script: path)
        let golden = Path.join(project.golden, name(ofScript: path) + ".jsonl")
        guard POSIXFile.kind(golden) == .file else { throw RunError.goldenMissing(path: golden) }
        let script = try GoldenFile.read(golden).header.script
        if script !== project.script {
          throw RunError.goldenOfAnotherScript(path: golden, script: script, expected: project.script)
        }
        found.append(golden)
      case .file where path.endsExactly(with: GoldenStore.newEnding):
        throw RunError.usage("\(path) is a pending change, no golden: `swerve review` shows it")
      case .file: found.append(path)
      default: throw RunError.file(operation: "test", path: path, reason: "no such file or folder")
      }
    }
    // The same golden by two names is run once.
    var seen: [String] = []
    return found.filter { path in
      let absolute = Project.absolute(path) ?? path
      if seen.containsExactly(absolute) { return false }
      seen.append(absolute)
      return true
    }
  }

  /// Runs one golden's script with the golden's options and seed and compares; with `reason`, records it anew instead, which
  /// never counts as success.
  /// - Parameter limits: of the script.
  package static func run(
    golden path: String, threads: Int, limits: LuaLimits = LuaLimits(), isCI: Bool, reason: String?,
    output: @escaping (String) -> Void
  ) -> Outcome {
    let name = Path.name(path).start(before: ".jsonl") ?? Path.name(path)
    do {
      let golden = try GoldenFile.read(path)
      let place = try golden.scriptPath()
      // A golden that was renamed, or whose script was: `bless` would make another one beside it.
      let made = Self.name(ofScript: golden.header.script)
      if made !== name {
        throw RunError.goldenOrphaned(
          path: path, script: golden.header.script, expected: Path.join(Path.parent(path), made + ".jsonl"))
      }
      if reason == nil { try golden.requireMath(mathVersion) }
      var settings = RunSettings()
      settings.threads = threads
      settings.limits = limits
      settings.seed = golden.header.seed
      settings.options = RecordedScript.options(golden.header.options)
      settings.math = try RecordedScript.math(golden.header.math, path: path)
      let script = try LoadedScript.load(place, settings, output: output)
      let collector = StepCollector(inputsDigest: script.inputs.digest)
      try script.run(collector)
      return try judge(golden, path: path, name: name, script, collector.recorded, isCI: isCI, reason: reason)
    } catch {
      return Outcome(name: name, golden: path, steps: 0, verdict: .failed(error), note: nil)
    }
  }

  private static func judge(
    _ golden: GoldenFile, path: String, name: String, _ script: LoadedScript, _ recorded: RecordedSteps, isCI: Bool,
    reason: String?
  ) throws -> Outcome {
    let store = GoldenStore(folder: Path.parent(path), isCI: isCI)
    func made(_ reason: String) -> GoldenFile {
      let header = GoldenHeader(
        script: golden.header.script, inputs: script.inputs, reason: reason, date: Clock.now(),
        tolerance: golden.header.tolerance)
      return GoldenFile(header: header, recorded: recorded)
    }
    let note = golden.scriptNote(currentSHA256: script.inputs.scriptSHA256)
    func outcome(_ verdict: Outcome.Verdict) -> Outcome {
      Outcome(name: name, golden: path, steps: recorded.trainingSteps, verdict: verdict, note: note)
    }
    if let reason { return outcome(.blessed(path: try store.bless(name, made(reason)))) }
    let report = Comparison.compare(
      ComparedRun(golden),
      ComparedRun(label: "this run of \(golden.header.script)", recorded: recorded, inputs: script.inputs),
      tolerances: nil, only: nil)
    if report.isSame {
      if let chainBreak = golden.chainBreak { throw RunError.chainBroken(path: path, chainBreak) }
      try store.removeNew(name)
      if isCI, note != nil { throw RunError.goldenStale(path: path, script: golden.header.script) }
      return outcome(.same(report))
    }
    return outcome(.different(report, new: try store.writeNew(name, made("pending"))))
  }

  /// The name of a script's golden: its file name without .lua.
  package static func name(ofScript path: String) -> String { Path.name(path).start(before: ".lua") ?? Path.name(path) }
}
