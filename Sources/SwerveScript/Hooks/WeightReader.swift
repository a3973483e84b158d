import LuaRuntime
import SwerveRL
import SwerveTensor
import SwerveText

/// Turns what a rule returned into numbers for each token.
struct WeightReader {
  let hook: Hook
  let columns: TokenColumns
  let step: Int

  private static let known = RuleWeight.allCases.map(\.rawValue)
  private static let forms = "a rule returns one column, or a table with any of " + known.joined(separator: ", ")
  /// With a value above 1, the ratio of probabilities would have no lower bound.
  private static let lowerClip = NumberRange.closed(0, 1)

  /// - Parameters:
  ///   - results: the weights, and numbers to log.
  ///   - klRange: the range of the weights of each term.
  func weights(_ results: [LuaValue], kl klRange: NumberRange) throws -> TokenWeights {
    let answer = results.first ?? .nil
    var weights = TokenWeights(kl: [])
    if case .table(let table) = answer, !table.isSequence {
      weights = try parts(table, klRange)
    } else {
      weights.kl = try column(answer, .kl, klRange)
    }
    weights.coefficients = try coefficients(results.count > 1 ? results[1] : .nil)
    return weights
  }

  private func parts(_ table: LuaTable, _ klRange: NumberRange) throws -> TokenWeights {
    let known = Self.known
    for (key, _) in table.sortedPairs() {
      let name = key.asString ?? shown(key)
      guard known.containsExactly(name) else {
        throw hook.refusal(
          "unknown weight '\(label(name))'\(didYouMean(name, among: known))", step: step,
          hint: Self.forms)
      }
    }
    func column(_ weight: RuleWeight, _ range: NumberRange) throws -> [Float]? {
      let value = table.get(weight.rawValue)
      return value.isNil ? nil : try self.column(value, weight, range)
    }
    var weights = TokenWeights(
      kl: try column(.kl, klRange) ?? [Float](repeating: 1, count: columns.layout.count))
    weights.policy = try column(.policy, klRange)
    weights.entropy = try column(.entropy, klRange)
    weights.advantage = try column(.advantage, .any)
    weights.clipLow = try column(.clipLow, Self.lowerClip)
    weights.clipHigh = try column(.clipHigh, .nonnegative)
    return weights
  }

  /// The second result: numbers to log, in the order of their names.
  private func coefficients(_ value: LuaValue) throws -> [Metric] {
    guard !value.isNil else { return [] }
    guard case .table(let table) = value else {
      throw hook.refusal("the second result must be a table of numbers to log, got \(shown(value))", step: step)
    }
    return try GivenName.path.numbers(of: table, "logged number", hook: hook, step: step)
      .map { Metric($0.name, $0.value) }
  }

  /// - Parameters:
  ///   - value: a number, a tensor or a list of numbers.
  func column(_ value: LuaValue, _ weight: RuleWeight, _ range: NumberRange) throws -> [Float] {
    let count = columns.layout.count
    switch value {
    case .integer, .number:
      return try checked([Float](repeating: Float(value.asDouble ?? 0), count: count), weight, range)
    case .object(let object as Tensor):
      return try checked(try values(of: object, weight), weight, range)
    case .table(let table) where table.isSequence && table.count > 0:
      return try checked(try values(of: table, weight), weight, range)
    default:
      throw hook.refusal(
        "the \(weight.subject) must be a number, a tensor or a list of numbers, got \(shown(value))", step: step,
        hint: value.asTable == nil ? ValueHint.forAnswer(value) : Self.forms)
    }
  }

  private func values(of tensor: Tensor, _ weight: RuleWeight) throws -> [Float] {
    let expected = TensorShape.tokens(columns.layout)
    if tensor.shape == .scalar { return [Float](repeating: tensor.values[0], count: columns.layout.count) }
    guard tensor.shape == expected else {
      throw hook.refusal(
        "the \(weight.subject) must have one number for each token, \(expected), got a tensor of shape \(tensor.shape)",
        step: step)
    }
    return tensor.values
  }

  private func values(of table: LuaTable, _ weight: RuleWeight) throws -> [Float] {
    guard table.count == columns.layout.count else {
      throw hook.refusal(
        "the \(weight.subject) must have one number for each of the \(columns.layout.count) tokens, got a list of \(table.count)",
        step: step)
    }
    if let numbers = try? table.doubles() { return numbers.map(Float.init) }
    let bad = (1...table.count).first { table.get($0).asDouble == nil } ?? 1
    throw hook.refusal(
      "the \(weight.subject) at \(columns.place(bad - 1)) must be a number, got \(shown(table.get(bad)))", step: step)
  }

  /// Throws for the first number outside the range.
  private func checked(_ values: [Float], _ weight: RuleWeight, _ range: NumberRange) throws -> [Float] {
    guard let bad = values.firstIndex(where: { !range.contains(Double($0)) }) else { return values }
    let isNegative = values[bad] < 0 && values[bad].isFinite
    throw hook.refusal(
      "the \(weight.subject) at \(columns.place(bad)) must be \(values[bad].isFinite ? range.description : "a finite number"), got "
        + numberText(values[bad]), step: step,
      hint: isNegative ? weight.hintForNegative : nil)
  }
}
