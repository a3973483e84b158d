import LuaRuntime
import SwerveRL
import SwerveText

extension StageContext {
  /// A table of numbers by name, for a hook; metrics without a value are left out. Reading a name that the stage never
  /// logs is an error, because nil would silently turn a controller off.
  func table(of metrics: [Metric]) throws -> LuaTable {
    guard let state else { throw ScriptError("the Lua state was closed") }
    let table = state.makeTable()
    for metric in metrics { if let value = metric.value { table.set(metric.name, .number(Double(value))) } }
    _ = try sealing(state).call([.table(table)])
    return table
  }

  /// A Lua function that makes reads of unknown metrics an error; it is made once.
  private func sealing(_ state: LuaState) throws -> LuaFunction {
    if let sealsMetrics { return sealsMetrics }
    let missing = state.function("metrics") { [weak self] call in
      try self?.lookUp(metric: call[1])
      return []
    }
    let made = try load(
      "local meta = { __index = ..., __metatable = false } return function(t) setmetatable(t, meta) end")
    guard case .function(let seals)? = try made.call([.function(missing)]).first else {
      preconditionFailure("the chunk returns a function")
    }
    sealsMetrics = seals
    return seals
  }

  /// Called when a script reads a name for which the table of metrics has no value.
  /// - Throws: ScriptError for a name that no step of the stage logs.
  func lookUp(metric key: LuaValue) throws {
    let name = key.asString.map(label) ?? shown(key)
    askedInVain = name
    guard let metricNames, !metricNames.mayHold(name) else { return }
    throw ScriptError(
      "there is no metric '\(name)'" + didYouMean(name, among: metricNames.known),
      hint: "stage '\(self.name)' logs " + metricNames.description)
  }
}
