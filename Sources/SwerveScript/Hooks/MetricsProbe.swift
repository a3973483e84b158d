import LuaRuntime
import SwerveRL
import SwerveText

/// A table that replaces the metrics. Every read of a metric gives the same value, and the names that were read are
/// recorded.
final class MetricsProbe {
  /// The names that were read, each once, in the order of reading.
  private(set) var asked: [String] = []
  /// Whether anything was read since this was last set to false.
  var hasAsked = false
  private(set) var table: LuaTable
  /// Whether the schedule read a metric that its stage never logs.
  private(set) var hasMisasked = false
  /// The `state` that the schedule gets while it is drawn, so that its real state does not change.
  let state: LuaTable

  /// - Parameters:
  ///   - value: what every metric has; nil: none was logged yet.
  ///   - hasEvaluation: whether the metrics of evaluations have it, too.
  init(_ context: StageContext, value: Double? = nil, hasEvaluation: Bool = true) throws {
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
      let name = call[1].asString.map(label) ?? shown(call[1])
      self?.note(name)
      if !hasEvaluation, MetricTable.isEvaluation(name) { return [] }
      return value.map { [.number($0)] } ?? []
    }
    let wrapped = try context.load("return setmetatable({}, { __index = ... })").call([.function(note)])
    table = wrapped.first?.asTable ?? table
  }

  private func note(_ name: String) {
    hasAsked = true
    if !asked.containsExactly(name) { asked.append(name) }
  }
}
