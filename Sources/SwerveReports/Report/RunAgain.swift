import LuaRuntime
import SwerveFiles
import SwerveRecords
import SwerveTensor
import SwerveText

/// How a recorded run can be computed again on this machine, with the files that are on the disk now.
struct RunAgain {
  /// A shell command for the working folder; nil if nothing on this machine gives the run again.
  let command: String?
  /// The reason why it is not `swerve run` with the run's script; nil if it is.
  let reason: String?
}

/// Finds these commands. A file that many runs read is hashed once.
struct RunAgainFinder {
  private var found: [ExactString: OnDisk] = [:]
  /// The folder of swerve's own Lua files; nil if this machine has none.
  private let library = try? LuaLibrary.folder()

  /// What is at a path now.
  private enum OnDisk {
    case file(sha256: String)
    case missing
    /// With the system's error message.
    case unreadable(String)
  }

  /// - Throws: FileError for a record without its limits.
  mutating func find(_ run: RecordedRun) throws -> RunAgain {
    let inputs = run.manifest.inputs
    if inputs.mathVersion != mathVersion {
      return RunAgain(
        command: nil, reason: "it is of math \(inputs.mathVersion), and this swerve computes math \(mathVersion)")
    }
    // The folder where a replay would look first; else the folder where the run was made.
    var root = run.manifest.root
    var changed = changedFiles(run, root)
    if !changed.isEmpty {
      let other = run.manifest.recordedRoot
      if changedFiles(run, other).isEmpty { (root, changed) = (other, []) }
    }
    let options = inputs.optionTexts
    // A command line can't contain NUL.
    let isSayable = !options.contains { $0.value.utf8.contains(0) }
    if changed.isEmpty && isSayable { return RunAgain(command: try command(run, root, options), reason: nil) }
    let lost = changed.first {
      run.manifest.filesWithoutCopy.contains($0) && POSIXFile.kind(Path.join(run.folder.inputs, $0.sha256)) != .file
    }
    if let lost { return RunAgain(command: nil, reason: change(of: lost, run, root)) }
    return RunAgain(
      command: Shell.text(["swerve", "replay", Shell.path(run.path)]),
      reason: changed.first.map { change(of: $0, run, root) } ?? "an option holds a character that no command line can")
  }

  /// The files that were changed or are missing.
  private mutating func changedFiles(_ run: RecordedRun, _ root: String) -> [FileDigest] {
    let inputs = run.manifest.inputs
    let script = FileDigest(path: run.manifest.script, sha256: inputs.scriptSHA256)
    return ([script] + inputs.files).filter { file in
      if case .file(let sha256) = onDisk(file, run, root) { sha256 !== file.sha256 } else { true }
    }
  }

  private mutating func change(of file: FileDigest, _ run: RecordedRun, _ root: String) -> String {
    switch onDisk(file, run, root) {
    case .file: "\(file.path) was changed since"
    case .missing: "\(file.path) is no longer there"
    case .unreadable(let reason): "\(file.path) can't be read now: \(reason)"
    }
  }

  /// The path on the disk of a file in a record.
  private func place(_ path: String, _ root: String) -> String {
    if LuaLibrary.holds(path), let library { return LuaLibrary.place(path, in: library) }
    return Path.join(root, path)
  }

  /// The file now, read as the run read it.
  private mutating func onDisk(_ file: FileDigest, _ run: RecordedRun, _ root: String) -> OnDisk {
    let isText = !run.manifest.filesWithoutCopy.contains(file)
    let path = place(file.path, root)
    if let known = found[ExactString(path)] { return known }
    let result: OnDisk
    do {
      result =
        POSIXFile.kind(path) != .file
        ? .missing
        // A file that was too large for a copy is too large to be read as a whole.
        : .file(sha256: isText ? Digest.of(try POSIXFile.text(path)) : try Digest.ofFile(path))
    } catch {
      result = .unreadable("\(error)")
    }
    found[ExactString(path)] = result
    return result
  }

  private func command(_ run: RecordedRun, _ root: String, _ options: [(key: String, value: String)]) throws -> String {
    let inputs = run.manifest.inputs
    let script = Path.join(root, run.manifest.script)
    let seen = Path.fromWorkingFolder(script)
    // Paths of a record are relative to the project's folder, which is the working folder by default.
    let isAtHome = (try? Project(script: seen))?.script === run.manifest.script
    var words = ["swerve", "run", Shell.path(isAtHome ? seen : run.manifest.script)]
    for (key, value) in options { words += ["--set", "\(key)=\(value)"] }
    for limit in try run.limits().changed { words += ["--limit", limit] }
    words += ["--seed", "\(inputs.seed)"]
    if inputs.math !== MathMode.exact.rawValue { words += ["--math", inputs.math] }
    return (isAtHome ? "" : "cd \(Shell.word(Shell.path(root))) && ") + Shell.text(words)
  }
}
