import LuaRuntime
import SwerveFiles
import SwerveRecords
import SwerveScript
import SwerveTensor
import SwerveText

/// What `swerve test` does: run every script that has a golden file and compare.
package enum GoldenTest {
  /// The result of one golden test.
  package struct Outcome {
    package enum Verdict {
      /// The same, or within the golden's tolerance. The report says where the tolerance decided.
      case same(DiffReport)
      /// The report, and the file that was written next to the golden, if any. If the report has no difference, the
      /// script differs from what the golden pins.
      case different(DiffReport, new: String?)
      case blessed(path: String)
      /// The script starts from a model of another tool that is not on this machine. Such files are not part of the
      /// repository.
      case skipped(model: String)
      /// The script or the golden could not be used.
      case failed(any Error)
    }

    package let name: String
    package let golden: String
    package let steps: Int
    package let verdict: Verdict
    /// What has changed since the golden was recorded.
    package let changes: [GoldenChange]
    /// Whether the golden is from an earlier swerve, which did not record the options that `--set` gave.
    package let isWithoutOrigin: Bool

    package var isSuccess: Bool {
      switch verdict {
      case .same, .skipped: true
      case .different, .blessed, .failed: false
      }
    }
  }

  /// The goldens to which some paths refer. A path is a golden file, a script, or a folder (its `golden` folder, or the
  /// folder itself).
  /// - Throws: GoldenError or FileError for a path that refers to none.
  package static func find(_ paths: [String]) throws -> [String] {
    var found: [String] = []
    for path in paths.isEmpty ? ["."] : paths {
      switch POSIXFile.kind(path) {
      case .folder:
        let inner = Path.join(path, "golden")
        let store = GoldenStore(folder: POSIXFile.kind(inner) == .folder ? inner : path, isCI: true)
        found += try store.names().map(store.path)
      case .file where path.endsExactly(with: ".lua"):
        try ReservedName.refuse(GoldenStore.name(ofScript: path), path: path)
        let project = try Project(script: path)
        found += try goldens(ofScript: path, project)
      case .file where path.endsExactly(with: GoldenStore.newEnding):
        throw UsageError("\(path) is a pending change, no golden: `swerve review` shows it")
      case .file:
        try ReservedName.refuse(GoldenStore.name(ofGolden: path), path: path)
        found.append(path)
      default: throw FileError.refused(FileOperation("test"), path: path, reason: "no such file or folder")
      }
    }
    // A golden with two names runs once.
    var seen: [String] = []
    return found.filter { path in
      let absolute = Path.absolute(path) ?? path
      if seen.containsExactly(absolute) { return false }
      seen.append(absolute)
      return true
    }
  }

  /// The goldens of a script.
  /// - Throws: GoldenError where there are none, or where the file of its name is another script's.
  private static func goldens(ofScript path: String, _ project: Project) throws -> [String] {
    let store = GoldenStore(folder: project.golden, isCI: true)
    let own = store.path(GoldenStore.name(ofScript: path))
    let found = try store.names().filter { GoldenStore.isName($0, ofScript: project.script) }.map(store.path)
      .filter { try GoldenFile.read($0).header.script === project.script }
    if !found.isEmpty { return found }
    guard POSIXFile.kind(own) == .file else { throw GoldenError.missing(path: own) }
    throw GoldenError.ofAnotherScript(
      path: own, script: try GoldenFile.read(own).header.script, expected: project.script)
  }

  /// Runs one golden's script as it is now, with the golden's seed and the options that `--set` gave it, and compares
  /// the results. With `reason` it records the golden again instead, which never counts as success.
  /// - Parameter limits: the limits of the script.
  package static func run(
    golden path: String, threads: Int, limits: LuaLimits = LuaLimits(), isCI: Bool, reason: String?,
    output: @escaping (String) -> Void
  ) -> Outcome {
    let name = GoldenStore.name(ofGolden: path)
    do {
      let golden = try GoldenFile.read(path)
      let place = try golden.scriptPath()
      // The golden or its script was renamed. Then `bless` would make a second golden.
      if !GoldenStore.isName(name, ofScript: golden.header.script) {
        let made = GoldenStore.name(ofScript: golden.header.script)
        throw GoldenError.orphaned(
          path: path, script: golden.header.script, expected: Path.join(Path.parent(path), made + ".jsonl"))
      }
      if reason == nil, let model = missingModel(golden, path) {
        return Outcome(
          name: name, golden: path, steps: 0, verdict: .skipped(model: model), changes: [], isWithoutOrigin: false)
      }
      if reason == nil {
        try golden.requireMath(mathVersion)
        if let edit = golden.headerEdit { throw GoldenError.edited(path: path, detail: edit) }
      }
      var settings = RunSettings()
      settings.threads = threads
      settings.limits = limits
      settings.seed = golden.header.seed
      settings.options = try options(golden.header, script: place)
      settings.math = try RecordedScript.math(golden.header.math, path: path)
      let script = try load(place, settings, golden: path, output: output)
      let collector = StepCollector(inputsDigest: script.inputs.digest)
      try script.run(collector)
      return try judge(golden, path: path, name: name, script, collector.recorded, isCI: isCI, reason: reason)
    } catch {
      return Outcome(name: name, golden: path, steps: 0, verdict: .failed(error), changes: [], isWithoutOrigin: false)
    }
  }

  /// The first model of another tool that the golden's script read and that is not there; nil if there is none.
  private static func missingModel(_ golden: GoldenFile, _ path: String) -> String? {
    let root = Path.folderAbove(Path.parent(path))
    return golden.header.origin?.modelInputs.models.first { POSIXFile.kind(Path.join(root, $0)) == nil }
  }

  /// The options that `--set` must give. A golden of an earlier swerve has the values of all options, but not whether
  /// `--set` gave them. If the script was not edited, these values are right. If it was edited, they could hide its
  /// changed defaults.
  private static func options(_ header: GoldenHeader, script: String) throws -> [(key: String, value: String)] {
    let options = RunInputs.optionTexts(header.options)
    guard let set = header.origin?.set else {
      return try Digest.ofFile(script) === header.scriptSHA256 ? options : []
    }
    return options.filter { option in set.containsExactly(option.key) }
  }

  private static func load(
    _ script: String, _ settings: RunSettings, golden: String, output: @escaping (String) -> Void
  ) throws -> LoadedScript {
    do {
      return try LoadedScript.load(script, settings, output: output)
    } catch let error as ScriptError where error.kind == .usage && !settings.options.isEmpty {
      throw GoldenError.settings(path: golden, detail: error.description)
    }
  }

  private static func judge(
    _ golden: GoldenFile, path: String, name: String, _ script: LoadedScript, _ recorded: RecordedSteps, isCI: Bool,
    reason: String?
  ) throws -> Outcome {
    let store = GoldenStore(folder: Path.parent(path), isCI: isCI)
    func made(_ reason: String) -> GoldenFile {
      let header = GoldenHeader(
        script: golden.header.script, inputs: script.inputs,
        origin: script.origin(set: golden.header.origin?.set ?? script.experiment.optionsSet), reason: reason,
        date: Clock.now(), tolerance: golden.header.tolerance)
      return GoldenFile(header: header, recorded: recorded)
    }
    let changes = GoldenChange.all(golden.header, made("").header)
    func outcome(_ verdict: Outcome.Verdict) -> Outcome {
      Outcome(
        name: name, golden: path, steps: recorded.trainingSteps, verdict: verdict, changes: changes,
        isWithoutOrigin: golden.header.origin == nil)
    }
    if let reason { return outcome(.blessed(path: try store.bless(name, made(reason)))) }
    let report = Comparison.compare(
      ComparedRun(golden),
      ComparedRun(
        label: "this run of \(golden.header.script)", recorded: recorded, inputs: script.inputs,
        script: golden.header.script),
      tolerances: nil, only: nil)
    if report.isSame, let chainBreak = golden.chainBreak {
      throw GoldenError.edited(path: path, detail: chainBreak.text)
    }
    if report.isSame, !changes.contains(where: \.isDecisive) {
      try store.removeNew(name)
      if isCI, let file = changes.lazy.compactMap(\.editedText).first {
        throw GoldenError.stale(path: path, file: file)
      }
      return outcome(.same(report))
    }
    return outcome(.different(report, new: try store.writeNew(name, made("pending"))))
  }
}

extension GoldenTest {
  /// What `swerve bless` does: make a recorded run the golden of its script.
  /// - Parameters:
  ///   - path: a complete run folder whose chain is intact and whose inputs have not changed.
  ///   - reason: why the golden changes; kept in its header.
  ///   - name: of the golden; nil: that of the script.
  ///   - isCI: if true, this throws, because CI never writes goldens.
  /// - Returns: the golden's path: golden/NAME.jsonl, in the project of the working folder if that has the script, else
  ///   in the project in which the run was made.
  package static func bless(_ path: String, reason: String, name: String? = nil, isCI: Bool) throws -> String {
    let run = try RunReader.read(path)
    let own = GoldenStore.name(ofScript: run.manifest.script)
    let name = name ?? own
    guard GoldenStore.isName(name, ofScript: run.manifest.script) else {
      let folder = Path.name(Path.parent(run.manifest.script))
      throw UsageError(
        "a golden of \(run.manifest.script) can't be called '\(name)'",
        hint: "call it \(own) or \(folder)-\(own), or either with a dot and a word behind, such as \(own).short")
    }
    try ReservedName.refuse(name, path: run.manifest.script)
    try GoldenFile.requireBlessable(run)
    let script = try RecordedScript.load(run, threads: 1, output: { _ in })
    let golden = try GoldenFile(
      run, origin: script.origin(set: script.experiment.optionsSet), reason: reason, date: Clock.now())
    let root = run.manifest.root
    let folder = Path.join(POSIXFile.kind(root) == .folder ? root : ".", "golden")
    return try GoldenStore(folder: folder, isCI: isCI).bless(name, golden)
  }
}
