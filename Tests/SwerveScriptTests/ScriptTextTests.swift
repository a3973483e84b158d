import LuaRuntime
import SwerveRL
import SwerveTensor
import SwerveText
import Testing

@testable import SwerveScript

/// Text of scripts is its bytes: what Unicode calls equivalent is different, and what is not UTF-8 is no text.
@Suite struct ScriptTextTests {
  /// Texts of one or two tokens that Swift's String calls equal.
  static let equivalent = [
    ("\u{e5}", "a\u{30a}"), ("\u{212b}", "\u{c5}"), ("\u{1fef}", "`"), ("\u{37e}", ";"),
    ("\u{d55c}", "\u{1112}\u{1161}\u{11ab}"),
  ]

  private func problem(right: String, wrong: String) throws -> (problem: any Problem, owner: ScriptedExperiment) {
    let alphabet = (right + wrong).unicodeScalars.map { String($0) }
    let experiment = try load(
      """
      return swerve.pretrain { model = { layers = 1, heads = 1, width = 8, context = 16 }, steps = 1, lr = 0.01, \
      task = swerve.tasks.custom { alphabet = '>.\(alphabet.joined())', stop = '.', longest_prompt = 2, limit = 5, \
      prompt = function(rng) return '>' end, solution = function() return '\(right)' end } }
      """)
    let task = try #require(experiment.pretrainPlan?.task)
    var random = RandomStream(seed: 3, purpose: "test").cursor(step: 1, row: 0)
    return (try task.problem(in: .training, using: &random), experiment)
  }

  @Test(arguments: equivalent)
  func rewardsOnlyAnAnswerOfTheSameBytes(_ a: String, _ b: String) throws {
    for (right, wrong) in [(a, b), (b, a)] {
      let (problem, owner) = try problem(right: right, wrong: wrong)
      let rewards = try withExtendedLifetime(owner) {
        try [right, wrong].map { try problem.reward(generated: $0 + ".") }
      }
      #expect(rewards == [1, 0])
    }
  }

  @Test(arguments: equivalent)
  func keepsTheBytesOfAnOption(_ a: String, _ b: String) throws {
    var printed = ""
    let experiment = try load(
      """
      local o = swerve.options { word = "\(a)" }
      print(o.word == "\(a)", o.word == "\(b)")
      return swerve.pretrain { model = { layers = 1, heads = 1, width = 8, context = 512 }, task = task, steps = 1, lr = 1 }
      """, options: [(key: "word", value: b)]
    ) { printed += $0 }
    #expect(printed == "false\ttrue\n")
    guard case .string(let word)? = experiment.options.first?.value else { return #expect(Bool(false), "no option") }
    #expect(word.isExactly(b))
  }

  private static let stage =
    "swerve.pretrain { model = { layers = 1, heads = 1, width = 8, context = 512 }, task = task, "
  private static let custom = "swerve.tasks.custom { longest_prompt = 2, limit = 3, stop = '.', "

  @Test(arguments: [
    ("swerve.options { word = 'na\\xEFve' }", "option 'word' must be a finite number, a string, true or false"),
    ("swerve.options { ['na\\xEFve'] = 1 }", "must map names to values, got the key"),
    ("swerve.text 'na\\xEFve.txt'", "argument 'path' must be a string"),
    (stage + "steps = 1, lr = 1, name = 'na\\xEFve' }", "option 'name' must be a string"),
    ("swerve.finetune { from = 'na\\xEFve.safetensors', task = task }", "option 'from' must be"),
    (custom + "alphabet = 'ab\\xEF.' }", "option 'alphabet' must be"),
    (custom + "alphabet = { 'a', '\\xEF', '.' } }", "option 'alphabet' must be"),
    ("require 'na\\xEFve'", "require needs the name of a module"),
  ])
  func rejectsAStringThatIsNotUTF8AtItsLine(_ script: String, _ message: String) throws {
    let error = try #require(failure("local x = \(script)"))
    #expect(error.message.containsExactly(message), "\(error.message)")
    #expect(error.place == ScriptPlace(file: "examples/test.lua", line: 2))
    if !script.containsExactly("{ 'a'") { #expect(error.message.containsExactly("not UTF-8"), "\(error.message)") }
  }

  @Test(arguments: ["prompt", "solution"])
  func rejectsAHookThatReturnsNoUTF8(_ hook: String) throws {
    var parts = ["prompt": "'>'", "solution": "'b'"]
    parts[hook] = "'\\xFF'"
    // U+FFFD is in the alphabet, so that a repaired string would pass.
    let experiment = try load(
      """
      return \(Self.stage.replacing("task = task", with: "task = " + Self.custom + """
        alphabet = '>b\u{fffd}.', prompt = function() return \(parts["prompt"] ?? "") end,
        solution = function() return \(parts["solution"] ?? "") end }
        """)) steps = 1, lr = 1 }
      """)
    let error = failure {
      var random = RandomStream(seed: 3, purpose: "test").cursor(step: 1, row: 0)
      _ = try experiment.pretrainPlan?.task.problem(in: .training, using: &random)
    }
    #expect(
      error?.message.containsExactly("must return a string, got \"\\xFF\" (a string that is not UTF-8)") ?? false,
      "\(String(describing: error))")
  }

  @Test func comparesBytesInTestsOfScripts() throws {
    let text = """
      local testing = require "swerve.testing"
      testing.case("same", function() testing.equal({ "\\xC3", ["\\xFE"] = 1 }, { "\\xC3", ["\\xFE"] = 1 }) end)
      testing.case("other", function() testing.equal("\\xC3", "\\xC4") end)
      """
    let cases = try ScriptAPI.runTests(ScriptFile(path: "a_test.lua", text: text), library: TestSources()) { _ in }
    guard case .passed = cases[0].verdict, case .failed(let found) = cases[1].verdict else {
      return #expect(Bool(false), "\(cases)")
    }
    #expect(found.expected == "\"\\xC4\"" && found.found == "\"\\xC3\"")
  }

  @Test func skipsAByteOrderMarkInFrontOfAScriptAndItsModules() throws {
    let mark = "\u{feff}"
    var printed = ""
    let library = TestSources(modules: [("part", mark + "# for a shell\nreturn 'part'")])
    func load(_ text: String) throws {
      _ = try ScriptedExperiment.load(
        ScriptFile(path: "examples/marked.lua", text: text), seed: 1, library: library, output: { printed += $0 })
    }
    let stage =
      "local swerve = require 'swerve'; local task = swerve.tasks.addition { comfort = 1 }; return \(Self.stage)"
    try load(mark + "print(require 'part'); \(stage) steps = 1, lr = 1 }")
    #expect(printed == "part\n")
    let error = failure { try load(mark + "#!/usr/bin/env swerve\n\nlocal x = = 1") }
    #expect(error?.place == ScriptPlace(file: "examples/marked.lua", line: 3))
    // In the middle it is what Lua says it is.
    #expect(failure { try load("local x = \(mark)1") }?.place?.line == 1)
  }

  /// Lua cuts long names from the left, here through a character.
  @Test(arguments: 0..<4)
  func namesTheFileOfAnErrorInALongPath(_ shift: Int) {
    let path = String(repeating: "\u{e9}", count: 40) + String(repeating: "x", count: shift) + ".lua"
    let error = failure {
      _ = try ScriptedExperiment.load(
        ScriptFile(path: path, text: "error 'here'"), seed: 1, library: TestSources(), output: { _ in })
    }
    #expect(error?.place?.file.isExactly(path) ?? false, "\(String(describing: error?.place))")
  }
}
