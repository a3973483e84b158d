/// Cuts a text into words by a `PreTokenizer`, from left to right. Each step does what the first alternative of the regular
/// expression that matches would do. O(length) in all.
struct WordCutter {
  private let rule: PreTokenizer
  private let bytes: UnsafeBufferPointer<UInt8>
  /// Where the next word begins, and where the text ends.
  private var place: Int
  private let textEnd: Int
  /// Where the part of the text ends that the rule sees: at the next digit for SmolLM.
  private var end: Int

  /// - Parameter range: of bytes of valid UTF-8, at boundaries of scalars.
  init(_ rule: PreTokenizer, _ bytes: UnsafeBufferPointer<UInt8>, _ range: Range<Int>) {
    self.rule = rule
    self.bytes = bytes
    place = range.lowerBound
    textEnd = range.upperBound
    end = rule == .smollm ? place : textEnd
  }

  mutating func next() -> Slice<UnsafeBufferPointer<UInt8>>? {
    if rule == .bert { return nextBert() }
    guard place < textEnd else { return nil }
    let start = place
    switch rule {
    case .smollm:
      if place == end { findDigit() }
      place = place == end ? bytes.scalar(at: place).end : gpt2(place)
      if place > end { end = place }
    case .llama3: place = llama3(place, mostDigits: 3)
    case .qwen2: place = llama3(place, mostDigits: 1)
    case .gpt2, .bert: place = gpt2(place)
    }
    return bytes[start..<place]
  }

  /// Moves the end to the next digit.
  private mutating func findDigit() {
    end = place
    while end < textEnd {
      let (kind, next) = bytes.scalarClass(at: end)
      if kind == .number { break }
      end = next
    }
  }

  // MARK: the end of the word that begins at a place

  private func gpt2(_ start: Int) -> Int {
    if let end = contraction(start, ignoringCase: false) { return end }
    var (kind, next) = bytes.scalarClass(at: start)
    if bytes[start] == UInt8(ascii: " "), next < end {
      let (following, afterIt) = bytes.scalarClass(at: next)
      if !following.isSpace { (kind, next) = (following, afterIt) }
    }
    return kind.isSpace ? spaces(start) : run(of: kind, next)
  }

  private func llama3(_ start: Int, mostDigits: Int) -> Int {
    if let end = contraction(start, ignoringCase: true) { return end }
    let (kind, next) = bytes.scalarClass(at: start)
    if kind == .letter { return run(of: .letter, next) }
    let following = next < end ? bytes.scalarClass(at: next) : nil
    if kind == .space || kind == .other, let following, following.0 == .letter {
      return run(of: .letter, following.end)
    }
    if kind == .number { return run(of: .number, next, most: mostDigits - 1) }
    if kind == .other { return lineEnds(run(of: .other, next)) }
    if bytes[start] == UInt8(ascii: " "), let following, following.0 == .other {
      return lineEnds(run(of: .other, following.end))
    }
    return lastLineEnd(start) ?? spaces(start)
  }

  /// After "'s" and the like. Case is ignored as Unicode folds it: "ſ" is an s.
  private func contraction(_ start: Int, ignoringCase: Bool) -> Int? {
    guard bytes[start] == UInt8(ascii: "'"), start + 1 < end else { return nil }
    let fold: UInt8 = ignoringCase ? 0x20 : 0
    func letter(_ place: Int) -> UInt8? { place < end ? bytes[place] | fold : nil }
    switch letter(start + 1) {
    case UInt8(ascii: "s"), UInt8(ascii: "t"), UInt8(ascii: "m"), UInt8(ascii: "d"): return start + 2
    case UInt8(ascii: "r"), UInt8(ascii: "v"): return letter(start + 2) == UInt8(ascii: "e") ? start + 3 : nil
    case UInt8(ascii: "l"): return letter(start + 2) == UInt8(ascii: "l") ? start + 3 : nil
    default: return ignoringCase && bytes.scalar(at: start + 1).scalar == "\u{17f}" ? start + 3 : nil
    }
  }

  /// After all scalars of one class that follow.
  private func run(of kind: ScalarClass, _ start: Int, most: Int = .max) -> Int {
    var place = start
    var count = 0
    while place < end, count < most {
      let (found, next) = bytes.scalarClass(at: place)
      guard found == kind else { break }
      place = next
      count += 1
    }
    return place
  }

  private func lineEnds(_ start: Int) -> Int { run(of: .lineEnd, start) }

  /// `\s*[\r\n]+`: after the last line end among the white space that begins here.
  private func lastLineEnd(_ start: Int) -> Int? {
    var last: Int?
    var place = start
    while place < end {
      let (kind, next) = bytes.scalarClass(at: place)
      guard kind.isSpace else { break }
      if kind == .lineEnd { last = next }
      place = next
    }
    return last
  }

  /// `\s+(?!\S)|\s+`: all white space up to the end, or all but the last scalar of it, or a single one.
  private func spaces(_ start: Int) -> Int {
    var last = start
    var place = start
    while place < end {
      let (kind, next) = bytes.scalarClass(at: place)
      guard kind.isSpace else { return last > start ? last : place }
      last = place
      place = next
    }
    return place
  }

  private mutating func nextBert() -> Slice<UnsafeBufferPointer<UInt8>>? {
    var start = place
    while place < end {
      let (scalar, next) = bytes.scalar(at: place)
      let isSpace = BertText.isSpace(scalar)
      if isSpace || BertText.isPunctuation(scalar) {
        if place > start { break }
        place = next
        if !isSpace { return bytes[start..<next] }
        start = next
      } else {
        place = next
      }
    }
    return place > start ? bytes[start..<place] : nil
  }
}
