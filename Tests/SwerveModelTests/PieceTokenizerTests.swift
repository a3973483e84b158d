import SwerveModel
import SwerveTestSupport
import Testing

/// What holds for tokens that are no characters.
@Suite struct PieceTokenizerTests {
  private let tokenizer = PieceTokenizer(["ab", "é.", "e\u{301}", "日本", "a", "\n"])

  @Test func decodesAllBytesOfTheTokensTogether() throws {
    for text in ["", "abé.\n", "baé", "本日日本", "e\u{301}e", "\u{301}"] {
      let tokens = try tokenizer.encode(text)
      #expect(Array(tokenizer.decode(tokens).utf8) == Array(text.utf8))
    }
    #expect(try tokenizer.encode("abab").count == 2)
    // "é" without the full stop is two tokens, each half a character.
    let halves = try tokenizer.encode("é")
    #expect(halves.count == 2 && tokenizer.decode(halves) == "é")
    #expect(halves.map { tokenizer.text(of: $0) } == ["\\xC3", "\\xA9"])
    #expect(tokenizer.decode(halves.prefix(1)) == "\u{FFFD}")
  }

  @Test func findsTokensByTheirFirstBytes() {
    func texts(_ start: String) -> [String] {
      tokenizer.tokens(beginningWith: start.utf8).map { tokenizer.text(of: $0) }
    }
    #expect(texts("a") == ["ab", "a"])
    #expect(texts("é") == ["é."])
    #expect(texts("日本") == ["日本"] && texts("x") == [])
  }

  @Test func assignsEachCharacterToTheTokenOfItsFirstByte() throws {
    let spans = TokenSpans(try tokenizer.encode("aéab日"), tokenizer)
    // a, two halves of é, ab, three bytes of 日.
    #expect((0..<6).map { spans.token(ofCharacter: $0) } == [0, 1, 3, 3, 4, nil])
    #expect(spans.tokenStart(beforeCharacter: 2).map { Array($0) } == [])
    #expect(spans.tokenStart(beforeCharacter: 3).map { Array($0) } == Array("a".utf8))
    #expect(spans.tokenStart(beforeCharacter: 5) == nil)
    #expect(spans.pieces(of: "aéab日") == ["a", "é", "", "ab", "日", "", ""])
    #expect(spans.pieces(of: "aéa") == ["a", "é", "", "a", "", "", ""], "of the start of a text")
  }

  @Test func keepsIndicesWithOneTokenPerCharacter() throws {
    let text = "é日a\u{301}\n"
    let characters = try CharacterTokenizer(alphabet: "a\n日é\u{301}")
    let spans = TokenSpans(try characters.encode(text), characters)
    #expect((0..<6).map { spans.token(ofCharacter: $0) } == [0, 1, 2, 3, 4, nil])
    #expect(spans.pieces(of: text) == text.unicodeScalars.map { String($0) })
  }

  /// Tokens as a model draws them are seldom whole characters.
  @Test(arguments: 1...40 as ClosedRange<UInt64>)
  func countsTheCharactersOfTheText(seed: UInt64) {
    var random = TestRandom(seed)
    let bytes: [UInt8] = [
      0x61, 0x80, 0xBF, 0xC3, 0xA9, 0xE6, 0x97, 0xA5, 0xED, 0xA0, 0xF0, 0x9F, 0x98, 0xF4, 0x90, 0xFF,
    ]
    let tokenizer = PieceTokenizer(bytes.map { [$0] } + [[0xC3, 0xA9, 0xE6], [], [0x97, 0xA5, 0x62]])
    let tokens = random.tokens(60, vocabulary: tokenizer.vocabularySize)
    let text = tokenizer.decode(tokens)
    let spans = TokenSpans(tokens, tokenizer)
    let count = text.unicodeScalars.count
    let owners = (0...count).map { spans.token(ofCharacter: $0) }
    #expect(owners.last == .some(nil) && owners.dropLast().allSatisfy { $0 != nil })
    #expect(owners.dropLast().compactMap { $0 } == owners.dropLast().compactMap { $0 }.sorted())
    #expect(spans.pieces(of: text).joined() == ShownBytes.text(tokenizer.bytes(of: tokens)))
    for owner in owners.compactMap({ $0 }) { #expect(!tokenizer.bytes(of: tokens[owner]).isEmpty) }
  }
}

/// What checkpoints say of a tokenizer.
@Suite struct TokenizerIdentityTests {
  private let configuration: ModelConfiguration

  init() throws { configuration = try ModelConfiguration(layers: 1, heads: 1, width: 2, context: 3, vocabulary: 5) }

  private func read(
    _ metadata: [(key: String, value: String)], kinds: [TokenizerKind] = TokenizerKind.all
  ) throws -> TokenizerIdentity {
    try CheckpointMetadata.read({ key in metadata.first { $0.key == key }?.value }, kinds: kinds).tokenizer.identity
  }

  @Test func writesCharactersAsTheirAlphabetAlone() throws {
    let identity = try CharacterTokenizer(alphabet: "b\"\n").identity
    let metadata = CheckpointMetadata.make(configuration, tokenizer: identity)
    #expect(metadata.map(\.key) == CheckpointMetadata.keys)
    #expect(metadata.last?.value == "b\"\n")
    #expect(try read(metadata) == identity)
  }

  @Test func writesAnotherKindWithItsNameAndReadsItBack() throws {
    let identity = PieceTokenizer(["ab", "é"]).identity
    let metadata = CheckpointMetadata.make(configuration, tokenizer: identity)
    #expect(metadata.suffix(2).map(\.key) == ["tokenizer", "pieces"])
    #expect(metadata.first { $0.key == "tokenizer" }?.value == "pieces")
    #expect(
      try read(metadata, kinds: [.init(name: "other") { _ in PieceTokenizer(["x"]) }, PieceTokenizer.kind]) == identity)
    let error = #expect(throws: ModelError.self) { try read(metadata) }
    let known = TokenizerKind.all.map(\.name).joined(separator: " or ")
    #expect(error?.message == "the checkpoint's metadata say tokenizer = pieces, expected \(known)")
  }

  @Test func rejectsATokenizerWithMissingOrWrongMetadata() throws {
    let metadata = CheckpointMetadata.make(configuration, tokenizer: PieceTokenizer(["a"]).identity)
    let missing = #expect(throws: ModelError.self) { try read(metadata.dropLast(), kinds: [PieceTokenizer.kind]) }
    #expect(missing?.message == "the checkpoint's metadata lack `pieces`: it was not written by swerve, or was edited")
    let shape = metadata.dropLast(2)
    let empty = #expect(throws: ModelError.self) { try read(shape + [("alphabet", "")]) }
    #expect(empty?.message.contains("the alphabet is empty") == true)
    #expect(try read(shape + [("tokenizer", "characters"), ("alphabet", "ab")]).kind == "characters")
  }

  @Test func comparesIdentitiesByTheirBytes() throws {
    func identity(_ alphabet: String) throws -> TokenizerIdentity {
      try CharacterTokenizer(alphabet: alphabet).identity
    }
    #expect(try identity("é") == identity("é"))
    #expect(try identity("\u{E9}") != identity("e\u{301}"))
    #expect(try identity("ab") != identity("ba"))
    #expect(try identity("ab") != PieceTokenizer(["a", "b"]).identity)
  }

  @Test func namesBothTokenizers() throws {
    let (characters, others) = (
      try CharacterTokenizer(alphabet: "ab").identity, try CharacterTokenizer(alphabet: "c").identity
    )
    let pieces = PieceTokenizer(["x"]).identity
    #expect(characters.statement == "alphabet is \"ab\"" && others.description(beside: characters) == "\"c\"")
    #expect(pieces.description(beside: characters) == "the tokenizer pieces (pieces \"120\")")
    #expect(characters.description(beside: pieces) == "the alphabet \"ab\"")
  }
}
