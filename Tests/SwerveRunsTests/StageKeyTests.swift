import SwerveFiles
import SwerveRL
import SwerveTestSupport
import Testing

@testable import SwerveRuns

/// The keys of the stage cache, against those of earlier programs: another key would compute every stage anew.
@Suite struct StageKeyTests {
  private static let script = """
    local swerve = require "swerve"
    local first = swerve.pretrain {
      name = "first", model = { layers = 1, heads = 2, width = 16, context = 300, positions = "rotary" },
      task = swerve.tasks.addition { comfort = 1 }, steps = 2, batch = 3, seed = 5,
      lr = function(step) return step * 1e-3 end, eval = { every = 2, sets = { plus1 = 1, comfort = 2 }, greedy = false, temperature = 0.5 },
    }
    local second = swerve.pretrain {
      name = "second", from = first, task = swerve.tasks.addition { comfort = 1 }, steps = 1, batch = 2, lr = 1e-3,
      random_positions = false, decay = 0, beta2 = 0.95,
    }
    local copying = swerve.tasks.custom {
      alphabet = "abc>\\n", prompt = function(rng) return ("abc"):sub(rng:within(1, 3)) .. ">" end,
      solution = function(prompt) return prompt:sub(1, -2) end, longest_prompt = 4, limit = 4,
    }
    local own = swerve.pretrain {
      name = "own", model = { layers = 1, heads = 1, width = 8, context = 16 }, task = copying, steps = 2, batch = 2,
      lr = function(step, metrics) return (metrics.loss or 1) * 1e-3 end,
    }
    return { second, own, swerve.finetune { name = "rl", from = second, task = swerve.tasks.addition { comfort = 1 }, updates = 1, lr = 0 } }
    """

  /// What two keys were made of, with the program's version and that of its math.
  private static func first(_ version: String, _ math: Int) -> String {
    #"{"swerve_stage_key":1,"swerve":"\#(version)","math":"exact","math_version":\#(math),"seed":5,"stage":"first","#
      + #""source":null,"model":{"model":"gpt2","layers":"1","heads":"2","width":"16","context":"300","vocabulary":"41","#
      + #""positions":"rotary","value_head_width":"0","alphabet":"\n 0123456789+,-/:<=>[]ACDEINTaceghnprstu%"},"#
      + #""task":"addition comfort 1 plus 0 hard - share 0.0","steps":2,"batch":3,"#
      + #""optimizer":{"beta1":0.9,"beta2":0.99,"epsilon":1e-08,"decay":0.1,"max_grad_norm":1.0},"random_positions":true,"#
      + #""evaluation":{"every":2,"greedy":false,"temperature":0.5,"samples":3,"#
      + #""sets":[{"name":"comfort","episodes":2},{"name":"plus1","episodes":1}]},"#
      + #""lr":"02a3761607a429f16e9be80270e89062bc79ec2aa2d2a7b3366b0f1b2e06eccf"}"#
  }

  private static func second(_ version: String, _ math: Int) -> String {
    #"{"swerve_stage_key":1,"swerve":"\#(version)","math":"exact","math_version":\#(math),"seed":1,"stage":"second","#
      + #""source":"18fbe1df7d320d5790ebf477cfd35a6ed090c1370425aa13db6e52fd1b2594c9","#
      + #""model":{"model":"gpt2","layers":"1","heads":"2","width":"16","context":"300","vocabulary":"41","#
      + #""positions":"rotary","value_head_width":"0","alphabet":"\n 0123456789+,-/:<=>[]ACDEINTaceghnprstu%"},"#
      + #""task":"addition comfort 1 plus 0 hard - share 0.0","steps":1,"batch":2,"#
      + #""optimizer":{"beta1":0.9,"beta2":0.95,"epsilon":1e-08,"decay":0.0,"max_grad_norm":1.0},"random_positions":false,"#
      + #""evaluation":null,"lr":"cbaeb13b058b5c826537fbc51a67c2ad4d9cc0b6648d9d880746d4bb49804474"}"#
  }

  private func load(_ folder: TemporaryFolder) throws -> LoadedScript {
    try POSIXFile.writeAtomically(Self.script, to: folder.file("keys.lua"))
    return try LoadedScript.load(folder.file("keys.lua"), RunSettings()) { _ in }
  }

  private func key(_ stage: String, _ script: LoadedScript, source: String?) throws -> StageKey? {
    StageKey(try #require(script.plan.stages.first { $0.name == stage }), script, source: source)
  }

  @Test func makesTheKeyOfEarlierPrograms() throws {
    let folder = try TemporaryFolder()
    let script = try load(folder)
    #expect(Digest.of(Self.first("0.1.0", 3)).hasPrefix("e52d50d640bce1857cf0b676fac76bfc"), "as recorded")
    #expect(Digest.of(Self.second("0.1.0", 3)).hasPrefix("1bf86830996f0cdb2e557c43b95c5a5d"), "as recorded")
    let math = script.inputs.mathVersion
    #expect(try key("first", script, source: nil)?.facts.compact() == Self.first(swerveVersion, math))
    let source = "18fbe1df7d320d5790ebf477cfd35a6ed090c1370425aa13db6e52fd1b2594c9"
    #expect(try key("second", script, source: source)?.facts.compact() == Self.second(swerveVersion, math))
  }

  @Test func includesTheWholeScriptWhereItsFunctionsDecide() throws {
    let folder = try TemporaryFolder()
    let facts = try #require(try key("own", try load(folder), source: nil)?.facts)
    let names = [
      "swerve_stage_key", "swerve", "math", "math_version", "seed", "stage", "source", "model", "task", "steps",
      "batch", "optimizer", "random_positions", "evaluation", "script", "files", "options", "limits", "run_seed",
    ]
    #expect(facts.members?.map(\.key) == names)
    #expect(facts["task"] == .null)
  }

  /// Only without a schedule that needs metrics, which may look at anything.
  @Test func holdsWhatFunctionsReachInPlaceOfTheScript() throws {
    let folder = try TemporaryFolder()
    let text = Self.script.replacing(
      "lr = function(step, metrics) return (metrics.loss or 1) * 1e-3 end", with: "lr = 1e-3")
    try POSIXFile.writeAtomically(text, to: folder.file("keys.lua"))
    func key(_ text: String, seed: UInt64 = 1) throws -> StageKey? {
      try POSIXFile.writeAtomically(text, to: folder.file("keys.lua"))
      var settings = RunSettings()
      settings.seed = seed
      let script = try LoadedScript.load(folder.file("keys.lua"), settings) { _ in }
      let stage = try #require(script.plan.stages.first { $0.name == "own" })
      return StageKey(stage, script, source: nil, scope: .functions)
    }
    let first = try #require(try key(text))
    let names = [
      "swerve_stage_key", "swerve", "math", "math_version", "seed", "stage", "source", "model", "task", "steps",
      "batch", "optimizer", "random_positions", "evaluation", "lr", "functions", "models", "limits",
    ]
    #expect(first.facts.members?.map(\.key) == names && first.facts["swerve_stage_key"] == 2)
    #expect(try key("-- a line\n" + text.replacing("updates = 1", with: "updates = 2")) == first)
    #expect(try key(text.replacing("sub(1, -2)", with: "sub(1, -3)")) != first)
    #expect(try key(text, seed: 2) != first, "the stage has no seed of its own")
    #expect(try key(Self.script) == nil)
    let builtIn = try load(folder)
    let stage = try #require(builtIn.plan.stages.first { $0.name == "first" })
    #expect(StageKey(stage, builtIn, source: nil, scope: .functions) == nil)
  }

  @Test func makesNoKeyOfAStageThatDoesNotSayWhatDecidesIt() throws {
    let folder = try TemporaryFolder()
    #expect(try key("rl", try load(folder), source: "x") == nil)
  }
}
