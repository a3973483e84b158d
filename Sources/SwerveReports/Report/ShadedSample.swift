import SwerveFiles
import SwerveTensor
import SwerveText

/// An answer of an evaluation, with each token shaded by the rule's weight and by its probabilities.
struct ShadedSample {
  /// Adjacent tokens with nearly the same shade.
  struct Mark {
    fileprivate(set) var text: String
    /// From 0 to `levels`; nil for tokens without a number.
    let level: Int?
    /// The number of the first token.
    let value: Double
  }

  /// The answer, shaded by one kind of numbers.
  struct View {
    let name: String
    let marks: [Mark]
  }

  /// The darkest shade.
  static let levels = 20

  let set: String
  let prompt: String
  let answer: String
  let reward: String
  /// Shaded by the weights, and by the probabilities under the policy and under the reference; empty where the record
  /// has none of them, as of pre-training and in records of older versions.
  let views: [View]

  /// - Parameter line: of samples.jsonl.
  /// - Throws: FileError for a line without the fields of a sample.
  init(_ line: JSONLine) throws {
    func numbers(_ name: String) -> [Double] { (line.value[name]?.elements ?? []).map { $0.double ?? .nan } }
    func probabilities(_ name: String) -> [Double] { numbers(name).map { Double(exactExp(Float($0))) } }
    let answer = try line.string("answer")
    // A record names the texts of tokens where these are not the answer's characters.
    let texts = line.value["texts"]?.elements?.map { $0.string ?? "" } ?? answer.unicodeScalars.map { String($0) }
    set = try line.string("set")
    prompt = try line.string("prompt")
    self.answer = answer
    reward = line.value["reward"]?.compact() ?? "-"
    let kinds: [(name: String, values: [Double], shade: (Double) -> Double)] = [
      ("weight", numbers("weights"), { $0 }), ("policy", probabilities("logp"), Self.surprise),
      ("reference", probabilities("ref_logp"), Self.surprise),
    ]
    views = kinds.filter { !$0.values.isEmpty }.map {
      View(name: $0.name, marks: Self.marks(texts, $0.values, $0.shade))
    }
  }

  /// 0 for a probability of 1; 1 for a probability of 1/1000 or less.
  private static func surprise(_ probability: Double) -> Double {
    probability <= 0.001 ? 1 : -Double(exactLog(Float(probability))) / -Double(exactLog(0.001))
  }

  /// - Parameter shade: from 0 to 1; NaN: none.
  private static func marks(_ texts: [String], _ values: [Double], _ shade: (Double) -> Double) -> [Mark] {
    texts.enumerated().reduce(into: []) { marks, token in
      let value = token.offset < values.count ? values[token.offset] : .nan
      let shaded = shade(value)
      let level = shaded.isNaN ? nil : Int((min(max(shaded, 0), 1) * Double(levels)).rounded())
      if let last = marks.last, last.level == level {
        marks[marks.count - 1].text += token.element
      } else {
        marks.append(Mark(text: token.element, level: level, value: value))
      }
    }
  }

  // MARK: Pages

  func html() -> String {
    "<p class=\"soft\">\(Markup.escaped(set)), reward \(Markup.escaped(reward)), prompt "
      + "\(Markup.escaped(String(reflecting: prompt)))</p>\n<div class=\"views\">"
      + (views.isEmpty ? "<div class=\"sample\" tabindex=\"0\">\(Markup.escaped(answer))</div>" : "")
      + views.map { view in
        "<figure><figcaption>\(view.name)</figcaption><div class=\"sample\" tabindex=\"0\">"
          + view.marks.map { Self.html($0, view.name) }.joined() + "</div></figure>"
      }.joined() + "</div>\n"
  }

  private static func html(_ mark: Mark, _ name: String) -> String {
    if mark.text.isEmpty { return "" }
    guard let level = mark.level else { return Markup.escaped(mark.text) }
    return
      "<span style=\"--w:\(DisplayNumber.short(Double(level) / Double(levels)))\" "
      + "title=\"\(name) about \(DisplayNumber.short(mark.value))\">\(Markup.escaped(mark.text))</span>"
  }

  /// For a page that makes its elements itself: each mark as [text, level or null, number].
  var json: JSONValue {
    [
      "set": .string(set), "prompt": .string(prompt), "answer": .string(answer), "reward": .string(reward),
      "views": .array(views.map(Self.json)),
    ]
  }

  private static func json(_ view: View) -> JSONValue {
    ["name": .string(view.name), "marks": .array(view.marks.map(json))]
  }

  private static func json(_ mark: Mark) -> JSONValue {
    let level: JSONValue = mark.level.map { .integer($0) } ?? .null
    return [.string(mark.text), level, .string(DisplayNumber.short(mark.value))]
  }
}
