import SwerveModel
import SwerveTestSupport
import Testing

/// Texts for which a quadratic step would take minutes.
@Suite struct LongTextTokenTests {
  @Test(arguments: TokenizerCases.kinds) func encodesLongTextsWithoutQuadraticSteps(kind: String) throws {
    let tokenizer = try SubwordTokenizer(json: TokenizerCases.file(kind))
    let count = 400_000
    for part in ["a", "ab", " ", "\n", " \n", "1", "'", "e\u{301}", "가", "<", "\u{323}\u{307}"] {
      let text = String(repeating: part, count: count / part.utf8.count)
      let tokens = try tokenizer.encode(text)
      if tokenizer.identity.kind == "bpe" && kind != "qwen2" {
        #expect(Array(tokenizer.decode(tokens).utf8) == Array(text.utf8), "\(part)")
      }
    }
  }
}
