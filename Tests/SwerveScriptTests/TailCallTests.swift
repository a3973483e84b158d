import Testing

@testable import SwerveScript

/// A call that is the last thing a file does has no line left when it fails: the file is named, not a line of another one.
@Suite struct TailCallTests {
  private let wrong = "unknown option 'aplha' of rules.certainty; did you mean 'alpha'?"

  private func refusal(_ module: String, _ script: String = "local rule = require 'mine'") -> ScriptError? {
    failure("\n" + script, modules: [("mine", "local rules = require 'swerve.rules'\n" + module)])
  }

  @Test func namesTheModuleForItsLastCall() throws {
    let error = try #require(refusal("return rules.certainty { aplha = 20 }"))
    #expect(error.place == ScriptPlace(file: "examples/mine.lua", line: 0))
    #expect(error.description == "examples/mine.lua: \(wrong)")
  }

  @Test func keepsTheLinesOfAModulesOtherCalls() throws {
    let plain = try #require(refusal("local rule = rules.certainty { aplha = 20 }"))
    #expect(plain.description == "examples/mine.lua:2: \(wrong)")
    let guarded = try #require(
      refusal("\nlocal _, problem = pcall(rules.certainty, { aplha = 20 })\nerror(problem, 0)"))
    #expect(guarded.description == "examples/mine.lua:3: \(wrong)")
  }

  @Test func namesTheCallersLineForAFunctionOfAModule() throws {
    let error = try #require(
      refusal(
        "return function() return rules.certainty { aplha = 20 } end", "local make = require 'mine'\nlocal r = make()"))
    #expect(error.description == "examples/test.lua:4: \(wrong)")
  }

  @Test func namesTheScriptForItsLastCall() throws {
    let error = try #require(failure("return rules.certainty { aplha = 20 }"))
    #expect(error.description == "examples/test.lua: \(wrong)")
  }

  /// What a rule is refused for later is about the same place.
  @Test func namesTheFileOfARuleThatItsLastCallMade() throws {
    let script = finetune("kl = { coef = 1, rule = require 'mine' }")
    let module = "return require 'swerve.rules'.certainty { alpha = function() return -1 end }"
    let experiment = try load(script, modules: [("mine", module)])
    defer { withExtendedLifetime(experiment) {} }
    let rule = experiment.finetunePlan?.kl.rule
    let error = try #require(failure { _ = try rule?.weights(TestBatch().columns(), in: TestBatch.context(1)) })
    #expect(error.place?.file == "examples/mine.lua", "\(error)")
  }
}
