import LuaRuntime

/// A Lua function that training calls: it adds the stage, the hook and the step to every error.
struct Hook {
  /// As in "hook 'kl.rule'" or "option 'lr'".
  let subject: String
  let function: LuaFunction
  /// What to show when the function's own place is in the library.
  let place: ScriptPlace
  let stage: StageContext

  /// Calls it. A call from Swift starts with a new allowance of instructions.
  /// - Throws: ScriptError.
  func call(_ arguments: [LuaValue], step: Int) throws -> [LuaValue] {
    do {
      return try function.call(arguments)
    } catch let error as LuaError {
      var failure = stage.host.scriptError(error)
      if let inner = failure.place, stage.host.isLibrary(inner) {
        failure.place = place
        failure.message += " (in \(inner))"
      }
      failure.place = failure.place ?? place
      failure.message = "\(title(step)): \(failure.message)"
      throw failure
    }
  }

  /// "hook 'kl.rule' of stage 'rl' at step 3"
  func title(_ step: Int) -> String { "\(subject) of stage '\(stage.name)' at step \(step)" }

  /// What the function answered can't be used.
  func refusal(_ problem: String, step: Int, hint: String? = nil) -> ScriptError {
    ScriptError("\(title(step)): \(problem)", place: place, hint: hint)
  }
}

extension StageContext {
  /// Compiles a line of the host's own.
  func load(_ text: String) throws -> LuaFunction {
    guard let state else { throw ScriptError("the Lua state was closed") }
    return try state.load(text, chunkName: "swerve")
  }

  /// A table of numbers by name; metrics without a value are left out.
  func table(_ metrics: [(name: String, value: Double?)]) throws -> LuaTable {
    guard let state else { throw ScriptError("the Lua state was closed") }
    let table = state.makeTable()
    for (name, value) in metrics { if let value { table.set(name, .number(value)) } }
    return table
  }
}
