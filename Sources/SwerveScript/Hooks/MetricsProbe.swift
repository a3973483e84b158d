import LuaRuntime
import SwerveText

/// A table in place of the metrics, which answers nil and notes what was asked of it.
final class MetricsProbe {
  /// The names, each once, in the order of asking.
  private(set) var asked: [String] = []
  /// Whether anything was asked since this was last set to false.
  var hasAsked = false
  private(set) var table: LuaTable
  /// The schedule asked for a metric that its stage never logs.
  private(set) var hasMisasked = false
  /// The memory of the schedule that is drawn: its own stays as it is.
  let state: LuaTable

  init(_ context: StageContext) throws {
    guard let state = context.state else { throw ScriptError("the Lua state was closed") }
    table = state.makeTable()
    self.state = state.makeTable()
    let note = state.function("note") { [weak self, weak context] call in
      do {
        try context?.lookUp(metric: call[1])
      } catch {
        self?.hasMisasked = true
        throw error
      }
      self?.note(call[1].asString.map(label) ?? shown(call[1]))
      return []
    }
    let wrapped = try context.load("return setmetatable({}, { __index = ... })").call([.function(note)])
    table = wrapped.first?.asTable ?? table
  }

  private func note(_ name: String) {
    hasAsked = true
    if !asked.containsExactly(name) { asked.append(name) }
  }
}
