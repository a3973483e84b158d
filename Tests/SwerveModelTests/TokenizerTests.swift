import SwerveModel
import Testing

@Suite struct TokenizerTests {
  @Test func numbersTokensByTheirIndexInTheAlphabet() throws {
    let tokenizer = try CharacterTokenizer(alphabet: "ab\n%")
    #expect(try tokenizer.encode("b\na") == [1, 2, 0])
    #expect(tokenizer.decode([3, 1]) == "%b")
    #expect(tokenizer.vocabularySize == 4)
    #expect(tokenizer.alphabet == "ab\n%")
    #expect(tokenizer.token(of: "%") == 3 && tokenizer.token(of: "x") == nil)
    #expect(tokenizer.scalar(2) == "\n")
  }

  @Test func makesOneTokenOfEachUnicodeScalar() throws {
    let alphabet = "e\u{301}\r\n🇩🇪é"
    let tokenizer = try CharacterTokenizer(alphabet: alphabet)
    #expect(tokenizer.vocabularySize == alphabet.unicodeScalars.count)
    let text = "é e\u{301}\r\n🇩🇪".split(separator: " ").joined()
    let tokens = try tokenizer.encode(text)
    #expect(tokens.count == text.unicodeScalars.count)
    #expect(Array(tokenizer.decode(tokens).utf8) == Array(text.utf8))
  }

  @Test func namesAnUnknownCharacterWithItsOffset() throws {
    let tokenizer = try CharacterTokenizer(alphabet: "01+")
    do {
      _ = try tokenizer.encode("1+0-1")
      Issue.record("no error")
    } catch {
      #expect("\(error)" == "character \"-\" (U+002D) at offset 3 is not in the alphabet \"01+\"")
    }
    #expect(throws: TokenizerError.unknownScalar("é", offset: 1, alphabet: "01+")) { try tokenizer.encode("0é") }
  }

  @Test func rejectsAnEmptyAlphabetAndRepeatedCharacters() {
    #expect(throws: TokenizerError.emptyAlphabet) { try CharacterTokenizer(alphabet: "") }
    #expect(throws: TokenizerError.repeatedScalar("b", first: 1, second: 3)) {
      try CharacterTokenizer(alphabet: "abcb")
    }
    #expect(throws: TokenizerError.repeatedScalar("ä", first: 0, second: 1)) { try CharacterTokenizer(alphabet: "ää") }
    let shown = "\(TokenizerError.repeatedScalar("\n", first: 1, second: 3))"
    #expect(shown.hasPrefix("the alphabet has \"\\n\" (U+000A) twice, at positions 1 and 3"))
  }

  @Test func encodesEmptyTextAsNoTokens() throws {
    let tokenizer = try CharacterTokenizer(alphabet: "a")
    #expect(try tokenizer.encode("") == [])
    #expect(tokenizer.decode([]) == "")
  }
}
