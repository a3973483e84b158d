import SwerveModel
import SwerveTestSupport
import Testing

/// Tokenizers of real models' kinds against Hugging Face's library.
@Suite struct SubwordTokenizerFixtureTests {
  /// One that was read from the file, and one that its identity makes again.
  private func tokenizers(_ kind: String) throws -> [SubwordTokenizer] {
    let read = try SubwordTokenizer(json: TokenizerCases.file(kind))
    return [read, try #require(try again(read.identity) as? SubwordTokenizer)]
  }

  private func again(_ identity: TokenizerIdentity) throws -> any Tokenizer {
    let kind = try #require(TokenizerKind.all.first { $0.name == identity.kind })
    let configuration = try ModelConfiguration(layers: 1, heads: 1, width: 2, context: 3, vocabulary: 5)
    let metadata = CheckpointMetadata.make(configuration, tokenizer: identity)
    return try CheckpointMetadata.read({ key in metadata.first { $0.key == key }?.value }, kinds: [kind]).tokenizer
  }

  private func bytes(_ text: String) -> [UInt8] { Array(text.utf8) }

  @Test(arguments: TokenizerCases.kinds) func givesTextsTheSameTokens(kind: String) throws {
    let cases = try TokenizerCases.cases(kind)
    for tokenizer in try tokenizers(kind) {
      #expect(tokenizer.vocabularySize == cases.vocabulary)
      for row in cases.cases {
        #expect(try tokenizer.encode(row.text) == row.ids, "\(row.name)")
        #expect(
          try tokenizer.encode(row.text, parsingSpecial: false) == row.unparsed ?? row.ids, "\(row.name), unparsed")
        let marked = try tokenizer.encodeWithSpecial(row.text)
        if let expected = row.withSpecial { #expect(marked.tokens == expected, "\(row.name), with special tokens") }
        #expect(marked.types == marked.tokens.map { _ in 0 })
      }
    }
  }

  @Test(arguments: TokenizerCases.kinds) func givesTokensTheSameText(kind: String) throws {
    let cases = try TokenizerCases.cases(kind)
    for tokenizer in try tokenizers(kind) {
      for row in cases.cases {
        let whole = row.decoded ?? row.text
        #expect(bytes(tokenizer.decode(row.ids)) == bytes(whole), "\(row.name)")
        #expect(
          bytes(tokenizer.decode(row.ids, skippingSpecial: true)) == bytes(row.decodedSkipping ?? whole),
          "\(row.name), without special tokens")
      }
      for row in cases.decode {
        #expect(bytes(tokenizer.decode(row.ids)) == bytes(row.text), "\(row.ids)")
        #expect(
          bytes(tokenizer.decode(row.ids, skippingSpecial: true)) == bytes(row.skipping ?? row.text), "\(row.ids)")
      }
    }
  }

  @Test(arguments: TokenizerCases.kinds) func givesPairsTheSameTokensAndTypes(kind: String) throws {
    for tokenizer in try tokenizers(kind) {
      for row in try TokenizerCases.cases(kind).pairs {
        let marked = try tokenizer.encodeWithSpecial(row.first, and: row.second)
        #expect(marked == SubwordTokenizer.Marked(tokens: row.ids, types: row.types), "\(row.first) \(row.second)")
      }
    }
  }

  @Test(arguments: TokenizerCases.kinds) func knowsAddedTokens(kind: String) throws {
    let cases = try TokenizerCases.cases(kind)
    let tokenizer = try SubwordTokenizer(json: TokenizerCases.file(kind))
    for (text, token) in cases.special {
      #expect(tokenizer.definition.token(text) == token && tokenizer.isSpecial(token))
    }
    for (text, token) in cases.addedPlain {
      #expect(tokenizer.definition.token(text) == token && !tokenizer.isSpecial(token))
    }
    let special = (0..<Int32(tokenizer.vocabularySize)).filter { tokenizer.isSpecial($0) }
    #expect(special == cases.special.values.sorted())
  }

  @Test(arguments: TokenizerCases.kinds) func readsBackTheSameAsItWrote(kind: String) throws {
    let read = try TokenizerDefinition(json: TokenizerCases.file(kind))
    let written = read.json
    #expect(try TokenizerDefinition(json: Array(written.utf8)) == read)
    #expect(try TokenizerDefinition(json: Array(written.utf8)).json.utf8.elementsEqual(written.utf8))
  }
}
