import LuaRuntime
import SwerveRL
import SwerveText

/// A prompt of a custom task.
struct CustomProblem: Problem {
  let task: CustomTask
  let drawn: DrawnProblem
  /// The right answer without its end; nil where the task has none.
  let answer: String?
  /// What a right answer ends with.
  let ending: String
  private var isEndedByModel = false

  init(task: CustomTask, drawn: DrawnProblem, answer: String?, ending: String) {
    self.task = task
    self.drawn = drawn
    self.answer = answer
    self.ending = ending
  }

  var prompt: String { drawn.text }
  var solution: String? { answer.map { $0 + ending } }
  var episodeLimit: Int { task.limit }

  func makeEpisodeEnd() -> any EpisodeEnd { TextEnd(task.stops, reason: .answered, limit: task.limit) }

  func endedByModel() -> any Problem {
    var judge = self
    judge.isEndedByModel = true
    return judge
  }

  func reward(generated: String) throws -> Float {
    guard let hook = task.hooks.reward else {
      let given = ended(generated)
      return given.isFinished && given.answer === answer ? 1 : 0
    }
    let context = context(generated)
    let value = try hook.call(arguments(generated), context)
    guard let number = value.asDouble, Float(number).isFinite else {
      throw hook.refusal(
        "the reward must be a finite number, got \(shown(value))", context, hint: ValueHint.forNumber(value))
    }
    return Float(number)
  }

  func isSuccess(generated: String, reward: Float) throws -> Bool {
    guard let hook = task.hooks.success else { return reward > 0 }
    let context = context(generated)
    let value = try hook.call(arguments(generated), context)
    guard case .boolean(let flag) = value else {
      throw hook.refusal(
        "must return true or false, got \(shown(value))", context, hint: ValueHint.forMissing(value))
    }
    return flag
  }

  func criticalTokens(generated: String) throws -> [CriticalToken] {
    guard let hook = task.hooks.critical, let answer, let solution else { return [] }
    let right = Array(solution.unicodeScalars)
    let context = context(generated)
    let places = try hook.call([.problem(drawn), .text(ended(generated).answer), .text(answer)], context)
    guard case .table(let table) = places, table.isSequence || table.count == 0 else {
      throw hook.refusal(
        "must return a list of positions, got \(shown(places))", context, hint: ValueHint.forMissing(places))
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

  /// What scripts get: the problem, the answer without its stop, and whether it had one.
  private func arguments(_ generated: String) -> [TaskHook.Argument] {
    let (answer, isFinished) = ended(generated)
    return [.problem(drawn), .text(answer), .flag(isFinished)]
  }

  private func ended(_ generated: String) -> (answer: String, isFinished: Bool) {
    if isEndedByModel { return (generated, true) }
    // Of several stops that end with the same token, the longest is the one that was written.
    let stop = task.stops.filter { generated.endsExactly(with: $0) }.max { $0.utf8.count < $1.utf8.count }
    guard let stop, let answer = generated.start(before: stop) else { return (generated, false) }
    return (answer, true)
  }

  private func context(_ generated: String) -> String {
    "\(drawn.context), answer \(quoted(generated))"
  }
}

/// A prompt that none of the task's own problems has: nothing is known of the answers to it.
struct UnknownProblem: Problem {
  let task: CustomTask
  let prompt: String
  let solution: String? = nil
  var episodeLimit: Int { task.limit }

  func makeEpisodeEnd() -> any EpisodeEnd { TextEnd(task.stops, reason: .answered, limit: task.limit) }

  func reward(generated: String) -> Float { 0 }
}
