import SwerveFiles
import SwerveText

/// Samples of two runs that answer the same prompt at the same position of the record and differ.
package struct SampleDifferences: Equatable, Sendable {
  package struct Pair: Equatable, Sendable {
    package let a: SampleLine
    package let b: SampleLine
  }

  package let pairs: [Pair]
  /// The number of samples that were compared.
  package let compared: Int
  /// Characters shown before and after the first one that differs.
  private static let before = 24, after = 40

  /// Samples are paired by stage, step, set and number. A sample without a partner is not compared.
  package init(_ a: [SampleLine], _ b: [SampleLine]) {
    // Samples of a step are adjacent; groups are only used for look-ups.
    var groups: [ExactString: [SampleLine]] = [:]
    for sample in b { groups[Self.key(sample), default: []].append(sample) }
    var taken: [ExactString: Int] = [:]
    var pairs: [Pair] = []
    var compared = 0
    for sample in a {
      let key = Self.key(sample)
      let number = taken[key, default: 0]
      taken[key] = number + 1
      guard let other = groups[key], number < other.count else { continue }
      compared += 1
      if sample.answer !== other[number].answer || sample.prompt !== other[number].prompt {
        pairs.append(Pair(a: sample, b: other[number]))
      }
    }
    self.pairs = pairs
    self.compared = compared
  }

  private static func key(_ sample: SampleLine) -> ExactString {
    ExactString("\(sample.stage)/\(sample.step)/\(sample.set)")
  }

  /// - Parameter limit: how many pairs to show.
  package func lines(limit: Int = 3) -> [String] {
    if pairs.isEmpty { return [] }
    return ["\(pairs.count) of \(compared) differ, first:"] + pairs.prefix(limit).flatMap { Self.lines($0) }
  }

  private static func lines(_ pair: Pair) -> [String] {
    let (a, b) = (pair.a, pair.b)
    let head = "  step \(a.step) of stage \(a.stage), set \(a.set), prompt \(String(reflecting: a.prompt))"
    if a.prompt !== b.prompt { return [head, "    b has another prompt: \(String(reflecting: b.prompt))"] }
    let agreeing = zip(a.answer.unicodeScalars, b.answer.unicodeScalars).prefix { $0 == $1 }.count
    let start = max(agreeing - before, 0)
    let x = window(a.answer, start)
    let y = window(b.answer, start)
    let shared = String(String.UnicodeScalarView(a.answer.unicodeScalars.dropFirst(start).prefix(agreeing - start)))
    let mark = String(repeating: " ", count: shared.escaped.count + (start > 0 ? 3 : 0)) + "^ character \(agreeing + 1)"
    return [
      head, "    a: \(x)   reward \(reward(a))", "    b: \(y)   reward \(reward(b))", "       \(mark)",
    ]
  }

  private static func reward(_ sample: SampleLine) -> String { sample.reward.map { ExactText.text($0) } ?? "null" }

  private static func window(_ text: String, _ start: Int) -> String {
    let rest = text.unicodeScalars.dropFirst(start)
    let part = String(String.UnicodeScalarView(rest.prefix(before + after)))
    return (start > 0 ? "..." : "") + part.escaped + (rest.count > before + after ? "..." : "")
  }

  package var json: JSONValue {
    [
      "compared": .integer(compared),
      "pairs": .array(
        pairs.map { pair in
          [
            "stage": .string(pair.a.stage), "step": .integer(pair.a.step), "set": .string(pair.a.set),
            "prompt_a": .string(pair.a.prompt), "prompt_b": .string(pair.b.prompt),
            "answer_a": .string(pair.a.answer), "answer_b": .string(pair.b.answer),
            "reward_a": .float(pair.a.reward), "reward_b": .float(pair.b.reward),
          ]
        }),
    ]
  }
}
