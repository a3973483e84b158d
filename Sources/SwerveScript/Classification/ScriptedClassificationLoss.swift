import LuaRuntime
import SwerveRL
import SwerveTensor
import SwerveText

/// A loss of classification in Lua.
final class ScriptedClassificationLoss: ClassificationLoss {
  private let hook: Hook
  private let hierarchy: HierarchyObject

  init(hook: Hook, hierarchy: HierarchyObject) {
    (self.hook, self.hierarchy) = (hook, hierarchy)
  }

  func loss(_ columns: DocumentColumns, coefficients: [Metric], step: Int) throws -> LossValue {
    let numbers = coefficients.compactMap { metric in
      metric.value.map { (name: metric.name, value: Double($0)) }
    }
    let c = NumbersObject(numbers)
    let state = try hook.state.current()
    let results = try hook.call(
      [.object(DocumentsObject(columns, hierarchy)), .object(c), .integer(Int64(step)), .table(state)], state: state,
      step: step)
    let total = try hook.scalarLoss(results.first ?? .nil, step, of: "logits")
    let parts = try hook.lossParts(results.count > 1 ? results[1] : .nil, step)
    return LossValue(total: total, parts: parts)
  }
}

/// Numbers of a step by name, such as the coefficients of a loss.
final class NumbersObject: LuaObject {
  static let luaTypeName = "numbers"
  private let numbers: [(name: String, value: Double)]

  init(_ numbers: [(name: String, value: Double)]) { self.numbers = numbers }

  static let declaration = APIObject(
    name: luaTypeName, doc: "This step's numbers by name: what the option `coefficients` gave. Read only.", fields: [],
    methods: [])

  static func value(_ object: NumbersObject, _ key: LuaValue, _ call: inout LuaCall) throws -> LuaValue? {
    let name = key.asString.map(label) ?? shown(key)
    if let found = object.numbers.first(where: { $0.name === name }) { return .number(found.value) }
    throw ScriptError(
      "there is no coefficient '\(name)'" + didYouMean(name, among: object.numbers.map(\.name)),
      hint: "the option `coefficients` adds them, as in coefficients = { \(label(name)) = 1 }")
  }
}
