import SwerveFiles
import SwerveText

/// The commit of the project that a run belongs to. It is recorded for people and never compared.
enum GitCommit {
  /// The digest of the commit; with " dirty" behind it if a tracked file of the repository was changed since, or if the
  /// script itself is not in the repository.
  /// - Parameters:
  ///   - root: the project's folder.
  ///   - script: relative to it.
  /// - Returns: nil outside of a repository, before its first commit, and where git is not installed.
  static func describe(root: String, script: String) -> String? {
    // Most runs of tests are in no repository; git is not asked there.
    guard let absolute = Path.absolute(root), isInRepository(absolute) else { return nil }
    // Git must not run programs that the repository's settings name, and must not write.
    let git = "git -c core.fsmonitor=false"
    let command = """
      \(git) rev-parse --verify HEAD 2>/dev/null && \(git) status --porcelain --untracked-files=no 2>/dev/null \
      && \(git) status --porcelain --untracked-files=all -- "$0" 2>/dev/null
      """
    let printed = try? POSIXFile.withTemporaryFolder("swerve-git") { folder -> String? in
      let log = Path.join(Path.absolute(folder) ?? folder, "log")
      let child = try ChildProcess(
        ["/bin/sh", "-c", command, script], in: absolute,
        environment: [("GIT_OPTIONAL_LOCKS", "0"), ("LC_ALL", "C")], log: log)
      return child.wait() == .exit(0) ? try POSIXFile.text(log) : nil
    }
    guard let lines = printed.flatMap({ $0 })?.pieces(at: "\n"), let commit = lines.first, isDigest(commit) else {
      return nil
    }
    return commit + (lines.count > 1 ? " dirty" : "")
  }

  private static func isInRepository(_ folder: String) -> Bool {
    var folder = folder
    while true {
      if POSIXFile.kind(Path.join(folder, ".git")) != nil { return true }
      let parent = Path.parent(folder)
      if parent === folder || parent.isEmpty { return false }
      folder = parent
    }
  }

  /// SHA-1 or SHA-256.
  private static func isDigest(_ text: String) -> Bool {
    [40, 64].contains(text.utf8.count)
      && text.utf8.allSatisfy { (0x30...0x39).contains($0) || (0x61...0x66).contains($0) }
  }
}
