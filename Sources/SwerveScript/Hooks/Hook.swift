import LuaRuntime
import SwerveText

/// A Lua function that training calls: it adds the stage, the hook, the step and, where one is known, the
/// token to every error.
struct Hook {
  /// As in "hook 'kl.rule'" or "option 'lr'".
  let subject: String
  let function: LuaFunction
  /// What to show when the function's own place is in the library.
  let place: ScriptPlace
  let stage: StageContext
  /// Pass `memory.current()` to the function, and to `call`.
  let memory: HookMemory
  private let watch: HookGuard

  init(subject: String, function: LuaFunction, place: ScriptPlace, stage: StageContext) {
    self.subject = subject
    self.function = function
    self.place = place
    self.stage = stage
    let parts = subject.pieces(at: "'")
    memory = stage.memories.add(hook: String(parts.count > 1 ? parts[1] : parts[0]))
    watch = HookGuard(function, stage.host)
  }

  /// Calls it. A call from Swift starts with a new allowance of instructions.
  /// - Parameters:
  ///   - state: the table that is one of the arguments; it may hold plain data only.
  ///   - part: tells calls of one step apart, such as the number of the minibatch.
  /// - Throws: ScriptError, also for a function that changes anything else that outlives the call.
  func call(_ arguments: [LuaValue], state: LuaTable, step: Int, part: Int = 0) throws -> [LuaValue] {
    watch.begin()
    stage.askedInVain = nil
    stage.state?.begin(stream: stream(step, part))
    defer { stage.host.followed = nil }
    let results: [LuaValue]
    do {
      results = try function.call(arguments)
    } catch let error as LuaError {
      throw failure(error, step)
    }
    if let change = watch.change(place) {
      throw ScriptError("\(title(step)): \(change.problem)", place: change.place, hint: change.hint)
    }
    do {
      try state.checkPlain(named: "state")
    } catch let error as LuaError {
      throw refusal(
        "\(error.message); it must be plain data", step: step,
        hint: "`state` holds nil, booleans, numbers, strings, and tables of those without metatables, each once")
    }
    return results
  }

  private func failure(_ error: LuaError, _ step: Int) -> ScriptError {
    var failure = stage.host.scriptError(error)
    if let inner = failure.place, stage.host.isLibrary(inner) {
      failure.place = place
      // swerve.check judges what others were given; its own line says nothing.
      if !inner.file.endsExactly(with: "/check.lua") { failure.message += " (in \(inner))" }
    }
    failure.place = failure.place ?? place
    if failure.hint == nil, failure.message.containsExactly("nil value"), let name = stage.askedInVain {
      failure.hint =
        "metrics are those of the step before; metrics[\"\(name)\"] is nil until a step has logged it: "
        + "(metrics[\"\(name)\"] or 0) is always a number"
    }
    let token = stage.host.followed?.place(of: error).map { ", \($0)" } ?? ""
    failure.message = "\(title(step))\(token): \(failure.message)"
    return failure
  }

  /// Of math.random: from the names, the step and the part.
  private func stream(_ step: Int, _ part: Int) -> UInt64 {
    "\(stage.name)/\(memory.hook)/\(step)/\(part)".streamNumber
  }

  /// "hook 'kl.rule' of stage 'rl' at step 3"
  func title(_ step: Int) -> String { "\(subject) of stage '\(stage.name)' at step \(step)" }

  /// What the function answered can't be used.
  func refusal(_ problem: String, step: Int, hint: String? = nil) -> ScriptError {
    ScriptError("\(title(step)): \(problem)", place: place, hint: hint)
  }
}

extension String {
  /// The 64-bit FNV-1a hash of its UTF-8: a stream of math.random for each name.
  var streamNumber: UInt64 {
    utf8.reduce(0xcbf2_9ce4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
  }
}

extension StageContext {
  /// Compiles a line of the host's own.
  func load(_ text: String) throws -> LuaFunction {
    guard let state else { throw ScriptError("the Lua state was closed") }
    return try state.load(text, chunkName: "swerve")
  }

}
