import LuaRuntime
import Testing

@testable import SwerveScript

/// Scripts that are wrong as a whole, and limits.
@Suite struct ScriptErrorTests {
  @Test(arguments: [
    ("", "nil"), ("return nil", "nil"), ("return {}", "an empty table"), ("return 3", "3 (number)"),
    ("return { stage = 1 }", "a table"), ("return task", "a task"),
  ])
  func rejectsAScriptThatReturnsNoStages(script: String, found: String) throws {
    let error = try #require(failure(script))
    #expect(error.description == "examples/test.lua: a script must return a stage or a list of stages, got \(found)")
    #expect(error.hint == "end the script with `return swerve.finetune { ... }`")
  }

  @Test func rejectsAnythingElseInAListOfStages() throws {
    let error = try #require(
      failure("return { swerve.finetune { from = 'm', task = task, updates = 1, lr = 0 }, 'x' }"))
    #expect(error.message == "a script must return a list of stages, but element 2 is \"x\" (string)")
  }

  @Test func rejectsTwoStagesOfOneName() throws {
    let error = try #require(
      failure(
        """
        local function tune() return swerve.finetune { name = 'x', from = 'm', task = task, updates = 1, lr = 0 } end
        local a = tune()
        return { a,
          swerve.finetune { name = 'x', from = a, task = task, updates = 1, lr = 0 } }
        """))
    #expect(error.message == "two stages are named 'x': this one and the one at examples/test.lua:2")
    #expect(error.place == ScriptPlace(file: "examples/test.lua", line: 5))
  }

  @Test func namesTheLineOfASyntaxError() throws {
    let error = try #require(failure("\nlocal = 3"))
    #expect(error.description == "examples/test.lua:3: <name> expected near '='")
    #expect(error.kind == .script)
  }

  @Test func reportsLineAndFramesOfAnErrorOfTheScript() throws {
    let error = try #require(failure("local function f()\nerror('no good')\nend\nlocal x = f()\nreturn x"))
    #expect(error.description == "examples/test.lua:3: no good")
    #expect(error.traceback == ["examples/test.lua:3: in function 'f'", "examples/test.lua:5: in main chunk"])
  }

  @Test func namesAMissingModule() throws {
    let error = try #require(failure("local x = require 'parts'"))
    #expect(
      error.description
        == "examples/test.lua:2: module \"parts\" not found: there is no parts.lua in the script's folder")
  }

  @Test(arguments: ["../secret", "a/b", "/etc/passwd", "a..b", "", ".a", "a\\\\b"])
  func rejectsAModuleNameThatHidesAPath(name: String) throws {
    let error = try #require(failure("local x = require '\(name)'", modules: [(name, "return 1")]))
    #expect(
      error.message.hasPrefix("the name of a module is letters, digits and '_' in parts that dots separate, got "))
  }

  @Test func namesTheModuleOfAnError() throws {
    let error = try #require(failure("local x = require 'parts'", modules: [("parts", "\n\nswerve = 1 .. nil")]))
    #expect(error.place == ScriptPlace(file: "examples/parts.lua", line: 3))
  }

  @Test func stopsAScriptThatHangs() throws {
    let error = try #require(failure("while true do end", limits: LuaLimits(instructions: 1_000_000)))
    #expect(error.description == "examples/test.lua:2: the instruction limit of 1000000 was reached")
    #expect(error.kind == .limit("instructions"))
  }

  @Test func stopsAHookThatHangs() throws {
    let experiment = try load(
      finetune("vf = function()\nwhile true do end end"), limits: LuaLimits(instructions: 1_000_000))
    let error = try #require(failure { _ = try experiment.finetunePlan?.valueCoefficient.value(3, []) })
    #expect(
      error.description
        == "examples/test.lua:3: option 'vf' of stage 'rl' at step 3: the instruction limit of 1000000 was reached")
    #expect(error.kind == .limit("instructions"))
  }

  @Test func givesEveryCallOfAHookItsOwnLimit() throws {
    let experiment = try load(
      finetune("vf = function() for i = 1, 400000 do end return 1 end"), limits: LuaLimits(instructions: 1_000_000))
    for step in 1...5 { #expect(try experiment.finetunePlan?.valueCoefficient.value(step, []) == 1) }
  }

  @Test func rejectsAHookThatOutlivesItsExperiment() throws {
    let plan = try #require(try load(finetune("vf = function() return 1 end")).finetunePlan)
    let error = try #require(failure { _ = try plan.valueCoefficient.value(3, []) })
    #expect(error.message == "the Lua state was closed")
  }

  /// A model of 64 tokens, and 3-digit sums that need more.
  @Test(
    arguments: [
      (
        "return base(64)", 2, "stage 'pretrain': a training text may have 242 tokens, but the model's context is 64"
      ),
      ("return base(241)", 0, nil),
      (
        "return base(241, { every = 1, sets = { comfort = 1 } })", 2,
        "stage 'pretrain': a text of set comfort may take 242 tokens, but the model's context is 241"
      ),
      (
        "return swerve.finetune { from = base(312), task = task, updates = 1, lr = 0 }", 3,
        "stage 'finetune': a text of set training may take 313 tokens, but the model's context is 312"
      ),
      (
        "return swerve.finetune { from = base(313), task = task, updates = 1, lr = 0, eval = { every = 1, sets = "
          + "{ plus2 = 3 } } }", 3,
        "stage 'finetune': a text of set plus2 may take 390 tokens, but the model's context is 313"
      ),
    ] as [(String, Int, String?)])
  func findsATextThatIsTooLongForTheModelBeforeTraining(script: String, line: Int, message: String?) throws {
    let base =
      "local function base(n, e) return (swerve.pretrain { task = task, steps = 1, lr = 0, eval = e, "
      + "model = { layers = 1, heads = 1, width = 4, context = n } }) end\n"
    let error = failure(base + script)
    #expect(error?.message == message)
    #expect(error?.place == message.map { _ in ScriptPlace(file: "examples/test.lua", line: line) })
  }

  @Test func findsTheScriptsLineThroughTailCalls() throws {
    let error = try #require(
      failure(
        "local x = require 'parts'", modules: [("parts", "\nlocal s = require('swerve').anneal\nreturn s.linear {}")]))
    #expect(error.message.hasPrefix("option 'from' of anneal.linear is missing"))
    #expect(error.place?.file.hasPrefix("examples/") == true)
  }

  /// Lua cuts long names of chunks; errors name the file in full all the same.
  @Test func namesALongPathInFull() throws {
    let path = "examples/" + String(repeating: "long/", count: 20) + "test.lua"
    func error(_ text: String) -> ScriptError? {
      failure {
        let script = ScriptFile(path: path, text: head + text)
        let loaded = try ScriptedExperiment.load(script, seed: 1, library: TestSources()) { _ in }
        _ = try loaded.finetunePlan?.valueCoefficient.value(1, [])
      }
    }
    #expect(error("error('x')")?.description == "\(path):2: x")
    #expect(error("swerve.finetune { x = 1 }")?.place == ScriptPlace(file: path, line: 2))
    #expect(error(finetune("vf = function() return nil end"))?.place == ScriptPlace(file: path, line: 2))
    let same =
      "local function f() return swerve.finetune { name = 'x', from = 'm', task = task, updates = 1, lr = 0 } end\n"
    #expect(
      error(same + "return { f(), f() }")?.message == "two stages are named 'x': this one and the one at \(path):2")
  }

  @Test func limitsTheWorkThatAScriptMakesForTheHost() throws {
    let chain =
      "local s = 'm'\nfor i = 1, 1001 do\n"
      + "s = swerve.finetune { from = s, task = task, updates = 1, lr = 0 } end return s"
    #expect(failure(chain)?.description == "examples/test.lua:4: at most 1000 stages can start one from the other")
    let list =
      "local s = swerve.finetune { from = 'm', task = task, updates = 1, lr = 0 }\nlocal l = {}\n"
      + "for i = 1, 1001 do l[i] = s end return l"
    #expect(failure(list)?.message == "a script must return at most 1000 stages, got 1001")
    let names = "local o = {}; for i = 1, 1001 do o['x' .. i] = i end swerve.options(o)"
    #expect(failure(names)?.message == "argument 'defaults' must have at most 1000 names, got 1001")
    let cut = String(repeating: "x", count: 60) + "..."
    #expect(
      failure("swerve.finetune { [('x'):rep(100000)] = 1 }")?.message == "unknown option '\(cut)' of swerve.finetune")
    #expect(failure("swerve.finetune { ['a\\nb'] = 1 }")?.message == "unknown option 'a\\nb' of swerve.finetune")
  }
}
