import Foundation
import Testing

/// Names of a script in files and metrics, from `check` to the record.
@Suite struct NamedOutcomeTests {
  /// Two stages, the second named as early versions called a snapshot of the first.
  private static let stages = """
    local swerve = require "swerve"
    local task = swerve.tasks.addition { comfort = 1 }
    local function stage(name, from)
      return swerve.pretrain {
        name = name, from = from, model = not from and { layers = 1, heads = 1, width = 8, context = 256 } or nil,
        task = task, steps = 6, batch = 2, lr = 1e-3,
      }
    end
    return { stage("a-step-2", stage("a")) }
    """

  @Test func keepsSnapshotsBesideAStageNamedLikeOne() throws {
    let project = try TestProject()
    try project.write("tiny.lua", Self.stages)
    try project.record("r", "--checkpoint-every", "2", "--keep-checkpoints", "--no-cache")
    let names = try project.folder.names("r/checkpoints").filter { $0.hasSuffix(".safetensors") }
    #expect(names.contains("a@2.safetensors") && names.contains("a-step-2.safetensors") && names.count >= 6, "\(names)")
    #expect(try project.run("show", "r", "--check").status == 0)
    let replay = try project.run("replay", "r", "--from", "3", "--stage", "a")
    #expect(replay.status == 0, "\(replay.all)")
  }

  @Test func reportsASmallerLastMinibatchInCheck() throws {
    let project = try TestProject([("episodes = 6, minibatch = 3", "episodes = 9, minibatch = 4")])
    let check = try project.run("check", "tiny.lua")
    #expect(check.status == 0)
    #expect(
      check.output.contains(
        "note: stage 'tuned': minibatch = 4 does not divide episodes = 9: after 2 of 4, the last minibatch of each epoch has 1"
      ),
      "\(check.all)")
    #expect(try project.run("check", "tiny.lua", "--json").output.contains("does not divide episodes = 9"))
    try project.edit("tiny.lua", "episodes = 9", "episodes = 8")
    #expect(try !project.run("check", "tiny.lua").output.contains("note: "))
  }

  /// A script with a name that is taken: everything can read what it writes.
  @Test func runsAndReadsWhatCheckAccepts() throws {
    let project = try TestProject()
    let script = """
      local swerve = require "swerve"
      local function draw(rng) return rng:below(2) == 0 and "a>" or "b>" end
      local task = swerve.tasks.custom { alphabet = "ab>\\n", longest_prompt = 2, limit = 3, prompt = draw,
        solution = function(p) return p:sub(1, 1) end, sets = { SET = draw } }
      return swerve.pretrain { model = { layers = 1, heads = 1, width = 8, context = 8 }, task = task, steps = 2, batch = 2,
        lr = 1e-2, eval = { every = 1, sets = { SET = 3, training = 3 } } }
      """
    for name in ["trained", "test", "_", "9"] {
      try project.write(
        "tiny.lua", script,
        [("sets = { SET = draw }", "sets = { [\"\(name)\"] = draw }"), ("SET = 3", "[\"\(name)\"] = 3")])
      try project.record(name)
      for command in [
        ["show", name], ["replay", name], ["report", name, "-o", name + ".html"], ["diff", name, name],
      ] {
        let outcome = try Program.run(command, in: project.folder.url)
        #expect(outcome.status == 0, "\(command): \(outcome.all)")
      }
    }
    try project.write(
      "tiny.lua", script, [("sets = { SET = draw }", "sets = { train = draw }"), ("SET = 3", "train = 3")])
    let refused = try project.run("check", "tiny.lua")
    #expect(refused.status == 3 && refused.errors.contains("tiny.lua:3: option 'sets' can't have a set \"train\""))
  }
}
