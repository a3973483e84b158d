import Foundation
import SwerveFiles
import SwerveRecords
import SwerveText
import Testing

/// Differences are located: the first tensor, its element, and what led there.
@Suite struct LocateTests {
  private func diff(_ project: TestProject, _ arguments: String...) throws -> String {
    let outcome = try Program.run(["diff", "--quiet"] + arguments, in: project.folder.url)
    #expect(outcome.status == 1, "\(outcome.all)")
    return outcome.output
  }

  @Test func locatesAChangedRuleAtItsWeights() throws {
    let project = try TestProject()
    try project.record("a")
    try project.record("b", "--set", "alpha=5")
    let text = try diff(project, "a", "b", "--locate")
    #expect(text.contains("step 1 of stage tuned, computed again from the stage's beginning: after "))
    #expect(text.contains("tensors that agree, the first that differs is\n    rule/kl ("))
    #expect(text.contains("what led there:\n  option alpha changed: 20 against 5\n"))
    #expect(text.contains("stage tuned: "))
    #expect(!text.contains("stage pretrain: "), "a stage whose weights are the same is not listed")
  }

  @Test func locatesAnotherSeedInTheFirstWeights() throws {
    let project = try TestProject()
    try project.record("a")
    try project.record("b", "--seed", "2")
    let text = try diff(project, "a", "b", "--locate")
    #expect(text.contains("after 0 tensors that agree, the first that differs is\n    start/wte.weight ("))
    #expect(text.contains("  another seed: 1 against 2\n"))
  }

  @Test func showsAChangedScriptLineByLine() throws {
    let project = try TestProject()
    try project.record("a")
    try project.edit("tiny.lua", "vf = 0.1", "vf = 0.2")
    try project.record("b")
    let text = try diff(project, "a", "b", "--locate")
    #expect(text.contains("  script tiny.lua changed at line 10: `  updates = 2, episodes = 6, minibatch = 3,"))
    #expect(text.contains("\n  @@ line 8 against line 8\n"))
    #expect(text.contains("\n  -   updates = 2,") && text.contains("\n  +   updates = 2,"))
    // The coefficient enters with the gradient of the values.
    #expect(text.contains("    minibatch_1/column_gradient/value ("))
  }

  @Test func reportsADifferenceThatIsOnlyLogged() throws {
    let project = try TestProject()
    try project.record("a")
    try project.edit("tiny.lua", "vf = 0.1", "vf = 0.1, log = function() return { one = 1 } end")
    try project.record("b")
    let text = try diff(project, "a", "b", "--locate")
    #expect(text.contains("tensors agree, so only what is logged of them differs"))
  }

  @Test func startsLocatingAtTheLastCommonCheckpoint() throws {
    let project = try TestProject([("updates = 2", "updates = 5")])
    // The same numbers until step 4: the schedule of b lets go there.
    try project.edit("tiny.lua", "lr = 1e-4", "lr = function(step) return step < o.at and 1e-4 or 2e-4 end")
    try project.edit("tiny.lua", "alpha = 20 }", "alpha = 20, at = 99 }")
    try project.record("a", "--checkpoint-every", "1", "--keep-checkpoints")
    try project.record("b", "--set", "at=4", "--checkpoint-every", "2", "--keep-checkpoints")
    let text = try diff(project, "a", "b", "--locate")
    #expect(text.contains("step 4 of stage tuned, computed again from the checkpoint after step 2: after "))
    #expect(text.contains("    minibatch_1/lr (1) at [0]: 0.0001 (0x38d1b717) against 0.0002 (0x3951b717)"))
  }

  @Test func reportsAStoppedRunAsStopped() throws {
    let project = try TestProject()
    try project.record("a")
    try project.record("b")
    // As a kill after step 2 leaves it.
    for name in ["result.json", "SHA256SUMS", "checkpoints"] {
      try FileManager.default.removeItem(at: project.folder.file("b/" + name))
    }
    try FileManager.default.createDirectory(
      at: project.folder.file("b/checkpoints"), withIntermediateDirectories: false)
    let lines = try project.folder.text("b/metrics.jsonl").split(separator: "\n").prefix(2)
    try project.write("b/metrics.jsonl", lines.joined(separator: "\n") + "\n")
    let text = try diff(project, "a", "b")
    #expect(
      text.contains(
        "what led there:\n  b stopped after step 2 of stage pretrain: `swerve run b --resume` goes on with it\n"),
      "\(text)")
    #expect(!text.contains("unexplained") && !text.contains("doctor"))
    // A value that differs is another matter.
    try project.record("c", "--seed", "2")
    let other = try diff(project, "b", "c")
    #expect(other.contains("  another seed: 1 against 2\n  b stopped after step 2"), "\(other)")
    #expect(try project.run("run", "b", "--resume", "--quiet").status == 0)
    #expect(try project.run("diff", "a", "b").status == 0)
  }

  @Test func namesAnEditedFileAsTheCause() throws {
    let project = try TestProject()
    try project.record("a")
    try project.record("b")
    _ = try project.changeLoss("b/metrics.jsonl", line: 1)
    let text = try diff(project, "a", "b")
    #expect(text.contains("what led there:\n  an edited file: b: step 1 of stage pretrain: the hash chain breaks here"))
  }

  @Test func reportsAForgedRecordAsUnexplained() throws {
    let project = try TestProject()
    try project.record("a")
    let (old, new) = try forge(project, "a", line: 2)
    let outcome = try project.run("replay", "a", "--quiet")
    #expect(outcome.status == 1)
    #expect(outcome.errors.contains("step 2 of stage pretrain: loss: the record says \(new)"))
    #expect(outcome.errors.contains("the re-execution gives \(old)"))
    #expect(outcome.errors.contains("  unexplained: the same inputs, math, program and kind of machine"))
    #expect(
      outcome.errors.contains("  computed a second time, on one thread, the step differs from the record as well"))
    #expect(
      outcome.errors.contains("  all weights of the checkpoint a/checkpoints/pretrain.safetensors are those"))
  }

  @Test func rejectsABoundForAMetricThatNobodyHas() throws {
    let project = try TestProject()
    try project.record("a")
    for (option, glob) in [("--abs", "nope*"), ("--rel", "Loss"), ("--ulp", "x")] {
      let outcome = try project.run("diff", "a", "a", option, "loss=1", option, "\(glob)=1")
      #expect(
        outcome.status == 2 && outcome.errors.contains("a bound is for '\(glob)', which matches no metric"),
        "\(outcome.all)")
    }
    #expect(try project.run("diff", "a", "a", "--abs", "final*=1", "--rel", "1e-3").status == 0)
  }

  @Test func comparesTwoCheckpointsTensorByTensor() throws {
    let project = try TestProject()
    try project.record("a")
    let (x, y) = ("a/checkpoints/pretrain.safetensors", "a/checkpoints/tuned.safetensors")
    let text = try diff(project, x, y)
    #expect(text.contains("weights: 16 of 16 tensors differ\n"), "\(text)")
    #expect(text.contains("  value.0.weight only in b\n"))
    let same = try project.run("diff", x, x)
    #expect(same.status == 0 && same.output == "weights: all 16 tensors are the same\n")
  }

  @Test func replaysFromAStep() throws {
    let project = try TestProject([("steps = 3", "steps = 8")])
    try project.record("a", "--checkpoint-every", "3", "--keep-checkpoints")
    #expect(
      try project.run("replay", "a", "--from", "7").output
        == "replayed 4 steps, from the checkpoint after step 6 of pretrain: identical\n")
    #expect(
      try project.run("replay", "a", "--from", "1", "--stage", "tuned").output
        == "replayed 2 steps, from the beginning of stage tuned: identical\n")
    let several = try project.run("replay", "a", "--from", "2")
    #expect(several.status == 2)
    #expect(several.errors.contains("--stage NAME; the stages: pretrain (8 steps), tuned (2 steps)"))
    #expect(try project.run("replay", "a", "--from", "9").errors.contains("a has no step 9; its stages: "))
    // What lies before is not looked at, what follows is.
    _ = try forge(project, "a", line: 7)
    #expect(try project.run("replay", "a", "--from", "7", "--stage", "pretrain").status == 1)
    #expect(try project.run("replay", "a", "--from", "1", "--stage", "tuned").status == 0)
  }

  @Test func rejectsAChangedCheckpointToReplayFrom() throws {
    let project = try TestProject([("steps = 3", "steps = 8")])
    try project.record("a", "--checkpoint-every", "3", "--keep-checkpoints")
    let path = project.folder.file("a/checkpoints/pretrain@6.safetensors")
    var bytes = try Data(contentsOf: path)
    bytes[bytes.count - 9] ^= 4
    try bytes.write(to: path)
    let outcome = try project.run("replay", "a", "--from", "7")
    #expect(outcome.status == 5)
    #expect(outcome.errors.contains("a/checkpoints/pretrain@6.safetensors has a bad checksum"))
  }

  /// Changes the loss in a line of metrics.jsonl and makes all hashes agree again.
  private func forge(_ project: TestProject, _ run: String, line: Int) throws -> (old: String, new: String) {
    let file = run + "/metrics.jsonl"
    let changed = try project.changeLoss(file, line: line)
    let manifest = try RunReader.read(project.folder.file(run).path).manifest
    var chain = HashChain(inputs: manifest.inputs.digest)
    let lines = try project.folder.text(file).split(separator: "\n").map { text -> String in
      let end = try #require(text.range(of: ",\"chain\":\""))
      chain.extend(with: String(text[..<end.lowerBound]) + "}")
      return text[..<end.upperBound] + chain.value + text[end.upperBound...].dropFirst(64)
    }
    try (lines.joined(separator: "\n") + "\n").write(to: project.folder.file(file), atomically: false, encoding: .utf8)
    // Checksums of files are made after the run: whoever makes up steps makes them up as well.
    try FileManager.default.removeItem(at: project.folder.file(run + "/SHA256SUMS"))
    for name in ["/result.json", "/checkpoints/position.json"] {
      try forge(project.folder.file(run + name).path, chain: chain.value)
    }
    return changed
  }

  /// Changes the chain that a file names, and the file's own digest with it.
  private func forge(_ path: String, chain: String) throws {
    let members = try #require(try JSONParser.parse(POSIXFile.read(path)).members).filter { $0.key != "sha256" }
    let forged = JSONValue.object(
      members.map { $0.key == "chain" ? JSONMember("chain", .string(chain)) : $0 })
    let digest = JSONMember("sha256", .string(Digest.of(forged.compact())))
    try POSIXFile.writeAtomically(JSONValue.object((forged.members ?? []) + [digest]).pretty(), to: path)
  }
}
