import LuaRuntime
import SwerveModel
import SwerveRL
import SwerveTensor
import SwerveText

/// A task that a script describes, for one stage. Its functions are called in the order of rows, on the thread that trains; only the
/// end of an episode is judged elsewhere, and that takes no Lua.
final class CustomTask: Task, @unchecked Sendable {
  private let draft: CustomTaskDraft
  let tokenizer: any Tokenizer
  /// The model whose tokens it has; nil: they are the characters of its alphabet.
  private let model: ModelText?
  let hooks: Hooks
  let pad: String? = nil

  /// The functions of a task, by what they are for.
  struct Hooks {
    /// Prompts of each set; training is the first.
    var prompts: [(set: ProblemSet, hook: TaskHook)]
    var solution: TaskHook?
    var reward: TaskHook?
    var success: TaskHook?
    var critical: TaskHook?
    /// Whole texts to pre-train on.
    var text: TaskHook?

    func map(_ change: (TaskHook) -> TaskHook) -> Hooks {
      Hooks(
        prompts: prompts.map { ($0.set, change($0.hook)) }, solution: solution.map(change), reward: reward.map(change),
        success: success.map(change), critical: critical.map(change), text: text.map(change))
    }
  }

  /// - Parameter model: whose tokens it has; nil: those of its alphabet.
  init(_ draft: CustomTaskDraft, tokenizer: any Tokenizer, model: ModelText?, hooks: Hooks) {
    self.draft = draft
    self.tokenizer = tokenizer
    self.model = model
    self.hooks = hooks
  }

  var name: String { draft.name }
  var stops: [String] { draft.stops }
  var limit: Int { draft.limit }
  private var longestPrompt: Int { draft.longestPrompt }
  var problemSets: [ProblemSet] { hooks.prompts.map(\.set) }
  var criticalGroups: [String] { hooks.critical == nil ? [] : [Self.criticalGroup] }
  static let criticalGroup = "tokens"
  var longestTrainingText: Int { longestPrompt + limit }
  func longestText(in set: ProblemSet) throws -> Int { longestPrompt + limit }
  var contextAdvice: String {
    "lower the task's longest_prompt (\(longestPrompt)) or limit (\(limit)), or use a model with a longer context"
  }

  /// Its settings, and what each of its functions can reach.
  var contents: [UInt8]? {
    let alphabet = draft.alphabet.map { "\($0.identity.facts)" } ?? "-"
    var bytes = Array(
      "\(name) \(alphabet.debugDescription) \(stops.map(\.debugDescription)) \(limit) \(longestPrompt)".utf8)
    let others = [
      ("solution", hooks.solution), ("reward", hooks.reward), ("success", hooks.success), ("critical", hooks.critical),
      ("text", hooks.text),
    ]
    for (name, hook) in hooks.prompts.map({ ($0.set.name, Optional($0.hook)) }) + others {
      guard let hook else { continue }
      guard let reach = hook.function.reach() else { return nil }
      bytes += Array("\n\(name.debugDescription) \(hook.name.debugDescription) \(reach.count):".utf8) + reach
    }
    return bytes
  }

  func problem(in set: ProblemSet, using cursor: inout RandomCursor) throws -> any Problem {
    guard let hook = hooks.prompts.first(where: { $0.set == set })?.hook else {
      throw TaskError("task \(name) has no set \(set.name)")
    }
    let drawn = try hook.problem(try hook.call(drawingFrom: &cursor))
    try check(drawn.text, .prompt, of: hook, most: longestPrompt, option: "option 'longest_prompt'")
    if drawn.text.isEmpty { throw hook.refusal("must return at least one character, got \"\"") }
    return CustomProblem(task: self, drawn: drawn, answer: try answer(to: drawn), ending: ending)
  }

  /// Where problems are tables, a text alone is none. So the task's own problems are searched for one with this prompt.
  func problem(prompt: String) throws -> any Problem {
    guard searched(0, of: hooks.prompts[0].hook)?.table != nil else {
      let asked = DrawnProblem(text: prompt, table: nil)
      return CustomProblem(task: self, drawn: asked, answer: try answer(to: asked), ending: ending)
    }
    for row in 0..<Self.mostSearched {
      for (_, hook) in hooks.prompts {
        guard let drawn = searched(row, of: hook), drawn.text === prompt else { continue }
        return CustomProblem(task: self, drawn: drawn, answer: try answer(to: drawn), ending: ending)
      }
    }
    return UnknownProblem(task: self, prompt: prompt)
  }

  private static let mostSearched = 1000

  /// What a function draws for the row of an evaluation; nil where it fails.
  private func searched(_ row: Int, of hook: TaskHook) -> DrawnProblem? {
    var cursor = RandomStream(seed: 0, purpose: "task/search").cursor(step: 0, row: row)
    return try? hook.problem(try hook.call(drawingFrom: &cursor))
  }

  func trainingText(using cursor: inout RandomCursor) throws -> TrainingText {
    if let hook = hooks.text {
      let text = try hook.text(try hook.call(drawingFrom: &cursor))
      let count = try check(text, .prompt, of: hook, most: longestTrainingText, option: "'longest_prompt' + 'limit'")
      guard count > 1 else {
        throw hook.refusal("must return at least two \(unit), got \(quoted(text))")
      }
      return TrainingText(prompt: "", solution: text)
    }
    let problem = try problem(in: .training, using: &cursor)
    guard let solution = problem.solution else {
      throw ScriptError(
        "task '\(name)' has no `solution`, so it has no texts to pre-train on", place: hooks.prompts[0].hook.place,
        hint: "give swerve.tasks.custom a function `solution`, the right answer to a prompt, or `text`")
    }
    return TrainingText(prompt: problem.prompt, solution: solution)
  }

  /// What a right answer ends with.
  private var ending: String { stops.first ?? tokenizer.decode(tokenizer.endTokens.prefix(1)) }

  /// The right answer without its end; nil where the task has none.
  private func answer(to problem: DrawnProblem) throws -> String? {
    guard let hook = hooks.solution else { return nil }
    let text = try hook.text(try hook.call([.problem(problem)], problem.context), problem.context)
    try check(text + ending, .answer, of: hook, most: limit, option: "option 'limit'", problem.context)
    var end = TextEnd(stops, reason: .answered)
    if let found = end.feed(0, Array((text + ending).utf8)[...]), found.excess > 0 {
      let stop = stops.first { text.containsExactly($0) } ?? ending
      throw hook.refusal(
        "the solution \(quoted(text)) has the stop \(quoted(stop)) in it; answers end there", problem.context)
    }
    return text
  }

  /// What its tokens are called where they are counted.
  private var unit: String { model == nil ? "characters" : "tokens" }

  /// Where a text stands. A prompt, or a whole text, comes after the tokens with which the tokenizer begins every text.
  private enum Part {
    case prompt, answer
  }

  /// How many tokens a text has.
  @discardableResult
  private func check(
    _ text: String, _ part: Part, of hook: TaskHook, most: Int, option: String, _ context: String = ""
  ) throws -> Int {
    let own: [Int32]
    let all: [Int32]
    do {
      own = try tokenizer.encode(text)
      all = try part == .prompt ? tokenizer.encodePrompt(text) : own
    } catch {
      let owner =
        if let model { "the task has no `alphabet`, so its tokens are those of \(model.name)" } else {
          "option 'alphabet' lists every character"
        }
      let hint = (error as? any UserFacingError)?.hint.map { "\($0); \(owner)" } ?? owner
      throw hook.refusal("\(quoted(text)): \(error)", context, hint: hint)
    }
    if all.count > most {
      let begun =
        all.count > own.count ? ", with \(all.count - own.count) that the tokenizer begins every text with" : ""
      throw hook.refusal("\(quoted(text)) has \(all.count) \(unit)\(begun), but \(option) is \(most)", context)
    }
    return all.count
  }
}
