import LuaRuntime
import SwerveText

/// The name of a hook. Errors show kind and name; checkpoints and streams of math.random use only the name.
struct HookName: CustomStringConvertible {
  enum Kind: String { case hook, option, algorithm }

  let kind: Kind
  /// Such as "kl.rule" or "lr".
  let name: String

  init(_ kind: Kind, _ name: String) {
    self.kind = kind
    self.name = name
  }

  /// "hook 'kl.rule'"
  var description: String { "\(kind.rawValue) '\(name)'" }
}

/// A Lua function that training calls. Every error gets the stage, the hook, the step and, if known, the token.
struct Hook {
  let name: HookName
  let function: LuaFunction
  /// The place to show if the function itself is defined in the library.
  let place: ScriptPlace
  let stage: StageContext
  /// Pass `state.current()` to the function, and to `call`.
  let state: HookState
  private let watch: HookGuard
  /// Whether its metrics are those of the step itself, not of the step before.
  private let seesOwnStep: Bool

  init(
    _ name: HookName, function: LuaFunction, place: ScriptPlace, stage: StageContext, seesOwnStep: Bool = false
  ) {
    self.seesOwnStep = seesOwnStep
    self.name = name
    self.function = function
    self.place = place
    self.stage = stage
    state = stage.hookStates.add(hook: name.name)
    watch = HookGuard(function, stage.host)
  }

  /// Calls the function. A call from Swift starts with a new allowance of instructions.
  /// - Parameters:
  ///   - state: the table that is one of the arguments; it may hold plain data only.
  ///   - part: distinguishes calls in one step, such as the number of the minibatch.
  /// - Throws: ScriptError, also if the function changes anything besides `state` that outlives the call.
  func call(_ arguments: [LuaValue], state: LuaTable, step: Int, part: Int = 0) throws -> [LuaValue] {
    watch.begin()
    stage.askedInVain = nil
    stage.state?.begin(stream: stream(step, part))
    defer { stage.host.currentToken = nil }
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
      // swerve.check checks the arguments of other functions, so its own line does not help.
      if !stage.host.isOfChecks(inner) { failure.message += " (in \(inner))" }
    }
    failure.place = failure.place ?? place
    if failure.hint == nil, LuaErrorHint.isAboutNil(error.message), let name = stage.askedInVain {
      let isMissing =
        seesOwnStep
        ? "metrics[\"\(name)\"] is nil at steps that don't measure it, such as those without an evaluation: "
        : "metrics are those of the step before; metrics[\"\(name)\"] is nil until a step has logged it: "
      failure.hint = isMissing + "(metrics[\"\(name)\"] or 0) is always a number"
    }
    let token = stage.host.currentToken?.place(of: error).map { ", \($0)" } ?? ""
    failure.message = "\(title(step))\(token): \(failure.message)"
    return failure
  }

  /// The stream of math.random, derived from the names, the step and the part.
  private func stream(_ step: Int, _ part: Int) -> UInt64 {
    "\(stage.name)/\(name.name)/\(step)/\(part)".streamNumber
  }

  /// "hook 'kl.rule' of stage 'rl' at step 3"
  func title(_ step: Int) -> String { "\(name) of stage '\(stage.name)' at step \(step)" }

  /// The error for a result of the function that can't be used.
  func refusal(_ problem: String, step: Int, hint: String? = nil) -> ScriptError {
    ScriptError("\(title(step)): \(problem)", place: place, hint: hint)
  }
}

extension String {
  /// The 64-bit FNV-1a hash of its UTF-8. It gives each name its own stream of math.random.
  var streamNumber: UInt64 {
    utf8.reduce(0xcbf2_9ce4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
  }
}

extension StageContext {
  /// Compiles a line of Lua that belongs to the host.
  func load(_ text: String) throws -> LuaFunction {
    guard let state else { throw ScriptError("the Lua state was closed") }
    return try state.load(text, chunkName: "swerve")
  }
}
