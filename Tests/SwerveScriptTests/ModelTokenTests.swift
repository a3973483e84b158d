import Foundation
import LuaRuntime
import SwerveModel
import SwerveRL
import SwerveTensor
import SwerveTestSupport
import Testing

@testable import SwerveScript

/// Custom tasks without an alphabet: their tokens are those of the model that a stage starts from.
@Suite struct ModelTokenTests {
  private let scripts = ModelTokenScripts()

  @Test func takesTheTokensOfTheStagesModel() throws {
    let experiment = try scripts.load(
      scripts.stage("prompt = function() return '12 = ' end, solution = function() return '34' end, limit = 3"))
    try withExtendedLifetime(experiment) {
      let stage = try #require(experiment.plan.stages.first)
      #expect(stage.tokenizer.identity == ModelTokenScripts.tokenizer().identity)
      let problem = try experiment.problem()
      #expect(problem.prompt == "12 = " && problem.solution == "34\n" && problem.episodeLimit == 3)
      #expect(try problem.reward(generated: "34\n") == 1 && problem.reward(generated: "34") == 0)
      #expect(try problem.endedByModel().reward(generated: "34") == 1)
      #expect(experiment.checkpointPaths == ["m.gguf"])
    }
  }

  @Test func usesOneTaskInSeveralStagesAndReadsAModelOnce() throws {
    var scripts = scripts
    scripts.models.append(("b.gguf", ModelText(name: "b.gguf", tokenizer: try CharacterTokenizer(alphabet: "abc\n"))))
    var read: [String] = []
    scripts.onRead = { read.append($0) }
    let experiment = try scripts.load(
      """
      local copy = swerve.tasks.custom { prompt = function() return 'abc' end, reward = function() return 1 end }
      local function tune(from) return swerve.finetune { from = from, task = copy, updates = 1, lr = 1e-4, group = 1 } end
      local first = tune 'm.gguf'
      return { first, tune(first), tune 'b.gguf', tune 'm.gguf' }
      """)
    withExtendedLifetime(experiment) {
      let kinds = experiment.plan.stages.map(\.tokenizer.identity.kind)
      #expect(kinds == ["pieces", "pieces", "characters", "pieces"])
      #expect(read == ["m.gguf", "b.gguf"])
    }
  }

  @Test func readsNoModelForATaskWithAnAlphabet() throws {
    var scripts = scripts
    scripts.onRead = { Issue.record("\($0) was read") }
    _ = try scripts.load(
      "return swerve.finetune { from = 'm.gguf', task = task, updates = 1, lr = 1e-4 }")
    let custom = "alphabet = 'ab\\n', prompt = function() return 'a' end, reward = function() return 1 end"
    _ = try scripts.load(scripts.stage(custom))
  }

  @Test(arguments: [
    (
      "return swerve.pretrain { model = { layers = 1, heads = 1, width = 8, context = 512 }, steps = 1, lr = 0.01, task = text }",
      "task 'custom' has no `alphabet`, so its tokens are those of the model that a stage starts from, but this stage has no "
        + "option 'from'"
    ),
    ("return swerve.finetune { from = 'x.gguf', updates = 1, lr = 0.01, task = text }", "there is no model x.gguf"),
  ])
  func rejectsAStageWithoutSuchAModelAtItsLine(_ stage: String, _ message: String) {
    let task =
      "local text = swerve.tasks.custom { prompt = function() return 'a' end, reward = function() return 1 end }\n"
    let error = scripts.failure(task + stage)
    #expect(error?.message == message)
    #expect(error?.place == ScriptPlace(file: "examples/test.lua", line: 3))
    #expect(error?.hint != nil)
    #expect(error?.category == (message.contains("x.gguf") ? .data : .script))
  }

  @Test(arguments: [
    ("limit = 2, solution = function() return '1234' end", "\"1234\\n\" has 3 tokens, but option 'limit' is 2"),
    ("longest_prompt = 1", "\"12 = \" has 2 tokens, but option 'longest_prompt' is 1"),
    ("stop = { '34', '!' }, solution = function() return '1!2' end", "the solution \"1!2\" has the stop \"!\" in it"),
  ])
  func countsLimitsInTokens(_ options: String, _ message: String) throws {
    let reward = options.contains("solution") ? "" : "reward = function() return 1 end,"
    let experiment = try scripts.load(scripts.stage("prompt = function() return '12 = ' end, \(reward) \(options)"))
    let error = failure { _ = try withExtendedLifetime(experiment) { try experiment.problem() } }
    #expect(error?.message.contains(message) ?? false, "\(String(describing: error))")
  }

  @Test func countsTheTokensThatEveryTextBeginsWith() throws {
    var scripts = scripts
    var tokenizer = ModelTokenScripts.tokenizer()
    tokenizer.beginTokens = [0]
    scripts.models = [("m.gguf", ModelText(name: "m.gguf", tokenizer: tokenizer))]
    func problem(_ options: String) throws -> any Problem {
      let experiment = try scripts.load(
        scripts.stage("prompt = function() return '12 = ' end, solution = function() return '3' end, \(options)"))
      return try withExtendedLifetime(experiment) { try experiment.problem() }
    }
    // The answer, "3" and the stop, begins no text.
    #expect(try problem("longest_prompt = 3, limit = 2").prompt == "12 = ")
    let error = failure { _ = try problem("longest_prompt = 2, limit = 2") }
    #expect(
      error?.message.contains(
        "\"12 = \" has 3 tokens, with 1 that the tokenizer begins every text with, but option 'longest_prompt' is 2")
        ?? false, "\(String(describing: error))")
  }

  /// SmolLM2's vocabulary lacks some bytes, too.
  @Test func namesTheByteThatTheModelsTokensLack() throws {
    var scripts = scripts
    let vocabulary = Dictionary(
      uniqueKeysWithValues: (0x21...0x7e).enumerated().map { (String(Unicode.Scalar(UInt8($1))), $0) })
    let json: [String: Any] = [
      "pre_tokenizer": ["type": "ByteLevel", "add_prefix_space": false], "decoder": ["type": "ByteLevel"],
      "model": ["type": "BPE", "merges": [String](), "vocab": vocabulary],
    ]
    let tokenizer = try SubwordTokenizer(json: [UInt8](JSONSerialization.data(withJSONObject: json)))
    scripts.models = [("m.gguf", ModelText(name: "m.gguf", tokenizer: tokenizer))]
    let experiment = try scripts.load(
      scripts.stage("prompt = function() return 'a\\x04' end, reward = function() return 1 end"))
    let error = failure { _ = try withExtendedLifetime(experiment) { try experiment.problem() } }
    #expect(
      error?.message.contains("the tokenizer has no token for byte 0x04 of the text \"\\u{04}\"") ?? false,
      "\(String(describing: error))")
    #expect(
      error?.hint
        == "leave the character with byte 0x04 out of the text: the model was trained without it; the task has no `alphabet`, "
        + "so its tokens are those of m.gguf")
  }

  @Test func namesTheModelOfATextThatTheTokensDoNotHave() throws {
    var scripts = scripts
    scripts.models = [("m.gguf", ModelText(name: "m.gguf", tokenizer: try CharacterTokenizer(alphabet: "ab\n")))]
    let experiment = try scripts.load(
      scripts.stage("prompt = function() return 'axb' end, reward = function() return 1 end"))
    let error = failure { _ = try withExtendedLifetime(experiment) { try experiment.problem() } }
    #expect(error?.message.contains("\"axb\": character \"x\" (U+0078) at offset 1 is not in the alphabet") ?? false)
    #expect(error?.hint == "the task has no `alphabet`, so its tokens are those of m.gguf")
  }

  // MARK: ends of answers

  @Test func passesTheTextBeforeTheStopToReward() throws {
    let experiment = try scripts.load(
      scripts.stage(
        """
        stop = { '!', '.\\n', '\\n' }, prompt = function() return 'a' end,
        reward = function(problem, answer, finished) return #answer + (finished and 100 or 0) end
        """))
    try withExtendedLifetime(experiment) {
      let problem = try experiment.problem()
      #expect(try problem.reward(generated: "12.\n") == 102)
      #expect(try problem.reward(generated: "12\n") == 102 && problem.reward(generated: "1!") == 101)
      #expect(try problem.reward(generated: "12.") == 3)
      #expect(try problem.endedByModel().reward(generated: "12.") == 103)
    }
  }

  @Test func endsAnAnswerOnlyAtTheModelsTokenWithoutAStop() throws {
    let task = "stop = {}, prompt = function() return 'a' end, solution = function() return '12' end, limit = 5"
    let experiment = try scripts.load(scripts.stage(task))
    try withExtendedLifetime(experiment) {
      let problem = try experiment.problem()
      #expect(problem.solution == "12<end>")
      #expect(try problem.reward(generated: "12") == 0 && problem.endedByModel().reward(generated: "12") == 1)
    }
    var scripts = scripts
    scripts.models = [("m.gguf", ModelText(name: "m.gguf", tokenizer: try CharacterTokenizer(alphabet: "a12")))]
    let error = scripts.failure(scripts.stage(task))
    #expect(error?.message.contains("but m.gguf has no such token") ?? false, "\(String(describing: error))")
  }

  @Test func findsCriticalCharactersInTheirTokens() throws {
    let experiment = try scripts.load(
      scripts.stage(
        """
        prompt = function() return 'a' end, solution = function() return 'é12' end,
        critical = function(problem, answer, solution) return { 2, 3 } end
        """))
    try withExtendedLifetime(experiment) {
      let probes = try experiment.problem().criticalTokens(generated: "é13\n")
      #expect(probes.map(\.offset) == [1, 2] && probes.map(\.character) == ["1", "2"])
    }
  }

  @Test func showsTokensEscapedInErrorsAndToScripts() throws {
    let tokenizer = ModelTokenScripts.tokenizer()
    let tokens: [Int32] = try tokenizer.encode("why") + [Int32(8 + 0xe2)]
    let columns = TokenColumns(layout: TokenLayout(rowLengths: [2]), tokens: tokens, tokenizer: tokenizer, names: []) {
      _ in
      nil
    }
    #expect(columns.text(0) == "why" && columns.text(1) == "\\xE2" && columns.text(0..<2) == "why\\xE2")
    #expect(columns.place(1) == "row 1, position 2 (token \"\\\\xE2\" in \"why»\\\\xE2«\")")
  }
}
