import LuaRuntime
import SwerveRL

/// Makes schedules from numbers and Lua functions.
enum ScriptedSchedule {
  /// - Parameters:
  ///   - value: declared as a schedule of this range: a number or a function.
  ///   - path: the option's full name, for errors.
  static func make(_ value: CheckedValue, range: NumberRange, path: String, _ context: StageContext) -> Schedule {
    guard let function = value.asFunction else { return .constant(Float(value.asNumber)) }
    let place = context.host.definition(of: function) ?? context.place
    let hook = Hook(HookName(.option, path), function: function, place: place, stage: context)
    return Schedule { step, metrics in
      let known = try context.probe?.table ?? context.table(of: metrics)
      let state = try context.probe?.state ?? hook.state.current()
      let results = try hook.call([.integer(Int64(step)), .table(known), .table(state)], state: state, step: step)
      let result = results.first ?? .nil
      guard let number = result.asDouble, range.contains(number), range.contains(Double(Float(number))) else {
        let expected = result.asDouble.map { range.description(for: $0) } ?? range.numberDescription
        throw ScriptError(
          "\(hook.title(step)) must be \(expected), got \(shown(result))", place: place,
          hint: ValueHint.forNumber(result))
      }
      return Float(number)
    }
  }
}

extension CheckedOptions {
  /// The schedule of an option that was given or has a default.
  func schedule(_ name: String, _ context: StageContext) -> Schedule {
    guard case .schedule(let range)? = declaration.field(name)?.type else {
      preconditionFailure("\(declaration.name) declares no schedule \(name)")
    }
    return ScriptedSchedule.make(self[name], range: range, path: path(name), context)
  }
}
