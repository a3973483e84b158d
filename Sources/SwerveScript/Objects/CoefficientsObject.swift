import LuaRuntime
import SwerveText

/// The numbers of a step that a loss sees, by name.
final class CoefficientsObject: LuaObject {
  static let luaTypeName = "coefficients"
  private let numbers: [(name: String, value: Double)]
  private let words: [(name: String, value: String)]
  /// The names that were read.
  private(set) var read: Set<ExactString> = []

  init(numbers: [(name: String, value: Double)], constants: LossConstants) {
    self.numbers = numbers + (constants.aggregateLength.map { [("aggregate_length", Double($0))] } ?? [])
    words = constants.words
  }

  static func value(_ object: CoefficientsObject, _ key: LuaValue, _ call: inout LuaCall) throws -> LuaValue? {
    let name = key.asString.map(label) ?? shown(key)
    object.read.insert(ExactString(name))
    if let word = object.words.first(where: { $0.name === name }) { return .string(word.value) }
    if let found = object.numbers.first(where: { $0.name === name }) { return .number(found.value) }
    let known = object.numbers.map(\.name) + object.words.map(\.name)
    throw ScriptError(
      "there is no coefficient '\(name)'" + didYouMean(name, among: known),
      hint: "coefficients: \(known.joined(separator: ", ")); the option `coefficients` adds more")
  }
}

extension CoefficientsObject {
  static let declaration = APIObject(
    name: luaTypeName,
    doc: "This step's numbers by name: those below and what the option `coefficients` added. Read only.",
    fields: [
      ("vf", "number", "coefficient of the critic's squared error"),
      ("entropy", "number", "coefficient of the entropy bonus"),
      ("kl", "number", "coefficient of the KL penalty; 0 where the penalty is in the reward"),
      ("temperature", "number", "of sampling and of every log-probability; `t.logits` are not divided by it"),
      ("gamma", "number", "discount"),
      ("gae_lambda", "number", "lambda of generalized advantage estimation"),
      ("estimator", choice(LossConstants.estimators), "the option `kl.estimator`"),
      ("aggregate", choice(LossConstants.aggregates), "the option `aggregate`"),
      ("aggregate_length", "integer", "the option of this name, where it is given"),
      ("ratio", choice(LossConstants.ratios), "the option `ratio`"),
      ("clip", "number", "the option `clip`, where the algorithm has it"),
      ("value_clip", "number", "the option `value_clip`, where it is given"),
      ("value_loss", choice(LossConstants.valueLosses), "clipped with the option `value_clip`, else plain"),
    ], methods: [])

  private static func choice(_ words: [String]) -> String { words.map { "\"\($0)\"" }.joined(separator: "|") }
}
