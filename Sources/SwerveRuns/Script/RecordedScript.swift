import LuaRuntime
import SwerveFiles
import SwerveRecords
import SwerveTensor
import SwerveText

/// Loads the script of a run as it was recorded, with its copies, options, seed, limits and math.
enum RecordedScript {
  /// - Parameters:
  ///   - threads: any number gives the same bits.
  ///   - seconds: the most processor time of each call of the script; it is not part of the record.
  /// - Throws: RecordError or FileError for an input that has changed, and for a field that can't be used.
  static func load(
    _ recorded: RecordedRun, threads: Int, seconds: Int = LuaLimits().seconds, output: @escaping (String) -> Void
  ) throws -> LoadedScript {
    let manifest = recorded.manifest
    var settings = RunSettings()
    settings.seed = manifest.inputs.seed
    settings.threads = threads
    settings.options = manifest.inputs.optionTexts
    settings.limits = try recorded.limits()
    settings.limits.seconds = seconds
    settings.math = try math(manifest.inputs.math, path: recorded.path)
    try recorded.requireConsistentFiles()
    let script = try LoadedScript.load(
      recorded, project: Project(root: manifest.root, script: manifest.script), settings: settings, output: output)
    try requireSameInputs(recorded, inputs(script, like: manifest))
    return script
  }

  /// The inputs now. If another tool loaded and saved a checkpoint, so that its bytes changed but not its content, the
  /// recorded digest is used for it.
  private static func inputs(_ script: LoadedScript, like manifest: Manifest) -> RunInputs {
    func file(_ path: String, in files: [FileDigest]) -> FileDigest? {
      files.first { $0.path === path }
    }
    return script.inputs.with(
      files: script.inputs.files.map { now in
        guard let then = file(now.path, in: manifest.inputs.files),
          let content = file(now.path, in: manifest.checkpointContents),
          content == file(now.path, in: script.checkpointContents)
        else { return now }
        return then
      })
  }

  /// Checks that the inputs are the recorded ones. Otherwise a difference would have no meaning.
  private static func requireSameInputs(_ run: RecordedRun, _ now: RunInputs) throws {
    let then = run.manifest.inputs
    func require(_ field: String, _ recorded: String, _ found: String) throws {
      if recorded !== found {
        throw RecordError.inputsDiffer(path: run.path, field: field, recorded: recorded, found: found)
      }
    }
    try require("math version", "\(then.mathVersion)", "\(now.mathVersion)")
    try require("script", then.scriptSHA256, now.scriptSHA256)
    for file in then.files {
      try require("file \(file.path)", file.sha256, now.files.first { $0.path === file.path }?.sha256 ?? "not read")
    }
    try require("inputs", then.digest, now.digest)
  }

  static func math(_ word: String, path: String) throws -> MathMode {
    guard let math = MathMode(rawValue: word) else {
      throw FileError.badField(path: path, line: nil, field: "math", found: word, expected: "exact or blas")
    }
    return math
  }
}
