import SwerveText

/// What a checkpoint says of a model's shape beyond the numbers that every model has. A GPT-2 writes only what differs
/// from a GPT-2 as it is pre-trained here, whose checkpoints have never held these facts.
struct ShapeFact: Sendable {
  let key: String
  /// What its value may be, in words.
  let expected: String
  let write: @Sendable (ModelConfiguration) -> String
  /// Changes the configuration; false where the text is no such value.
  let read: @Sendable (String, inout ModelConfiguration) -> Bool

  static let keyValueHeads = number("key_value_heads", \.keyValueHeads)
  static let headWidth = number("head_width", \.headWidth)
  static let innerWidth = number("inner_width", \.innerWidth)
  static let tokenTypes = number("token_types", \.tokenTypes)

  static let all: [ShapeFact] = [
    keyValueHeads, headWidth, innerWidth, tokenTypes,
    ShapeFact(
      key: "norm_epsilon", expected: "a number", write: { "\($0.layerNormEpsilon)" },
      read: { text, c in change(&c.layerNormEpsilon, Float(text)) }),
    ShapeFact(
      key: "rotary_base", expected: "a number", write: { "\($0.rotary.base)" },
      read: { text, c in change(&c.rotary.base, Double(text)) }),
    ShapeFact(
      key: "rotary_scaling", expected: "none, llama3 with four numbers, or divisors",
      write: { $0.rotary.scaling.text }, read: { text, c in change(&c.rotary.scaling, .init(text)) }),
    ShapeFact(
      key: "tied", expected: "true or false", write: { "\($0.isTied)" },
      read: { text, c in change(&c.isTied, Bool(text)) }),
  ]

  /// Those that a checkpoint of this model holds.
  static func facts(of c: ModelConfiguration) -> [(key: String, value: String)] {
    let all = all.map { (key: $0.key, value: $0.write(c)) }
    let plain = c.family == .gpt2 ? pretrained(c).map { plain in Self.all.map { $0.write(plain) } } : nil
    guard let plain else { return all }
    return zip(all, plain).filter { $0.0.value !== $0.1 }.map(\.0)
  }

  /// The model of these numbers as it is pre-trained here.
  private static func pretrained(_ c: ModelConfiguration) -> ModelConfiguration? {
    try? ModelConfiguration(
      layers: c.layers, heads: c.heads, width: c.width, context: c.context, vocabulary: c.vocabulary,
      positions: c.positions, valueHeadWidth: c.valueHeadWidth)
  }

  private static func number(
    _ key: String, _ path: WritableKeyPath<ModelConfiguration, Int> & Sendable
  ) -> ShapeFact {
    ShapeFact(
      key: key, expected: "a whole number", write: { "\($0[keyPath: path])" },
      read: { text, c in change(&c[keyPath: path], Int(text)) })
  }

  private static func change<Value>(_ field: inout Value, _ value: Value?) -> Bool {
    guard let value else { return false }
    field = value
    return true
  }
}

extension RotaryOptions.Scaling {
  fileprivate var text: String {
    switch self {
    case .none: "none"
    case .llama3(let factor, let low, let high, let original): "llama3 \(factor) \(low) \(high) \(original)"
    case .divisors(let divisors): "divisors " + divisors.map { "\($0)" }.joined(separator: " ")
    }
  }

  fileprivate init?(_ text: String) {
    let words = text.utf8.split(separator: UInt8(ascii: " "), omittingEmptySubsequences: false).map {
      String(decoding: $0, as: UTF8.self)
    }
    let numbers = words.dropFirst().compactMap { Double($0) }
    guard numbers.count == words.count - 1 else { return nil }
    switch (ExactString(words[0]), numbers.count) {
    case (ExactString("none"), 0): self = .none
    case (ExactString("llama3"), 4):
      guard let original = Int(words[4]) else { return nil }
      self = .llama3(factor: numbers[0], low: numbers[1], high: numbers[2], original: original)
    case (ExactString("divisors"), 1...): self = .divisors(words.dropFirst().compactMap { Float($0) })
    default: return nil
    }
  }
}
