import SwerveModel
import SwerveTestSupport
import Testing

/// Bytes that should be text, as people see them.
@Suite struct ShownBytesTests {
  @Test(
    arguments: [
      (Array("a→é\n".utf8), "a→é\n"), ([0xe2], "\\xE2"), ([0x61, 0xe2, 0x86, 0x62], "a\\xE2\\x86b"),
      ([0xff, 0x00], "\\xFF\0"),
      ([0xef, 0xbf, 0xbd], "\u{FFFD}"), ([], ""), ([0x0a, 0xf0, 0x9f, 0x98], "\n\\xF0\\x9F\\x98"),
    ] as [([UInt8], String)])
  func escapesBytesThatAreNoCharacters(_ bytes: [UInt8], _ shown: String) {
    #expect(ShownBytes.text(bytes) == shown)
  }

  @Test func showsWhatTokensHoldOfTheCharacters() throws {
    let tokenizer = PieceTokenizer([[0x61], [0xe2], [0x86], [0x92], [0xff]])
    let tokens: [Int32] = [0, 1, 2, 3, 4, 1, 0]
    #expect(tokens.map { tokenizer.text(of: $0) } == ["a", "\\xE2", "\\x86", "\\x92", "\\xFF", "\\xE2", "a"])
    let pieces = TokenSpans(tokens, tokenizer).pieces(of: tokenizer.decode(tokens))
    #expect(pieces == ["a", "→", "", "", "\\xFF", "\\xE2", "a"])
    #expect(pieces.joined() == ShownBytes.text(tokenizer.bytes(of: tokens)))
  }
}
