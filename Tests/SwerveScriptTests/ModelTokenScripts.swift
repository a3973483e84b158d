import LuaRuntime
import SwerveModel
import SwerveRL
import SwerveTensor
import SwerveTestSupport
import SwerveText

@testable import SwerveScript

/// Scripts whose stages start from models of any tokens, which the test makes up.
struct ModelTokenScripts {
  /// Every character of the tests' texts, some words, a half of a character, and the model's own end of a text.
  static func tokenizer() -> PieceTokenizer {
    let pieces = ["<end>", "12", "34", " = ", "= ", ".\n", "why", "é"].map { Array($0.utf8) }
    var tokenizer = PieceTokenizer(pieces + (0...255).map { [UInt8($0)] })
    tokenizer.endTokens = [0]
    return tokenizer
  }

  var models: [(path: String, text: ModelText)] = [
    ("m.gguf", ModelText(name: "m.gguf", tokenizer: ModelTokenScripts.tokenizer()))
  ]
  var texts: [(name: String, text: String)] = []
  var output: (String) -> Void = { _ in }
  /// Called with the path of each model that is read.
  var onRead: (String) -> Void = { _ in }

  func load(_ text: String) throws -> ScriptedExperiment {
    try ScriptedExperiment.load(
      ScriptFile(path: "examples/test.lua", text: head + text), seed: 7, library: TestSources(texts: texts),
      models: { path in
        onRead(path)
        guard let found = models.first(where: { $0.path == path }) else { throw MissingModel(path: path) }
        return found.text
      }, output: output)
  }

  func failure(_ text: String) -> ScriptError? {
    do {
      _ = try load(text)
      return nil
    } catch {
      return error as? ScriptError
    }
  }

  /// A fine-tuning stage of a custom task with these options.
  func stage(_ task: String, _ more: String = "") -> String {
    """
    return swerve.finetune { name = 'rl', from = 'm.gguf', updates = 5, lr = 1e-4, episodes = 4, minibatch = 2, group = 1, \
    task = swerve.tasks.custom { \(task) } \(more) }
    """
  }

  struct MissingModel: UserFacingError {
    let path: String
    var message: String { "there is no model \(path)" }
    var hint: String? { "check the path" }
  }
}

extension ScriptedExperiment {
  /// The problem of a row at a step of the last stage.
  func problem(step: Int = 1, row: Int = 0, set: ProblemSet = .training) throws -> any Problem {
    guard let task = (plan.stages.last as? any TaskStage)?.task else { throw ScriptError("no task") }
    var cursor = RandomStream(seed: 3, purpose: "test").cursor(step: step, row: row)
    return try task.problem(in: set, using: &cursor)
  }
}
