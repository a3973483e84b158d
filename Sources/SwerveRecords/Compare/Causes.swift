import SwerveFiles
import SwerveText

/// Possible causes of a difference: every input that is not the same on both sides, the likeliest first.
package enum Causes {
  /// One side of a difference, for looking for its cause.
  package struct Side {
    let manifest: Manifest
    let copies: [ScriptSource]
    /// For a run that is not complete: how far it came, and the command that resumes it.
    let stop: String?

    /// A run in its folder.
    package init(_ run: RecordedRun) throws {
      manifest = run.manifest
      copies = try run.scriptCopies()
      stop = Self.stop(run)
    }

    /// What this machine would record of the same script.
    package init(here manifest: Manifest, copies: [ScriptSource]) {
      self.manifest = manifest
      self.copies = copies
      stop = nil
    }

    private static func stop(_ run: RecordedRun) -> String? {
      if run.state == .complete { return nil }
      let place =
        run.recorded.steps.last.map { "after step \($0.step) of stage \($0.stage)" } ?? "before its first step"
      let resuming = Shell.text(["swerve", "run", Shell.path(run.path), "--resume"])
      return "\(run.path) \(run.state == .failed ? "failed" : "stopped") \(place): `\(resuming)` goes on with it"
    }
  }

  /// - Throws: FileError for folders that can't be read.
  package static func find(_ a: RecordedRun, _ b: RecordedRun, _ report: DiffReport) throws -> [String] {
    let (first, second) = (try Side(a), try Side(b))
    let stops = [first, second].compactMap(\.stop)
    // If every step that both have agrees, only the stop must be explained.
    let areSame = report.edited.isEmpty && report.differences.allSatisfy(\.item.followsFromStop)
    return areSame && !stops.isEmpty ? stops : find(first, second, edited: report.edited) + stops
  }

  /// - Parameter edited: the files that were changed after they were written.
  package static func find(_ a: Side, _ b: Side, edited: [String]) -> [String] {
    let causes = edited.map { "an edited file: " + $0 } + math(a, b) + inputs(a, b) + scripts(a, b)
    return causes.isEmpty ? surroundings(a, b) : causes
  }

  private static func math(_ a: Side, _ b: Side) -> [String] {
    let (x, y) = (a.manifest.inputs, b.manifest.inputs)
    var causes: [String] = []
    if x.mathVersion != y.mathVersion {
      causes.append("another math version: \(x.mathVersion) against \(y.mathVersion); CHANGELOG.md says what changed")
    }
    if x.math !== y.math { causes.append("another math: \(x.math) against \(y.math)") }
    let machines = ["cpu", "openblas"].map { key in (key: key, a: entry(a, key), b: entry(b, key)) }
    if x.math == "blas" && y.math == "blas" {
      for machine in machines where machine.a !== machine.b {
        causes.append("another machine under blas: \(machine.key) \(machine.a) against \(machine.b)")
      }
    }
    return causes
  }

  private static func inputs(_ a: Side, _ b: Side) -> [String] {
    let (x, y) = (a.manifest.inputs, b.manifest.inputs)
    var causes: [String] = []
    if x.seed != y.seed { causes.append("another seed: \(x.seed) against \(y.seed)") }
    for (word, left, right) in [("option", x.options, y.options), ("limit", x.limits, y.limits)] {
      let keys = ((left.members ?? []) + (right.members ?? [])).map(\.key).distinct
      for key in keys where left[key] != right[key] {
        causes.append(
          "\(word) \(key) changed: \(left[key]?.compact() ?? "nothing") against \(right[key]?.compact() ?? "nothing")")
      }
    }
    for file in x.files where file.path.endsExactly(with: ".safetensors") {
      guard let other = y.files.first(where: { $0.path === file.path }), other.sha256 !== file.sha256 else { continue }
      causes.append(
        "another checkpoint \(file.path): \(file.sha256.leading(16)) against \(other.sha256.leading(16))"
      )
    }
    return causes
  }

  /// Each script file whose text differs, with the first line that differs.
  private static func scripts(_ a: Side, _ b: Side) -> [String] {
    ScriptDifference.all(a.copies, b.copies, scripts: (a.manifest.script, b.manifest.script)).map { $0.summary }
  }

  /// With exact math these do not change any bit, so they are named only if there is no other cause.
  private static func surroundings(_ a: Side, _ b: Side) -> [String] {
    let differing = ["swerve", "cpu", "vectors", "threads"].filter { entry(a, $0) !== entry(b, $0) }
    if differing.isEmpty {
      return ["unexplained: the same inputs, math, program and kind of machine; `swerve doctor` tests the math"]
    }
    return [
      "unexplained by what went in. What else differs, which must not change a bit under exact math: "
        + differing.map { "\($0) \(entry(a, $0)) against \(entry(b, $0))" }.joined(separator: "; ")
        + ". `swerve doctor` tests the math on both"
    ]
  }

  private static func entry(_ side: Side, _ key: String) -> String {
    side.manifest.notCompared.first { $0.0 === key }?.1 ?? "unknown"
  }
}
