import Foundation
import Testing

/// Whether a stage with functions of the script comes from the cache after an edit, and with which weights.
@Suite struct StageEditTests {
  private static let script = """
    local swerve = require "swerve"
    local parts = require "parts"
    local o = swerve.options { lr = 1e-3, width = 8 }
    local words = { "ab", "ba", "aab" }
    local function rule(t) return t.certainty ^ 2 end
    local data = swerve.data "words.jsonl"
    local function clip(text) return text:sub(1, 3) end
    local task = swerve.tasks.custom {
      name = "copy", alphabet = "abc>.", stop = ".", limit = 4, longest_prompt = 4,
      prompt = function(rng)
        if rng:below(3) == 0 then return clip(data:draw(rng).word) .. ">" end
        return words[rng:within(1, #words)] .. ">"
      end,
      solution = function(prompt) return parts.answer(prompt) end,
    }
    local base = swerve.pretrain {
      name = "base", model = { layers = 1, heads = 1, width = o.width, context = 12 }, task = task, steps = 3, batch = 2, seed = 4,
      lr = 1e-2,
    }
    return swerve.finetune {
      name = "tuned", from = base, task = task, updates = 1, episodes = 2, minibatch = 2, lr = o.lr,
      kl = { coef = 1, rule = rule },
    }
    """
  private static let parts = """
    local parts = {}
    function parts.answer(prompt) return prompt:sub(1, -2) end
    return parts
    """
  private static let data = "{\"word\": \"ca\"}\n{\"word\": \"bc\"}\n"

  private struct Edit: CustomStringConvertible {
    let file: String
    let old: String
    let new: String
    /// Whether it changes nothing that pre-training depends on.
    let isNeutral: Bool
    var description: String { "\(file): \(old) -> \(new)" }
  }

  private static let edits = [
    Edit(file: "own.lua", old: "t.certainty ^ 2", new: "t.certainty ^ 5", isNeutral: true),
    Edit(file: "own.lua", old: "t.certainty ^ 2", new: "t.certainty\n  ^ 3\n", isNeutral: true),
    Edit(file: "own.lua", old: "lr = 1e-3,", new: "lr = 2e-3,", isNeutral: true),
    Edit(file: "own.lua", old: "local words", new: "-- the words\nlocal words", isNeutral: true),
    Edit(
      file: "own.lua", old: "kl = { coef = 1, rule = rule }", new: "kl = { coef = 2, rule = rule }", isNeutral: true),
    Edit(
      file: "own.lua", old: "function(prompt) return parts.answer(prompt)", new: "function(p) return parts.answer(p)",
      isNeutral: true),
    Edit(file: "parts.lua", old: "local parts = {}", new: "-- parts\n\nlocal parts = {}", isNeutral: true),
    Edit(file: "own.lua", old: "\"aab\" }", new: "\"bba\" }", isNeutral: false),
    Edit(file: "own.lua", old: "rng:below(3)", new: "rng:below(2)", isNeutral: false),
    Edit(file: "own.lua", old: "text:sub(1, 3)", new: "text:sub(2, 3)", isNeutral: false),
    Edit(file: "own.lua", old: "limit = 4", new: "limit = 5", isNeutral: false),
    Edit(file: "own.lua", old: "width = 8", new: "width = 16", isNeutral: false),
    Edit(file: "own.lua", old: "batch = 2", new: "batch = 3", isNeutral: false),
    Edit(file: "own.lua", old: "seed = 4", new: "seed = 5", isNeutral: false),
    Edit(file: "own.lua", old: "name = \"copy\"", new: "name = \"copies\"", isNeutral: false),
    Edit(file: "parts.lua", old: "prompt:sub(1, -2)", new: "prompt:sub(1, -2):reverse()", isNeutral: false),
    Edit(file: "words.jsonl", old: "\"ca\"", new: "\"cb\"", isNeutral: false),
  ]

  private func project() throws -> TestProject {
    let project = try TestProject()
    try project.write("own.lua", Self.script)
    try project.write("parts.lua", Self.parts)
    try project.write("words.jsonl", Self.data)
    return project
  }

  private func run(_ project: TestProject, _ arguments: [String]) throws -> Program.Outcome {
    let outcome = try Program.run(["run", "own.lua", "--quiet"] + arguments, in: project.folder.url)
    try #require(outcome.status == 0, "\(outcome.all)")
    return outcome
  }

  private func isTaken(_ outcome: Program.Outcome) -> Bool { outcome.errors.contains("taken from") }

  private func weights(_ project: TestProject, _ run: String) throws -> Data {
    try Data(contentsOf: project.folder.file(run + "/checkpoints/base.safetensors"))
  }

  /// `make test-long` draws more.
  private static let environment = ProcessInfo.processInfo.environment
  private static let count = environment["SWERVE_EXPERIMENTS"].flatMap { Int($0) } ?? 24
  private static let first = environment["SWERVE_SEED"].flatMap { UInt64($0) } ?? 1

  /// Edits at random, one on top of the other. What comes from the cache is what would be computed.
  @Test func givesTheWeightsThatWouldBeComputedAfterAnyEdit() throws {
    var random = SplitMix(seed: Self.first)
    var project = try project()
    _ = try run(project, ["--out", "runs/start"])
    var (taken, edited) = (0, 0)
    for number in 0..<Self.count {
      let edit = Self.edits[Int(random.next() % UInt64(Self.edits.count))]
      guard try project.folder.text(edit.file).contains(edit.old) else { continue }
      try project.edit(edit.file, edit.old, edit.new)
      let outcome = try Program.run(["run", "own.lua", "--out", "runs/\(number)"], in: project.folder.url)
      try #require(outcome.status == 0, "seed \(Self.first), \(edit): \(outcome.all)")
      _ = try run(project, ["--out", "plain/\(number)", "--no-cache"])
      #expect(
        try weights(project, "runs/\(number)") == weights(project, "plain/\(number)"),
        "seed \(Self.first), draw \(number): \(edit)")
      #expect(isTaken(outcome) == edit.isNeutral, "seed \(Self.first), draw \(number): \(edit)")
      taken += isTaken(outcome) ? 1 : 0
      edited += 1
      if edited % 6 == 0 {
        project = try self.project()
        _ = try run(project, ["--out", "runs/start"])
      }
    }
    #expect(edited > Self.count / 3 && taken > 0 && taken < edited, "seed \(Self.first): \(taken) of \(edited)")
  }

  @Test func takesAStageWithAnotherSeedOrOptionOfALaterStage() throws {
    let project = try project()
    _ = try run(project, ["--out", "runs/a"])
    for (name, arguments) in [("b", ["--seed", "2"]), ("c", ["--set", "lr=5e-3"])] {
      let outcome = try Program.run(["run", "own.lua", "--out", "runs/\(name)"] + arguments, in: project.folder.url)
      #expect(outcome.errors.contains("stage base: 3 steps taken from runs/.stages/"), "\(outcome.all)")
      #expect(try weights(project, "runs/a") == weights(project, "runs/\(name)"))
      #expect(try project.run("replay", "runs/\(name)").output == "replayed 4 steps: identical\n")
    }
    #expect(try project.digest("runs/a") != project.digest("runs/b"))
  }

  /// What functions look at besides what they reach.
  @Test(arguments: [
    ("rng:below(3) == 0", "math.random() < 0.3"), ("rng:below(3) == 0", "#tostring({}) > 11"),
    ("rng:below(3) == 0", "select(2, pcall(error, 'x')) == 'x'"),
    ("parts.answer(prompt)", "require('parts').answer(prompt)"),
    ("parts.answer(prompt)", "o.lr > 0 and parts.answer(prompt)"),
  ])
  func computesAStageAgainWhoseFunctionsLookAtMore(_ old: String, _ new: String) throws {
    let project = try project()
    try project.edit("own.lua", old, new)
    _ = try run(project, ["--out", "runs/a"])
    // The same script is the same stage.
    let same = try Program.run(["run", "own.lua", "--out", "runs/b"], in: project.folder.url)
    #expect(isTaken(same), "\(same.all)")
    let other = try Program.run(["run", "own.lua", "--out", "runs/c", "--set", "lr=5e-3"], in: project.folder.url)
    #expect(other.status == 0 && !isTaken(other), "\(other.all)")
  }
}

/// SplitMix64: the same draws in every process.
private struct SplitMix: RandomNumberGenerator {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }
}
