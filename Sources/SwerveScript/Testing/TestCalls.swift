import LuaRuntime
import SwerveRL
import SwerveTensor
import SwerveText

/// The host functions for lua/swerve/testing.lua: they make batches of plain numbers and call hooks as training does.
enum TestCalls {
  /// host.test_tokens(columns, place)
  static func tokens(_ arguments: CheckedArguments, _ host: ScriptHost) throws -> [LuaValue] {
    guard case .any(.table(let table)) = arguments[0] else {
      throw ScriptError("testing.tokens takes a table of columns")
    }
    do {
      return [.object(try TestTokens(table).tokenColumns())]
    } catch var error as ScriptError {
      error.place = host.place(text: arguments[1].asString)
      throw error
    }
  }

  /// host.test_rows(value): converts a tensor to a number or a table of rows; any other value stays as it is.
  static func rows(_ arguments: CheckedArguments, _ host: ScriptHost) throws -> [LuaValue] {
    guard let tensor = arguments[0].lua.asObject(Tensor.self) else { return [arguments[0].lua] }
    return [rows(tensor, tensor.values, arguments.state)]
  }

  private static func rows(_ tensor: Tensor, _ values: [Float], _ state: LuaState) -> LuaValue {
    switch tensor.shape {
    case .scalar: .number(Double(values[0]))
    case .tokens(let layout): .table(layout.table(values, in: state))
    case .tokensBy(let layout, let width): .table(layout.table(values, width: width, in: state))
    }
  }

  /// host.test_random(seed, step)
  static func random(_ arguments: CheckedArguments, _ host: ScriptHost) throws -> [LuaValue] {
    let stream = RandomStream(seed: UInt64(arguments[0].asInteger), purpose: "test")
    return [.object(RandomObject(stream.cursor(step: arguments[1].asInteger, row: 0)))]
  }

  // MARK: Rules

  /// host.test_weights(rule, tokens, step, seed, state, metrics, allow_negative): the result of a rule as training uses
  /// it: columns by name, and under `log` the numbers to log.
  static func weights(_ arguments: CheckedArguments, _ host: ScriptHost) throws -> [LuaValue] {
    guard let columns = arguments[1].asObject(TokenColumns.self) else { return [] }
    let made = arguments[0].asObject(RuleObject.self)
    guard let function = made?.function ?? arguments[0].asFunction else { return [] }
    let step = arguments[2].asInteger
    // A rule sees the batch before the update: there are no weights yet.
    let visible = Column.names(for: .rule) + ["old_logp"]
    let seen = columns.renewed { visible.containsExactly($0) }
    let stream = RandomStream(seed: UInt64(arguments[3].asInteger), purpose: "test/rule")
    let random = RandomObject(stream.cursor(step: step, row: 0), layout: seen.layout)
    defer { random.isOver = true }
    let hook = hook("kl.rule", function, arguments, host)
    let memory = arguments[4].lua.asTable ?? arguments.state.makeTable()
    let results = try hook.call(
      [.object(seen), .integer(Int64(step)), .object(random), .table(memory), arguments[5].lua], state: memory,
      step: step)
    let allowsNegative = made?.allowsNegative == true || arguments[6].asBoolean
    let weights = try WeightReader(hook: hook, columns: seen, step: step)
      .weights(results, kl: allowsNegative ? .any : .nonnegative)
    return [.table(table(weights, columns.layout, arguments.state))]
  }

  private static func table(_ weights: TokenWeights, _ layout: TokenLayout, _ state: LuaState) -> LuaTable {
    let table = state.makeTable()
    for (weight, column) in weights.given { table.set(weight.rawValue, .table(layout.table(column, in: state))) }
    let log = state.makeTable()
    for metric in weights.coefficients { log.set(metric.name, metric.value.map { .number(Double($0)) } ?? .nil) }
    table.set("log", .table(log))
    return table
  }

  // MARK: Losses

  /// host.test_gradient(loss, tokens, c, step, state): the gradient of each column that the loss read, the loss, and its
  /// parts.
  static func gradient(_ arguments: CheckedArguments, _ host: ScriptHost) throws -> [LuaValue] {
    guard let function = arguments[0].asFunction, let given = arguments[1].asObject(TokenColumns.self) else {
      return []
    }
    let (columns, step, state) = (given.renewed(), arguments[3].asInteger, arguments.state)
    let memory = arguments[4].lua.asTable ?? state.makeTable()
    let results = try hook("loss", function, arguments, host).call(
      [.object(columns), arguments[2].lua, .integer(Int64(step)), .table(memory)], state: memory, step: step)
    guard let loss = results.first?.asObject(Tensor.self), loss.shape == .scalar else {
      throw ScriptError("the loss must be a scalar tensor, got \(shown(results.first ?? .nil))")
    }
    if loss.requiresGradient { try loss.backward() }
    let gradients = state.makeTable()
    for name in Column.all.filter(\.isDifferentiable).map(\.name) {
      guard let column = columns.used(name) else { continue }
      let none = [Float](repeating: 0, count: column.values.count)
      gradients.set(name, rows(column, column.gradient ?? none, state))
    }
    return [.table(gradients), .number(Double(loss.values[0])), parts(results.count > 1 ? results[1] : .nil, state)]
  }

  /// Tensors among the parts as numbers or rows.
  private static func parts(_ value: LuaValue, _ state: LuaState) -> LuaValue {
    guard case .table(let table) = value else { return value }
    let parts = state.makeTable()
    for (key, value) in table.sortedPairs() {
      guard let name = key.asString else { continue }
      parts.set(name, value.asObject(Tensor.self).map { rows($0, $0.values, state) } ?? value)
    }
    return .table(parts)
  }

  private static func hook(
    _ name: String, _ function: LuaFunction, _ arguments: CheckedArguments, _ host: ScriptHost
  ) -> Hook {
    let context = StageContext(name: "test", place: arguments.place, host: host, state: arguments.state)
    return Hook(
      HookName(.hook, name), function: function, place: host.definition(of: function) ?? arguments.place, stage: context
    )
  }

  // MARK: Cases

  /// host.test_case(name, body)
  static func declare(_ arguments: CheckedArguments, _ host: ScriptHost) throws -> [LuaValue] {
    guard let body = arguments[1].asFunction else { return [] }
    try host.tests.declare(arguments[0].asString, body, inTests: host.runsTests)
    return []
  }

  /// host.test_fail(place, what, expected, found)
  static func fail(_ arguments: CheckedArguments, _ host: ScriptHost) throws -> [LuaValue] {
    throw TestFailure(
      place: host.place(text: arguments[0].asString), what: arguments[1].asString, expected: arguments[2].asString,
      found: arguments[3].asString)
  }
}
