import Foundation
import Testing

/// Pre-training that an earlier run computed is not computed again.
@Suite struct StageCacheTests {
  /// Its own folder of runs, so that each test has a cache of its own.
  private func run(_ project: TestProject, _ arguments: String...) throws -> Program.Outcome {
    try Program.run(["run", "tiny.lua"] + arguments, in: project.folder.url)
  }

  private func entries(_ project: TestProject) throws -> [String] {
    try project.folder.names("runs/.stages").filter { !$0.hasSuffix(".lock") }
  }

  /// What a run holds, but for times.
  private func bits(_ project: TestProject, _ run: String) throws -> [String] {
    let metrics = try project.folder.text(run + "/metrics.jsonl").split(separator: "\n").map {
      String($0.prefix(upTo: try #require($0.range(of: ",\"not_compared\"")).lowerBound))
    }
    return try metrics + [
      project.folder.text(run + "/samples.jsonl"), project.folder.text(run + "/result.json"),
      Data(contentsOf: project.folder.file(run + "/checkpoints/pretrain.safetensors")).base64EncodedString(),
    ]
  }

  @Test func takesAStageFromAnEarlierRunWithAllItsBits() throws {
    let project = try TestProject([("steps = 3,", "steps = 3, eval = { every = 2, sets = { comfort = 3 } },")])
    let first = try run(project, "--out", "runs/a")
    #expect(first.status == 0 && !first.errors.contains("taken from"))
    let second = try run(project, "--out", "runs/b")
    #expect(second.errors.contains("stage pretrain: 3 steps taken from runs/.stages/"), "\(second.errors)")
    #expect(try bits(project, "runs/a") == bits(project, "runs/b"))
    #expect(try project.run("replay", "runs/b").output == "replayed 5 steps: identical\n")
    let third = try run(project, "--out", "runs/c", "--no-cache")
    #expect(!third.errors.contains("taken from"))
    #expect(try bits(project, "runs/a") == bits(project, "runs/c"))
  }

  @Test func reusesAStageWhenAnOptionOfALaterStageChanges() throws {
    let project = try TestProject()
    _ = try run(project)
    #expect(try run(project, "--set", "alpha=3").errors.contains("taken from"))
    #expect(!(try run(project, "--set", "digits=1").errors.contains("taken from")))
    #expect(!(try run(project, "--seed", "2").errors.contains("taken from")))
    #expect(try entries(project).count == 3)
  }

  @Test func sharesAStageWithItsOwnSeedAmongRunsOfOtherSeeds() throws {
    let project = try TestProject([("steps = 3,", "steps = 3, seed = 5,")])
    _ = try run(project, "--out", "runs/a")
    #expect(try run(project, "--seed", "2", "--out", "runs/b").errors.contains("taken from"))
    // Fine-tuning still follows the run's seed.
    #expect(try project.digest("runs/a") != project.digest("runs/b"))
    #expect(try project.run("replay", "runs/b").status == 0)
  }

  @Test func computesAStageAgainWithAChangedSchedule() throws {
    let project = try TestProject()
    _ = try run(project)
    try project.edit("tiny.lua", "lr = 1e-3", "lr = function(step) return step < 3 and 1e-3 or 2e-3 end")
    #expect(!(try run(project).errors.contains("taken from")))
    // The same numbers from another text are the same stage.
    try project.edit("tiny.lua", "step < 3 and 1e-3 or 2e-3", "step > 2 and 2e-3 or 1e-3")
    #expect(try run(project).errors.contains("taken from"))
  }

  @Test func computesADamagedEntryAgain() throws {
    let project = try TestProject()
    _ = try run(project, "--out", "runs/a")
    let entry = "runs/.stages/" + (try #require(try entries(project).first))
    try project.edit(entry + "/stage.json", "\"loss\":", "\"lost\":")
    let again = try run(project, "--out", "runs/b")
    #expect(again.status == 0 && !again.errors.contains("taken from"))
    #expect(try bits(project, "runs/a") == bits(project, "runs/b"))
    #expect(try run(project, "--out", "runs/c").errors.contains("taken from"))
  }

  @Test func pretrainsOnceForAllMembersOfASweep() throws {
    let project = try TestProject([("steps = 3,", "steps = 3, seed = 5,")])
    let sweep = try project.run(
      "sweep", "tiny.lua", "--grid", "alpha=1,2", "--seeds", "1..2", "--jobs", "2", "--out", "swept")
    #expect(sweep.status == 0, "\(sweep.errors)")
    #expect(try project.folder.names("swept/.stages").filter { !$0.hasSuffix(".lock") }.count == 1)
    let reused = try ["alpha=1,seed=1", "alpha=1,seed=2", "alpha=2,seed=1", "alpha=2,seed=2"].filter {
      try project.folder.text("swept/\($0)/metrics.jsonl").contains("\"step\":1,\"metrics\":{\"loss\":")
        && (try project.folder.text("swept/\($0)/metrics.jsonl").split(separator: "\n")[0].hasSuffix(
          "\"not_compared\":{}}"))
    }
    #expect(reused.count == 3)
  }
}
