import LuaRuntime
import SwerveRL
import SwerveText

/// swerve.tasks.addition
enum AdditionBuilder {
  static func task(_ arguments: CheckedArguments, _ host: ScriptHost) throws -> [LuaValue] {
    let options = arguments.options
    let comfort = options.integer("comfort")
    let plus = options.integer("plus")
    let share = options.number("plus_share")
    // AdditionTask checks these too, but in the words of Swift.
    guard share == 0 || plus > 0 else {
      throw ScriptError("option 'plus_share' needs 'plus' to be at least 1, got \(numberText(share)) with plus 0")
    }
    var hardDigits: ClosedRange<Int>?
    if case .integerPair(let range) = options["hard_digits"] {
      guard plus > 0, range.upperBound <= comfort + plus else {
        throw ScriptError(
          "option 'hard_digits' needs 'plus' to be at least 1 and hi at most comfort + plus, got "
            + "{\(range.lowerBound), \(range.upperBound)} with comfort \(comfort) and plus \(plus)")
      }
      hardDigits = range
    }
    guard let lengths = AdditionTask.Lengths(rawValue: options.string("lengths")) else {
      preconditionFailure("`lengths` is declared with the names of AdditionTask.Lengths")
    }
    do {
      let task = try AdditionTask(
        comfort: comfort, plus: plus, hardDigits: hardDigits, plusShare: share, lengths: lengths)
      return [.object(TaskObject(task))]
    } catch let error as TaskError {
      throw ScriptError(error.option.map { "option '\($0)' \(error.problem)" } ?? error.message)
    }
  }
}
