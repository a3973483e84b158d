import LuaRuntime
import SwerveModel
import SwerveRL
import SwerveTensor
import SwerveText

/// A task that a script describes. Its functions are called in the order of rows, on the thread that trains; only the end of an
/// episode is judged elsewhere, and that takes no Lua.
final class CustomTask: Task, @unchecked Sendable {
  /// How errors speak of the tokenizer that the options of the script chose.
  struct TokenWords {
    /// What its tokens are: "characters".
    let plural: String
    /// What to do about a text that it has no tokens for.
    let hint: String
  }

  let name: String
  let tokenizer: any Tokenizer
  private let words: TokenWords
  let pad: String? = nil
  /// What an answer ends with.
  let stop: String
  /// Tokens of the longest prompt, and of the longest answer with its stop.
  let longestPrompt: Int
  let limit: Int
  /// Prompts of each set; training is the first.
  let prompts: [(set: ProblemSet, hook: TaskHook)]
  let solution: TaskHook?
  let reward: TaskHook?
  let success: TaskHook?
  let critical: TaskHook?
  /// Whole texts to pre-train on.
  let text: TaskHook?

  /// The functions of a task, by what they are for.
  struct Hooks {
    var prompts: [(set: ProblemSet, hook: TaskHook)]
    var solution: TaskHook?
    var reward: TaskHook?
    var success: TaskHook?
    var critical: TaskHook?
    var text: TaskHook?
  }

  init(
    name: String, tokenizer: any Tokenizer, words: TokenWords, stop: String, longestPrompt: Int, limit: Int,
    hooks: Hooks
  ) {
    self.name = name
    self.tokenizer = tokenizer
    self.words = words
    self.stop = stop
    self.longestPrompt = longestPrompt
    self.limit = limit
    prompts = hooks.prompts
    solution = hooks.solution
    reward = hooks.reward
    success = hooks.success
    critical = hooks.critical
    text = hooks.text
  }

  var problemSets: [ProblemSet] { prompts.map(\.set) }
  var criticalGroups: [String] { critical == nil ? [] : [Self.criticalGroup] }
  static let criticalGroup = "tokens"
  var longestTrainingText: Int { longestPrompt + limit }
  func longestText(in set: ProblemSet) throws -> Int { longestPrompt + limit }
  var contextAdvice: String {
    "lower the task's longest_prompt (\(longestPrompt)) or limit (\(limit)), or use a model with a longer context"
  }

  func problem(in set: ProblemSet, using cursor: inout RandomCursor) throws -> any Problem {
    guard let hook = prompts.first(where: { $0.set == set })?.hook else {
      throw TaskError("task \(name) has no set \(set.name)")
    }
    let prompt = try hook.text(try hook.call(drawingFrom: &cursor))
    try check(prompt, of: hook, most: longestPrompt, option: "option 'longest_prompt'")
    if prompt.isEmpty { throw hook.refusal("must return at least one character, got \"\"") }
    return CustomProblem(task: self, prompt: prompt, solution: try solution(to: prompt))
  }

  func problem(prompt: String) throws -> any Problem {
    CustomProblem(task: self, prompt: prompt, solution: try solution(to: prompt))
  }

  func trainingText(using cursor: inout RandomCursor) throws -> TrainingText {
    if let hook = text {
      let text = try hook.text(try hook.call(drawingFrom: &cursor))
      let count = try check(text, of: hook, most: longestTrainingText, option: "'longest_prompt' + 'limit'")
      guard count > 1 else {
        throw hook.refusal("must return at least two characters, got \(quoted(text))")
      }
      return TrainingText(prompt: "", solution: text)
    }
    let problem = try problem(in: .training, using: &cursor)
    guard let solution = problem.solution else {
      throw ScriptError(
        "task '\(name)' has no `solution`, so it has no texts to pre-train on", place: prompts[0].hook.place,
        hint: "give swerve.tasks.custom a function `solution`, the right answer to a prompt, or `text`")
    }
    return TrainingText(prompt: problem.prompt, solution: solution)
  }

  /// The right answer with its stop; nil where the task has none.
  private func solution(to prompt: String) throws -> String? {
    guard let hook = solution else { return nil }
    let context = "prompt \(quoted(prompt))"
    let text = try hook.text(try hook.call([.string(prompt)], context), context)
    try check(text + stop, of: hook, most: limit, option: "option 'limit'", context)
    let bytes = Array((text + stop).utf8)
    var search = TextSearch(stop)
    if bytes.firstIndex(where: { search.append($0) }) != bytes.count - 1 {
      throw hook.refusal("the solution \(quoted(text)) has the stop \(quoted(stop)) in it; answers end there", context)
    }
    return text + stop
  }

  /// How many tokens a text has.
  @discardableResult
  private func check(
    _ text: String, of hook: TaskHook, most: Int, option: String, _ context: String = ""
  ) throws -> Int {
    do {
      let count = try tokenizer.encode(text).count
      if count > most {
        throw hook.refusal("\(quoted(text)) has \(count) \(words.plural), but \(option) is \(most)", context)
      }
      return count
    } catch let error as TokenizerError {
      throw hook.refusal("\(quoted(text)): \(error)", context, hint: words.hint)
    }
  }
}

/// A prompt of a custom task.
struct CustomProblem: Problem {
  let task: CustomTask
  let prompt: String
  let solution: String?

  var episodeLimit: Int { task.limit }

  func makeEpisodeEnd() -> any EpisodeEnd { TextEnd(task.stop, reason: .answered, limit: task.limit) }

  func reward(generated: String) throws -> Float {
    guard let hook = task.reward else { return generated === solution ? 1 : 0 }
    let context = context(generated)
    let answer = try hook.call(arguments(generated), context)
    guard let number = answer.asDouble, Float(number).isFinite else {
      throw hook.refusal("the reward must be a finite number, got \(shown(answer))", context)
    }
    return Float(number)
  }

  func isSuccess(generated: String, reward: Float) throws -> Bool {
    guard let hook = task.success else { return reward > 0 }
    let context = context(generated)
    let answer = try hook.call(arguments(generated), context)
    guard case .boolean(let flag) = answer else {
      throw hook.refusal("must return true or false, got \(shown(answer))", context)
    }
    return flag
  }

  func criticalTokens(generated: String) throws -> [CriticalToken] {
    guard let hook = task.critical, let solution else { return [] }
    let right = Array(solution.unicodeScalars)
    let context = context(generated)
    let shownSolution = String(String.UnicodeScalarView(right.dropLast(task.stop.unicodeScalars.count)))
    let places = try hook.call(
      [.string(prompt), .string(ended(generated).answer), .string(shownSolution)], context)
    guard case .table(let table) = places, table.isSequence || table.count == 0 else {
      throw hook.refusal("must return a list of positions, got \(shown(places))", context)
    }
    let count = generated.unicodeScalars.count
    var last: Int64 = 0
    return try table.elements().compactMap { element in
      guard let position = element.asInteger, position > last else {
        throw hook.refusal("positions must be whole numbers from 1 that rise, got \(shown(element))", context)
      }
      last = position
      let offset = Int(position) - 1
      guard offset < min(count, right.count) else { return nil }
      return CriticalToken(
        offset: offset, character: right[offset], group: CustomTask.criticalGroup, name: "token_\(position)")
    }
  }

  /// What scripts get: the prompt, the answer without its stop, and whether it had one.
  private func arguments(_ generated: String) -> [LuaValue] {
    let (answer, isFinished) = ended(generated)
    return [.string(prompt), .string(answer), .boolean(isFinished)]
  }

  private func ended(_ generated: String) -> (answer: String, isFinished: Bool) {
    let scalars = generated.unicodeScalars
    let stop = task.stop.unicodeScalars
    guard scalars.suffix(stop.count).elementsEqual(stop) else { return (generated, false) }
    return (String(String.UnicodeScalarView(scalars.dropLast(stop.count))), true)
  }

  private func context(_ generated: String) -> String {
    "prompt \(quoted(prompt)), answer \(quoted(generated))"
  }
}
