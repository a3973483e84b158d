import Foundation
import Testing

/// `swerve pack`, and packed runs in place of folders.
@Suite struct PackedRunTests {
  /// A run whose script reads a checkpoint beside it.
  private func project() throws -> TestProject {
    let project = try TestProject()
    try project.record("first")
    try FileManager.default.copyItem(
      at: project.folder.file("first/checkpoints/pretrain.safetensors"), to: project.folder.file("model.safetensors"))
    let script = try project.folder.text("tiny.lua")
    try project.write("next.lua", script, [("from = reference", "from = \"model.safetensors\"")])
    #expect(try project.run("run", "next.lua", "--quiet").status == 0)
    return project
  }

  @Test func replaysAPackedRunWithoutAnyOtherFile() throws {
    let project = try project()
    let packed = try project.run("pack", "next", "-o", "a.tar")
    #expect(packed.status == 0 && packed.output.hasPrefix("a.tar: "), "\(packed.all)")
    let elsewhere = try TemporaryFolder()
    try FileManager.default.moveItem(at: project.folder.file("a.tar"), to: elsewhere.file("a.tar"))
    // Where the script and its checkpoint were is nothing any more.
    try FileManager.default.moveItem(at: project.folder.file("runs"), to: elsewhere.file("other"))
    for name in try project.folder.names() { try FileManager.default.removeItem(at: project.folder.file(name)) }
    let temporary = try TemporaryFolder()
    func run(_ arguments: String...) throws -> Program.Outcome {
      try Program.run(arguments, in: elsewhere.url, environment: ["TMPDIR": temporary.url.path])
    }
    #expect(try run("pack", "--verify", "a.tar").output.hasSuffix(" files, intact\n"))
    let replayed = try run("replay", "a.tar")
    #expect(replayed.output == "replayed 2 steps: identical\n", "\(replayed.all)")
    #expect(try run("show", "a.tar").output.contains(/run +a\.tar\n/))
    let folder = try "other/" + elsewhere.names("other")[0]
    #expect(try run("diff", "a.tar", folder).status == 0)
    #expect(try run("replay", folder).status == 5, "the folder alone lacks the checkpoint")
    #expect(try temporary.names().isEmpty)
  }

  @Test func rejectsADamagedPackInEveryCommand() throws {
    let project = try project()
    #expect(try project.run("pack", "next", "-o", "a.tar", "--quiet").status == 0)
    var bytes = try Data(contentsOf: project.folder.file("a.tar"))
    bytes[bytes.count / 2] ^= 1
    try bytes.write(to: project.folder.file("a.tar"))
    for arguments in [["pack", "--verify"], ["replay"], ["show"]] {
      let outcome = try Program.run(arguments + ["a.tar"], in: project.folder.url)
      #expect(outcome.status == 5)
      #expect(outcome.errors.hasPrefix("swerve: error: the packed run a.tar is damaged: "), "\(outcome.errors)")
      #expect(outcome.errors.contains("\n  hint: copy the file again, or pack the run again\n"))
    }
  }

  @Test func namesWhatWasChangedAfterTheRun() throws {
    let project = try TestProject()
    try project.record("a")
    #expect(try project.run("show", "a", "--check").output.hasSuffix(" files: intact\n"))
    // No step is computed from it, and no other digest covers it.
    try project.edit("a/manifest.json", "\"threads\": \"", "\"threads\": \"1")
    for command in [["show", "--check", "a"], ["replay", "a"], ["pack", "a", "-o", "a.tar"]] {
      let outcome = try Program.run(command, in: project.folder.url)
      #expect(outcome.status == 5)
      #expect(
        outcome.errors.contains("swerve: error: a/manifest.json is not what the run wrote: recorded "),
        "\(outcome.errors)")
    }
    #expect(!project.folder.exists("a.tar"))
  }

  @Test func showsARunByAPartOfItsName() throws {
    let project = try TestProject()
    #expect(try project.run("run", "tiny.lua", "--quiet").status == 0)
    #expect(try project.run("run", "tiny.lua", "--quiet", "--seed", "2").status == 0)
    let name = try project.folder.names("runs")[1]
    #expect(try project.run("show", String(name.suffix(8))).output.contains("runs/\(name)\n"))
    let several = try project.run("show", "tiny")
    #expect(several.status == 5 && several.errors.contains("2 runs in runs are meant by 'tiny': tiny-1-"))
    #expect(several.errors.contains("\n  hint: give more of the name\n"), "\(several.errors)")
    let table = try project.run("list", "--where", "seed > 1 and digits = 2", "--columns", "seed,kl*", "--csv")
    #expect(table.output.split(separator: "\r\n").count == 2, "\(table.all)")
    let wrong = try project.run("list", "--where", "sed > 1")
    #expect(wrong.status == 2 && wrong.errors.contains("'sed'; did you mean 'seed'?"))
  }
}
