import SwerveTensor
import SwerveText

/// How a recorded run is computed again on this machine, as its files lie on the disk now.
struct RunAgain {
  /// For a shell, in the working folder; nil where nothing here gives the run again.
  let command: String?
  /// Why it is not `swerve run` with the run's script; nil where it is.
  let reason: String?
}

/// Finds these commands; a file that many runs read is hashed once.
struct RunAgainFinder {
  private var found: [ExactString: OnDisk] = [:]
  /// Of swerve's own Lua files; nil where this machine has none.
  private let library = try? LuaLibrary.folder()

  /// What is at a path now.
  private enum OnDisk {
    case file(sha256: String)
    case missing
    /// With what the system says.
    case unreadable(String)
  }

  /// - Throws: FileError for a record without its limits.
  mutating func find(_ run: RecordedRun) throws -> RunAgain {
    let inputs = run.manifest.inputs
    if inputs.mathVersion != mathVersion {
      return RunAgain(
        command: nil, reason: "it is of math \(inputs.mathVersion), and this swerve computes math \(mathVersion)")
    }
    // Where a replay would look first, and else where the run was made.
    var root = run.manifest.root
    var changed = changedFiles(run, root)
    if !changed.isEmpty {
      let other = run.manifest.recordedRoot
      if changedFiles(run, other).isEmpty { (root, changed) = (other, []) }
    }
    let options = inputs.optionTexts
    // No command line can say NUL.
    let isSayable = !options.contains { $0.value.utf8.contains(0) }
    if changed.isEmpty && isSayable { return RunAgain(command: try command(run, root, options), reason: nil) }
    let lost = changed.first { !$0.isCopied && POSIXFile.kind(Path.join(run.folder.inputs, $0.sha256)) != .file }
    if let lost { return RunAgain(command: nil, reason: change(of: lost, root)) }
    return RunAgain(
      command: Shell.text(["swerve", "replay", Shell.path(run.path)]),
      reason: changed.first.map { change(of: $0, root) } ?? "an option holds a character that no command line can")
  }

  /// The files that are not there as they were.
  private mutating func changedFiles(_ run: RecordedRun, _ root: String) -> [FileDigest] {
    let inputs = run.manifest.inputs
    let script = FileDigest(path: run.manifest.script, sha256: inputs.scriptSHA256)
    return ([script] + inputs.files).filter { file in
      if case .file(let sha256) = onDisk(file, root) { sha256 !== file.sha256 } else { true }
    }
  }

  private mutating func change(of file: FileDigest, _ root: String) -> String {
    switch onDisk(file, root) {
    case .file: "\(file.path) was changed since"
    case .missing: "\(file.path) is no longer there"
    case .unreadable(let reason): "\(file.path) can't be read now: \(reason)"
    }
  }

  /// Where a file of a record is on the disk.
  private func place(_ path: String, _ root: String) -> String {
    if LuaLibrary.holds(path), let library { return LuaLibrary.place(path, in: library) }
    return Path.join(root, path)
  }

  /// Read as the run read it.
  private mutating func onDisk(_ file: FileDigest, _ root: String) -> OnDisk {
    let path = place(file.path, root)
    if let known = found[ExactString(path)] { return known }
    let result: OnDisk
    do {
      result =
        POSIXFile.kind(path) != .file
        ? .missing
        : .file(sha256: file.isCopied ? Digest.of(try POSIXFile.text(path)) : try Digest.ofFile(path))
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
    // The paths of a record start at the project's folder, which is the working folder where nothing else says it.
    let isAtHome = (try? Project(script: seen))?.script === run.manifest.script
    var words = ["swerve", "run", Shell.path(isAtHome ? seen : run.manifest.script)]
    for (key, value) in options { words += ["--set", "\(key)=\(value)"] }
    for limit in try run.limits().changed { words += ["--limit", limit] }
    words += ["--seed", "\(inputs.seed)"]
    if inputs.math !== MathMode.exact.rawValue { words += ["--math", inputs.math] }
    return (isAtHome ? "" : "cd \(Shell.word(Shell.path(root))) && ") + Shell.text(words)
  }
}
