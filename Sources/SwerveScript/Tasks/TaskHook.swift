import LuaRuntime
import SwerveRL
import SwerveTensor

/// A Lua function of a custom task: it adds the task and the hook to every error.
struct TaskHook {
  /// As in "prompt" or "sets.hard".
  let name: String
  let task: String
  let function: LuaFunction
  let place: ScriptPlace
  let host: ScriptHost
  private weak var state: LuaState?
  private let watch: HookGuard
  /// The model whose tokens the task has; nil for a task with an alphabet.
  private var model: ModelText?
  private var problemsInStep = 1

  /// What a function gets.
  enum Argument {
    case problem(DrawnProblem)
    case text(String)
    case flag(Bool)
    case random(RandomObject)
  }

  init(name: String, task: String, function: LuaFunction, place: ScriptPlace, host: ScriptHost, state: LuaState) {
    self.name = name
    self.task = task
    self.function = function
    self.place = place
    self.host = host
    self.state = state
    watch = HookGuard(function, host, isFrequent: true)
  }

  /// The same function, for the task of one stage.
  func used(with model: ModelText?, problemsInStep: Int) -> TaskHook {
    var hook = self
    hook.model = model
    hook.problemsInStep = problemsInStep
    return hook
  }

  /// Calls it. A call from Swift starts with a new allowance of instructions.
  /// - Parameters:
  ///   - context: what it is asked about, such as a prompt; for errors.
  ///   - stream: of math.random; nil: one that the texts among the arguments name.
  /// - Throws: ScriptError.
  func call(_ arguments: [Argument], _ context: String = "", stream: UInt64? = nil) throws -> LuaValue {
    let values = try arguments.map { try value($0) }
    let texts = ([task, name] + arguments.compactMap(\.streamText)).joined(separator: "\0")
    state?.begin(stream: stream ?? texts.streamNumber)
    host.modelOfHook = model
    defer { host.modelOfHook = nil }
    return try watch.call(values, at: place, title: title(context), hint: HookGuard.taskHint)
  }

  /// Calls a function that takes a random stream, and takes the stream on to where the function left it.
  func call(drawingFrom cursor: inout RandomCursor) throws -> LuaValue {
    // Evaluations draw at step 0, training from step 1 on.
    let turn = max(0, cursor.step - 1) * problemsInStep + cursor.row
    let random = RandomObject(cursor, turn: RandomObject.Turn(index: turn, stream: cursor.stream.extended(by: "/walk")))
    var numbers = cursor
    defer { cursor = random.finish() }
    return try call([.random(random)], stream: numbers.next())
  }

  private func value(_ argument: Argument) throws -> LuaValue {
    switch argument {
    case .problem(let problem):
      guard let text = problem.table else { return .string(problem.text) }
      guard let state else { throw ScriptError("the Lua state was closed") }
      return .table(try state.makeTable(plainText: text))
    case .text(let text): return .string(text)
    case .flag(let flag): return .boolean(flag)
    case .random(let random): return .object(random)
    }
  }

  /// The answer as text.
  func text(_ answer: LuaValue, _ context: String = "") throws -> String {
    guard case .string(let text) = answer else {
      throw refusal("must return a string, got \(shown(answer))", context, hint: ValueHint.forMissing(answer))
    }
    return text
  }

  /// The answer as a problem: its text, or a table with it.
  func problem(_ answer: LuaValue) throws -> DrawnProblem {
    guard case .table(let table) = answer else { return DrawnProblem(text: try text(answer), table: nil) }
    guard case .string(let text) = table.get("text") else {
      throw refusal(
        "must return a string, or a table whose `text` is one, got a table with text = \(shown(table.get("text")))")
    }
    do {
      return DrawnProblem(text: text, table: try table.plainText(named: "problem"))
    } catch let error as LuaError {
      throw refusal(
        "\(error.message); a problem must be plain data",
        hint: "a problem holds booleans, numbers, strings, and tables of those without metatables, each once")
    }
  }

  func refusal(_ problem: String, _ context: String = "", hint: String? = nil) -> ScriptError {
    ScriptError("\(title(context)): \(problem)", place: place, hint: hint)
  }

  private func title(_ context: String) -> String {
    "hook '\(name)' of task '\(task)'" + (context.isEmpty ? "" : ", \(context)")
  }
}

extension TaskHook.Argument {
  /// What names the stream of math.random.
  fileprivate var streamText: String? {
    switch self {
    case .problem(let problem): problem.table ?? problem.text
    case .text(let text): text
    case .flag, .random: nil
    }
  }
}

/// What a function of a task drew: the text of a prompt, and what else the other functions are to know.
struct DrawnProblem {
  let text: String
  /// The table that the function returned, as Lua's plain text. Every function gets a copy of its own, so that none can change what
  /// the next one sees. nil: the function returned the text alone.
  let table: String?

  /// For errors.
  var context: String { "prompt \(quoted(text))" }
}
