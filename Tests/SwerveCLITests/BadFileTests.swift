import Foundation
import Testing

/// Damaged checkpoints, goldens and folders.
@Suite struct BadFileTests {
  /// A project whose script starts from a checkpoint that another one wrote.
  private func projectWithCheckpoint() throws -> TestProject {
    let project = try TestProject()
    try project.record("first")
    try FileManager.default.copyItem(
      at: project.folder.file("first/checkpoints/pretrain.safetensors"), to: project.folder.file("model.safetensors"))
    let script = try project.folder.text("tiny.lua")
    try project.write("next.lua", script, [("from = reference", "from = \"model.safetensors\"")])
    return project
  }

  private func fails(_ project: TestProject, _ script: String, _ status: Int32, _ parts: [String]) throws {
    let outcome = try project.run("run", script, "--out", "out")
    #expect(outcome.status == status)
    for part in parts { #expect(outcome.errors.contains(part), "\(outcome.errors)") }
    #expect(!project.folder.exists("out"))
  }

  @Test func rejectsADamagedCheckpointBeforeAnythingRuns() throws {
    let project = try projectWithCheckpoint()
    #expect(try project.run("check", "next.lua").output.contains("model.safetensors"))
    let path = project.folder.file("model.safetensors")
    let whole = try Data(contentsOf: path)

    try whole.dropLast(100).write(to: path)
    try fails(project, "next.lua", 5, ["the checkpoint ", "model.safetensors is cut off: ", "\n  hint: copy it again"])

    var changed = whole
    changed[changed.count - 3] ^= 1
    try changed.write(to: path)
    try fails(
      project, "next.lua", 5, ["model.safetensors has a bad checksum: its weights hash to ", "\n  hint: it was"])

    try Data("not a checkpoint".utf8).write(to: path)
    try fails(project, "next.lua", 5, ["model.safetensors"])
  }

  @Test func rejectsACheckpointOfAnotherConfiguration() throws {
    let project = try projectWithCheckpoint()
    let script = try project.folder.text("next.lua")
    // More digits than the checkpoint's context holds.
    try project.write("long.lua", script, [("digits = 2", "digits = 5")])
    try fails(
      project, "long.lua", 3, ["long.lua:8: stage 'tuned': ", " tokens, but the model's context is 360\n"])
  }

  @Test func rejectsAnOutputFolderThatExistsOrCannotBeWritten() throws {
    let project = try TestProject()
    let taken = try project.run("run", "tiny.lua", "--out", "golden")
    #expect(taken.status == 5)
    #expect(taken.errors.hasPrefix("swerve: error: the output folder golden exists already"))
    #expect(try project.folder.names("golden").isEmpty)
    let blocked = try project.run("run", "tiny.lua", "--out", "/proc/swerve/run")
    #expect(blocked.status == 5)
    #expect(blocked.errors.hasPrefix("swerve: error: cannot create "))
    #expect(try project.folder.names() == ["golden", "tiny.lua"])
  }

  @Test func namesAGoldenThatCannotBeRead() throws {
    let project = try TestProject()
    try project.record("first")
    #expect(try project.run("bless", "first", "--reason", "a test").status == 0)
    let golden = try project.folder.text("golden/tiny.jsonl")
    func tested(_ text: String, _ part: String) throws {
      try project.write("golden/tiny.jsonl", text)
      let outcome = try project.run("test")
      #expect(outcome.status == 5)
      #expect(outcome.output.hasPrefix("FAILED tiny\n"))
      #expect(outcome.output.contains(part), "\(outcome.output)")
      #expect(try project.folder.names("golden") == ["tiny.jsonl"])
    }
    try tested("what\n", "golden/tiny.jsonl:1:1: this is not JSON")
    try tested(golden.replacingOccurrences(of: "\"swerve_golden\":1", with: "\"swerve_golden\":99"), "found version 99")
    try tested(
      golden.replacingOccurrences(of: "tiny.lua", with: "gone.lua"),
      "belongs to the script gone.lua, which does not exist")
    try tested(golden.split(separator: "\n").dropLast().joined(separator: "\n") + "\n", "is cut off")
  }
}
