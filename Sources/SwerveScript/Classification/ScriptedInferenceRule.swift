import LuaRuntime
import SwerveRL
import SwerveText

/// An inference rule in Lua: from the probabilities of all labels to those that a document gets. math.random gives it the
/// same numbers for each document.
final class ScriptedInferenceRule: InferenceRule {
  private let name: String
  private let watch: HookGuard
  private let hierarchy: HierarchyObject
  private let stage: StageContext
  private let place: ScriptPlace

  init(_ name: String, _ function: LuaFunction, _ hierarchy: HierarchyObject, _ stage: StageContext) {
    (self.name, self.hierarchy, self.stage) = (name, hierarchy, stage)
    place = stage.host.definition(of: function) ?? stage.place
    watch = HookGuard(function, stage.host, isFrequent: true)
  }

  private var title: String { "the rule '\(name)' of 'decode' in stage '\(stage.name)'" }

  func labels(_ probabilities: [Double]) throws -> [Int] {
    guard let state = stage.state else { throw ScriptError("the Lua state was closed") }
    state.begin(stream: "\(stage.name)/decode/\(name)".streamNumber)
    let table = state.makeTable(numbers: probabilities)
    return try set(
      watch.call(
        [.table(table), .object(hierarchy)], at: place, title: title,
        hint: "a rule may depend on its arguments alone"))
  }

  private func set(_ value: LuaValue) throws -> [Int] {
    guard case .table(let table) = value, table.isSequence else {
      throw refusal("must return a list of labels, got \(shown(value))")
    }
    var labels: [Int] = []
    for element in table.elements() {
      guard let number = element.asInteger, number >= 1, number <= hierarchy.tree.count else {
        throw refusal("must return numbers of labels, 1 to \(hierarchy.tree.count), got \(shown(element))")
      }
      labels.append(Int(number) - 1)
    }
    labels.sort()
    if let twice = zip(labels, labels.dropFirst()).first(where: { $0 == $1 }) {
      throw refusal("returned the label \(twice.0 + 1) (\(hierarchy.tree.names[twice.0])) twice")
    }
    return labels
  }

  private func refusal(_ problem: String) -> ScriptError {
    ScriptError("\(title) \(problem)", place: place, hint: "return { 3, 7 } with the numbers of the labels, or {}")
  }
}
