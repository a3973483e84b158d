/// What `swerve bless` does: make a recorded run the golden of its script.
package enum Blessing {
  /// - Parameters:
  ///   - path: a complete run folder whose chain is intact, and whose inputs are what they were.
  ///   - reason: why the golden changes; kept in its header.
  ///   - isCI: refuses, since CI never writes goldens.
  /// - Returns: the golden's path: golden/NAME.jsonl in the project of the working folder if it has the script, else in the
  ///   project that the run was made in.
  package static func bless(_ path: String, reason: String, isCI: Bool) throws -> String {
    let run = try RunReader.read(path)
    let name = GoldenTest.name(ofScript: run.manifest.script)
    try ReservedName.refuse(name, path: run.manifest.script)
    try GoldenFile.requireBlessable(run)
    let script = try RecordedScript.load(run, threads: 1, output: { _ in })
    let golden = try GoldenFile(
      run, origin: script.origin(set: script.experiment.optionsSet), reason: reason, date: Clock.now())
    let root = RecordedScript.root(run.manifest)
    let folder = Path.join(POSIXFile.kind(root) == .folder ? root : ".", "golden")
    return try GoldenStore(folder: folder, isCI: isCI).bless(name, golden)
  }
}
