import Testing

@testable import SwerveModel

/// Where texts are cut into words. What is expected is what Hugging Face's library makes of the regular expressions.
@Suite struct WordCutterTests {
  private func words(_ rule: PreTokenizer, _ text: String) -> [String] {
    let bytes = Array(text.utf8)
    return bytes.withUnsafeBufferPointer { buffer in
      var cutter = WordCutter(rule, buffer, 0..<buffer.count)
      var words: [String] = []
      while let word = cutter.next() { words.append(String(decoding: word, as: UTF8.self)) }
      return words
    }
  }

  private func check(_ text: String, _ expected: KeyValuePairs<PreTokenizer, [String]>) {
    for (rule, pieces) in expected {
      let found = words(rule, text)
      #expect(found.map { Array($0.utf8) } == pieces.map { Array($0.utf8) }, "\(rule): \(found)")
    }
  }

  @Test func keepsContractionsAsWords() {
    let small = ["I", "'m", " '", "ll", "'", "Ve", " it", "'s", " a", "'", "ſx", " '", "Re"]
    let any = ["I", "'m", " '", "ll", "'Ve", " it", "'s", " a", "'ſ", "x", " '", "Re"]
    check("I'm 'll'Ve it's a'ſx 'Re", [.gpt2: small, .smollm: small, .llama3: any, .qwen2: any])
  }

  @Test func cutsSpacesBeforeWordsAndDigits() {
    check(
      "a  1   23 x\t\ty  ",
      [
        .gpt2: ["a", " ", " 1", "  ", " 23", " x", "\t", "\t", "y", "  "],
        .smollm: ["a", "  ", "1", "   ", "2", "3", " x", "\t", "\t", "y", "  "],
        .llama3: ["a", " ", " ", "1", "  ", " ", "23", " x", "\t", "\ty", "  "],
        .qwen2: ["a", " ", " ", "1", "  ", " ", "2", "3", " x", "\t", "\ty", "  "],
        .bert: ["a", "1", "23", "x", "y"],
      ])
  }

  @Test func treatsNumbersOfAnyScriptAsDigits() {
    check(
      "12345 Ⅻ½٣",
      [
        .gpt2: ["12345", " Ⅻ½٣"], .llama3: ["123", "45", " ", "Ⅻ½٣"], .bert: ["12345", "Ⅻ½٣"],
        .smollm: ["1", "2", "3", "4", "5", " ", "Ⅻ", "½", "٣"],
        .qwen2: ["1", "2", "3", "4", "5", " ", "Ⅻ", "½", "٣"],
      ])
  }

  @Test func keepsLineEndsWithWhatIsBeforeThem() {
    check(
      "x \n\n  y\r\n z \n",
      [
        .gpt2: ["x", " \n\n ", " y", "\r\n", " z", " \n"], .llama3: ["x", " \n\n", " ", " y", "\r\n", " z", " \n"],
        .qwen2: ["x", " \n\n", " ", " y", "\r\n", " z", " \n"], .bert: ["x", "y", "z"],
      ])
    check(
      " !?\n\n(a _b\u{a0}!c",
      [
        .gpt2: [" !?", "\n", "\n", "(", "a", " _", "b", "\u{a0}", "!", "c"],
        .llama3: [" !?\n\n", "(a", " _", "b", "\u{a0}", "!c"],
        .bert: ["!", "?", "(", "a", "_", "b", "!", "c"],
      ])
  }

  @Test func treatsMarksAsNoLetters() {
    check(
      "e\u{301}x \u{928}\u{947} 灯塔",
      [
        .gpt2: ["e", "\u{301}", "x", " \u{928}", "\u{947}", " 灯塔"],
        .llama3: ["e", "\u{301}x", " \u{928}", "\u{947}", " 灯塔"], .bert: ["e\u{301}x", "\u{928}\u{947}", "灯塔"],
      ])
  }

  @Test func cutsOtherSpacesOff() {
    check(
      "\u{3000}\u{3000}a\u{2003} b",
      [
        .gpt2: ["\u{3000}", "\u{3000}", "a", "\u{2003}", " b"], .llama3: ["\u{3000}", "\u{3000}a", "\u{2003}", " b"],
        .bert: ["a", "b"],
      ])
  }

  @Test(arguments: PreTokenizer.allCases) func losesAndRepeatsNothing(rule: PreTokenizer) {
    let parts = [
      "a", "B", "1", " ", "  ", "\n", "\r", "'", "'s", "'LL", "!", "é", "漢", "٣", "\u{a0}", "\u{301}", "ſ", "😀",
    ]
    var state: UInt64 = 1
    for _ in 0..<500 {
      var text = ""
      for _ in 0..<12 {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        text.unicodeScalars.append(contentsOf: parts[Int(state >> 33) % parts.count].unicodeScalars)
      }
      let words = words(rule, text)
      let all = Array(words.joined().unicodeScalars)
      let expected = text.unicodeScalars.filter { rule != .bert || !$0.properties.isWhitespace }
      #expect(all == Array(expected) && words.allSatisfy { !$0.isEmpty })
    }
  }
}
