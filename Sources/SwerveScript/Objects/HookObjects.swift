import LuaRuntime
import SwerveRL
import SwerveTensor
import SwerveText

/// The random numbers of one call of a rule.
final class RandomObject: LuaObject {
  static let luaTypeName = "rng"
  private var cursor: RandomCursor
  /// The layout of the batch; nil for a task's functions, which have no batch.
  private let layout: TokenLayout?
  /// Which problem of a stage it belongs to; nil for a rule's.
  private let ownTurn: Turn?
  /// Set after the call. Numbers drawn later would depend on more than the step, so they are refused.
  var isOver = false

  /// The place of a problem among all that a stage draws from one set.
  struct Turn {
    /// From 0.
    let index: Int
    /// Of the orders in which the problems walk through records.
    let stream: RandomStream
  }

  init(_ cursor: RandomCursor, layout: TokenLayout? = nil, turn: Turn? = nil) {
    self.cursor = cursor
    self.layout = layout
    ownTurn = turn
  }

  /// Draws one value for a function of the host that takes an `rng`.
  func draw<T>(_ body: (inout RandomCursor) -> T) throws -> T {
    try checkAlive()
    return body(&cursor)
  }

  func turn() throws -> Turn? {
    try checkAlive()
    return ownTurn
  }

  private func checkAlive() throws {
    if isOver { throw ScriptError("this rng was of an earlier step; use the one that the rule was called with") }
  }

  /// Draws one value for a method of `rng`.
  static func draw(
    _ arguments: CheckedArguments, _ body: (inout RandomCursor) -> LuaValue
  ) throws -> [LuaValue] {
    [try receiver(arguments).draw(body)]
  }

  static func column(_ arguments: CheckedArguments, _ host: ScriptHost) throws -> [LuaValue] {
    let random = try receiver(arguments)
    guard let layout = random.layout else {
      throw ScriptError("there are no tokens here to draw a column for; rng:column() is for rules")
    }
    let values = (0..<layout.count).map { _ in random.cursor.uniform() }
    return [.object(try Tensor.constant(values, shape: .tokens(layout)))]
  }

  /// rng:within(low, high)
  static func within(_ arguments: CheckedArguments, _ host: ScriptHost) throws -> [LuaValue] {
    let (low, high) = (arguments[1].asInteger, arguments[2].asInteger)
    guard low <= high else { throw ScriptError("argument 'low' must be at most 'high' (\(high)), got \(low) (number)") }
    return try draw(arguments) { .integer(Int64($0.within(low...high))) }
  }

  /// Ends it, and returns the state that was reached.
  func finish() -> RandomCursor {
    isOver = true
    return cursor
  }

  private static func receiver(_ arguments: CheckedArguments) throws -> RandomObject {
    guard let random = arguments[0].asObject(RandomObject.self) else { preconditionFailure("a method of rng") }
    try random.checkAlive()
    return random
  }
}

/// A rule of the library, with the place in the script where it was made.
final class RuleObject: LuaObject {
  static let luaTypeName = "rule"
  let function: LuaFunction
  let place: ScriptPlace?
  /// Whether its weights may be below 0 by design.
  let allowsNegative: Bool
  /// The rule's schedules by name, as the rule declares them.
  let schedules: [(name: String, value: CheckedValue)]
  /// Whether it returns clip_low and clip_high, for losses that bound the ratio of probabilities.
  let clips: Bool
  /// Whether its weights depend on the task's critical tokens.
  let needsCritical: Bool
  var luaContent: LuaFunction? { function }

  init(
    function: LuaFunction, place: ScriptPlace?, allowsNegative: Bool,
    schedules: [(name: String, value: CheckedValue)], traits: [String]
  ) {
    self.schedules = schedules
    clips = traits.contains("clips")
    needsCritical = traits.contains("critical")
    self.function = function
    self.place = place
    self.allowsNegative = allowsNegative
  }

  /// host.rule(weigh, place, allow_negative, schedules, traits)
  static func make(_ arguments: CheckedArguments, _ host: ScriptHost) throws -> [LuaValue] {
    guard let function = arguments[0].asFunction else { return [] }
    let place =
      if let culprit = arguments[1].asFunction {
        host.definition(of: culprit)
      } else {
        host.place(text: arguments[1].asString)
      }
    var schedules: [(name: String, value: CheckedValue)] = []
    if case .map(let entries) = arguments[3] { schedules = entries }
    let traits = if case .strings(let traits) = arguments[4] { traits } else { [String]() }
    let rule = RuleObject(
      function: function, place: place, allowsNegative: arguments[2].asBoolean, schedules: schedules, traits: traits)
    return [.object(rule)]
  }

  /// rule(t, step, rng, state, metrics), so that rules can be built from rules.
  static func call(_ call: inout LuaCall) throws -> [LuaValue] {
    guard let rule = call[0].asObject(RuleObject.self) else { return [] }
    return try rule.function.call(Array(call.arguments.dropFirst()))
  }

  /// host.refuse(tokens, index, culprit, value)
  static func refuse(_ arguments: CheckedArguments, _ host: ScriptHost) throws -> [LuaValue] {
    guard let columns = arguments[0].asObject(TokenColumns.self), let culprit = arguments[2].asFunction else {
      return []
    }
    // The message itself names the token.
    host.currentToken = nil
    let found = if case .any(let value) = arguments[3] { shown(value) } else { "nil" }
    throw ScriptError(
      "the weight at \(columns.place(arguments[1].asInteger - 1)) must be a number, got \(found)",
      place: host.definition(of: culprit))
  }
}
