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

  init(name: String, task: String, function: LuaFunction, place: ScriptPlace, host: ScriptHost, state: LuaState) {
    self.name = name
    self.task = task
    self.function = function
    self.place = place
    self.host = host
    self.state = state
    watch = HookGuard(function, host, isFrequent: true)
  }

  /// Calls it. A call from Swift starts with a new allowance of instructions.
  /// - Parameters:
  ///   - context: what it is asked about, such as a prompt; for errors.
  ///   - stream: of math.random; nil: one that the texts among the arguments name.
  /// - Throws: ScriptError.
  func call(_ arguments: [LuaValue], _ context: String = "", stream: UInt64? = nil) throws -> LuaValue {
    watch.begin()
    let texts = ([task, name] + arguments.compactMap(\.asString)).joined(separator: "\0")
    state?.begin(stream: stream ?? texts.streamNumber)
    let answer: LuaValue
    do {
      answer = try function.call(arguments).first ?? .nil
    } catch let error as LuaError {
      var failure = host.scriptError(error)
      failure.place = failure.place ?? place
      failure.message = "\(title(context)): \(failure.message)"
      throw failure
    }
    if let change = watch.change(place) {
      throw ScriptError("\(title(context)): \(change.problem)", place: change.place, hint: HookGuard.taskHint)
    }
    return answer
  }

  /// Calls a function that takes a random stream, and takes the stream on to where the function left it.
  func call(drawingFrom cursor: inout RandomCursor) throws -> LuaValue {
    let random = RandomObject(cursor)
    var numbers = cursor
    defer { cursor = random.finish() }
    return try call([.object(random)], stream: numbers.next())
  }

  /// The answer as text.
  func text(_ answer: LuaValue, _ context: String = "") throws -> String {
    guard case .string(let text) = answer else {
      throw refusal("must return a string, got \(shown(answer))", context)
    }
    return text
  }

  func refusal(_ problem: String, _ context: String = "", hint: String? = nil) -> ScriptError {
    ScriptError("\(title(context)): \(problem)", place: place, hint: hint)
  }

  private func title(_ context: String) -> String {
    "hook '\(name)' of task '\(task)'" + (context.isEmpty ? "" : ", \(context)")
  }
}
