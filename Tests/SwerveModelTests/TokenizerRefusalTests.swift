import Foundation
import SwerveTestSupport
import Testing

@testable import SwerveModel

/// Files of tokenizers that are damaged, contradict themselves or say something that is not known: each is refused by an error that
/// names it, none traps.
@Suite struct TokenizerRefusalTests {
  private static let bytes = (0..<256).map { byte -> String in
    let scalars = (0..<256).filter { !Self.isPrintable($0) }
    return String(Unicode.Scalar(UInt32(scalars.firstIndex(of: byte).map { $0 + 256 } ?? byte))!)
  }

  private static func isPrintable(_ byte: Int) -> Bool {
    (0x21...0x7e).contains(byte) || (0xa1...0xac).contains(byte) || (0xae...0xff).contains(byte)
  }

  private typealias Object = [String: Any]

  /// A whole file of each kind, as values that a test changes.
  private var bytePairs: Object {
    var vocab: Object = [:]
    for (id, text) in Self.bytes.enumerated() { vocab[text] = id }
    vocab["ab"] = 256
    vocab["abc"] = 257
    return [
      "added_tokens": [["id": 258, "content": "<e>", "special": true]], "normalizer": NSNull(),
      "pre_tokenizer": ["type": "ByteLevel", "add_prefix_space": false],
      "post_processor": ["type": "ByteLevel"], "decoder": ["type": "ByteLevel"],
      "model": ["type": "BPE", "vocab": vocab, "merges": ["a b", "ab c"]] as Object,
    ]
  }

  private var wordPieces: Object {
    let texts = ["[UNK]", "[CLS]", "[SEP]", "a", "##b"]
    return [
      "normalizer": [
        "type": "BertNormalizer", "clean_text": true, "handle_chinese_chars": true, "strip_accents": NSNull(),
        "lowercase": true,
      ] as Object,
      "pre_tokenizer": ["type": "BertPreTokenizer"],
      "decoder": ["type": "WordPiece", "prefix": "##", "cleanup": true] as Object,
      "model": [
        "type": "WordPiece", "unk_token": "[UNK]", "continuing_subword_prefix": "##", "max_input_chars_per_word": 100,
        "vocab": Object(uniqueKeysWithValues: texts.enumerated().map { ($1, $0) }),
      ] as Object,
    ]
  }

  /// A file with another value at a path such as "model.merges"; nil takes the field out.
  private func changed(_ file: Object, _ path: String, _ value: Any?) -> Object {
    var file = file
    let keys = path.split(separator: ".", maxSplits: 1).map { String($0) }
    file[keys[0]] = keys.count == 1 ? value : changed(file[keys[0]] as? Object ?? [:], keys[1], value)
    return file
  }

  private func error(_ file: Object) throws -> TokenizerError? {
    do {
      _ = try SubwordTokenizer(json: [UInt8](JSONSerialization.data(withJSONObject: file, options: .fragmentsAllowed)))
      return nil
    } catch let error as TokenizerError {
      return error
    }
  }

  @Test func readsTheWholeFiles() throws {
    let json = try JSONSerialization.data(withJSONObject: bytePairs)
    let tokenizer = try SubwordTokenizer(json: [UInt8](json))
    #expect(try tokenizer.encode("abc<e>ab\0") == [257, 258, 256, 0])
    #expect(try error(wordPieces) == nil)
  }

  @Test(arguments: [
    "model.type", "model.dropout", "model.fuse_unk", "model.byte_fallback", "model.end_of_word_suffix", "model.other",
    "pre_tokenizer.add_prefix_space", "pre_tokenizer.use_regex", "pre_tokenizer.type", "pre_tokenizer.other",
    "post_processor.type", "decoder.type", "normalizer.type",
  ])
  func namesWhatIsNotKnownWithItsValue(path: String) throws {
    let value: Any = path == "pre_tokenizer.use_regex" ? false : path.hasSuffix("type") ? "Strange" : true
    let error = try #require(try error(changed(bytePairs, path, value)))
    guard case .unsupported(let field, let shown, _) = error else {
      Issue.record("\(error)")
      return
    }
    #expect(field == "tokenizer.json: \(path)" && shown == (value as? String).map { "\"\($0)\"" } ?? "\(value)")
    #expect(error.message.contains(path) && error.message.contains(shown) && error.hint != nil)
  }

  @Test(arguments: [
    "model.continuing_subword_prefix", "decoder.prefix", "decoder.type", "pre_tokenizer.type", "normalizer.type",
  ])
  func namesWhatIsNotKnownInWordPiece(path: String) throws {
    guard case .unsupported(let field, let shown, _) = try error(changed(wordPieces, path, "~")) else {
      Issue.record("not refused")
      return
    }
    #expect(field == "tokenizer.json: \(path)" && shown == "\"~\"")
  }

  @Test func knowsPatternsByTheirWholeText() throws {
    func split(_ pattern: String) -> Object {
      let split: Object = ["type": "Split", "pattern": ["Regex": pattern], "behavior": "Isolated", "invert": false]
      let level: Object = ["type": "ByteLevel", "add_prefix_space": false, "use_regex": false]
      return ["type": "Sequence", "pretokenizers": [split, level]]
    }
    let known = try TokenizerCases.file("qwen2")
    let file = try #require(try JSONSerialization.jsonObject(with: Data(known)) as? Object)
    let steps = try #require((file["pre_tokenizer"] as? Object)?["pretokenizers"] as? [Object])
    let pattern = try #require((steps[0]["pattern"] as? Object)?["Regex"] as? String)
    #expect(try error(changed(bytePairs, "pre_tokenizer", split(pattern))) == nil)
    for other in [pattern + " ", pattern.replacingOccurrences(of: #"\p{N}|"#, with: #"\p{N}{1,2}|"#)] {
      let error = try #require(try error(changed(bytePairs, "pre_tokenizer", split(other))))
      #expect(error.message.contains("pattern.Regex") && error.message.contains("not supported"))
    }
  }

  @Test func namesContradictions() throws {
    func field(_ path: String) -> String { "tokenizer.json: \(path)" }
    #expect(
      try error(changed(bytePairs, "model.merges", ["a b", "a x"]))
        == .unknownToken(field: field("model.merges") + "[1]", token: "ax"))
    #expect(
      try error(changed(bytePairs, "model.merges", [["ab", "zz"]]))
        == .unknownToken(field: field("model.merges") + "[0]", token: "zz"))
    #expect(
      try error(changed(bytePairs, "model.merges", ["a b c"]))
        == .wrongKind(field: field("model.merges") + "[0]", expected: "two tokens", found: "3 parts"))
    #expect(
      try error(changed(bytePairs, "model.vocab.abc", 256)).map { if case .misplacedToken = $0 { true } else { false } }
        == true)
    for id in [300, -1, Int.max] {
      guard case .misplacedToken(_, "abc", "\(id)", _) = try error(changed(bytePairs, "model.vocab.abc", id)) else {
        Issue.record("\(id) is not refused")
        continue
      }
    }
    #expect(
      try error(changed(bytePairs, "model.vocab.abc", 2.5))
        == .wrongKind(field: field("model.vocab.abc"), expected: "a whole number", found: "a number"))
    #expect(
      try error(changed(bytePairs, "added_tokens", [["id": 300, "content": "<e>"]]))
        == .misplacedToken(field: "tokenizer.json", token: "<e>", id: "300", expected: "258"))
    #expect(
      try error(changed(bytePairs, "added_tokens", [["id": 5, "content": "abc"]]))
        == .misplacedToken(field: "tokenizer.json", token: "abc", id: "5", expected: "257"))
    #expect(
      try error(changed(bytePairs, "added_tokens", [["id": 258, "content": "x1"], ["id": 258, "content": "x2"]]))
        == .repeatedToken(field: "tokenizer.json", token: "x2"))
    #expect(
      try error(changed(wordPieces, "model.unk_token", "?"))
        == .unknownToken(field: field("model.unk_token"), token: "?"))
  }

  @Test(arguments: [
    "model", "model.vocab", "model.merges", "pre_tokenizer", "pre_tokenizer.type", "decoder",
  ])
  func namesMissingFieldsAndWrongKinds(path: String) throws {
    #expect(try error(changed(bytePairs, path, nil))?.message.contains(path) == true)
    #expect(try error(changed(bytePairs, path, 7))?.message.contains(path) == true)
    #expect(try error(changed(bytePairs, path, [[[]]]))?.message.contains(path) == true)
  }

  @Test func rejectsTemplatesWithUnknownOrUnnamedTokens() throws {
    let part: Object = ["SpecialToken": ["id": "<e>", "type_id": 0] as Object]
    func template(_ id: Int) -> Object {
      let tokens: Object = ["<e>": ["id": "<e>", "ids": [id], "tokens": ["<e>"]] as Object]
      return ["type": "TemplateProcessing", "single": [part], "pair": [part], "special_tokens": tokens]
    }
    #expect(try error(changed(bytePairs, "post_processor", template(258))) == nil)
    guard case .unknownToken(_, "259") = try error(changed(bytePairs, "post_processor", template(259))) else {
      Issue.record("not refused")
      return
    }
    let unnamed = changed(template(258), "special_tokens", [:] as Object)
    #expect(
      try error(changed(bytePairs, "post_processor", unnamed))
        == .missing(field: "tokenizer.json: post_processor.special_tokens.<e>.ids"))
  }

  @Test func rejectsNamesOfSpecialTokensThatAreNoTokens() throws {
    let json = try [UInt8](JSONSerialization.data(withJSONObject: bytePairs))
    let config = #"{"eos_token": {"content": "<e>", "lstrip": false}, "bos_token": null, "pad_token": "ab"}"#
    let names = try SpecialTokenNames(json: Array(config.utf8))
    let tokenizer = try SubwordTokenizer(json: json, names: names)
    #expect(tokenizer[.eos] == 258 && tokenizer[.pad] == 256 && tokenizer[.bos] == nil)
    #expect(try SpecialTokenNames(json: Array(names.json.utf8)) == names)
    var wrong = names
    wrong[.bos] = "<s>"
    #expect(throws: TokenizerError.unknownToken(field: "bos_token", token: "<s>")) {
      try SubwordTokenizer(json: json, names: wrong)
    }
    #expect(throws: TokenizerError.self) { try SpecialTokenNames(json: Array(#"{"eos_token": 5}"#.utf8)) }
  }

  @Test func namesAByteThatTheVocabularyLacks() throws {
    var vocab: Object = [:]
    for (id, text) in Self.bytes.dropFirst().enumerated() { vocab[text] = id }
    var file = changed(bytePairs, "model.vocab", vocab)
    file["added_tokens"] = nil
    file = changed(file, "model.merges", [] as [String])
    let tokenizer = try SubwordTokenizer(json: [UInt8](JSONSerialization.data(withJSONObject: file)))
    #expect(tokenizer.byteTokens?.prefix(3) == [-1, 0, 1])
    #expect(throws: TokenizerError.unknownByte(0, word: " \0")) { try tokenizer.encode("a \0 b") }
  }

  @Test func rejectsEveryTruncation() throws {
    for file in [bytePairs, wordPieces] {
      let whole = try [UInt8](JSONSerialization.data(withJSONObject: file))
      for length in stride(from: 0, to: whole.count, by: 7) {
        #expect(throws: TokenizerError.self, "\(length) bytes") { try SubwordTokenizer(json: Array(whole[..<length])) }
      }
    }
  }

  @Test(arguments: TokenizerCases.kinds, 1...4 as ClosedRange<UInt64>)
  func givesAnErrorOrATokenizerAfterAnyDamage(kind: String, seed: UInt64) throws {
    let whole = try TokenizerCases.file(kind)
    var random = TestRandom(seed)
    let values: [UInt8] = [0, 0x20, 0x22, 0x2c, 0x30, 0x39, 0x5b, 0x5d, 0x7b, 0x7d, 0x80, 0xff]
    for _ in 0..<60 {
      var broken = whole
      for _ in 0..<random.tokens(1, vocabulary: 3)[0] + 1 {
        broken[Int(random.tokens(1, vocabulary: broken.count)[0])] =
          values[Int(random.tokens(1, vocabulary: values.count)[0])]
      }
      do {
        _ = try SubwordTokenizer(json: broken).encode("a b 12 灯 [UNK]<|endoftext|>")
      } catch let error as TokenizerError {
        #expect(!error.message.isEmpty && error.message.utf8.count < 1000)
      }
    }
  }

  @Test func rejectsDeepNesting() {
    let deep = String(repeating: "[", count: 100_000)
    #expect(throws: TokenizerError.self) { try SubwordTokenizer(json: Array(deep.utf8)) }
    #expect(throws: TokenizerError.self) { try SubwordTokenizer(json: Array(#"{"model": \#(deep)"#.utf8)) }
  }

  // MARK: GGUF

  private var facts: GGUFTokenizerFacts {
    let tokens = Self.bytes + ["ab", "<e>", "<s>"]
    var facts = GGUFTokenizerFacts(
      model: "gpt2", pre: "smollm", tokens: tokens.map { Array($0.utf8) },
      tokenTypes: tokens.map { $0.utf8.first == 0x3c && $0.utf8.count > 1 ? 3 : 1 }, merges: [Array("a b".utf8)])
    (facts.bos, facts.eos) = (258, 257)
    return facts
  }

  /// As a model with these facts makes it.
  private func tokenizer(_ facts: GGUFTokenizerFacts) throws -> SubwordTokenizer {
    let configuration = try ModelConfiguration(
      layers: 1, heads: 1, width: 2, context: 8, vocabulary: facts.tokens.count)
    return try StoredModel(
      format: WeightFormat.gguf.name, configuration: configuration, tokenizer: .gguf(facts), chatTemplate: nil,
      specialTokens: StoredModel.SpecialTokens(bos: facts.bos, eos: [facts.eos].compactMap(\.self), pad: facts.pad),
      specialTokenTexts: [], tensors: [], files: [], parameters: [], tiedCopy: nil
    ).makeTokenizer()
  }

  private func error(_ change: (inout GGUFTokenizerFacts) -> Void) throws -> TokenizerError? {
    var facts = facts
    change(&facts)
    do {
      _ = try tokenizer(facts)
      return nil
    } catch let error as TokenizerError {
      return error
    }
  }

  @Test func makesATokenizerFromFactsOfAGGUFFile() throws {
    var facts = facts
    facts.addBos = true
    facts.addEos = true
    let tokenizer = try tokenizer(facts)
    #expect(try tokenizer.encodeWithSpecial("ab1<e>").tokens == [258, 256, 0x31, 257, 257])
    #expect(tokenizer[.bos] == 258 && tokenizer[.eos] == 257 && tokenizer[.pad] == nil)
    #expect(tokenizer.isSpecial(257) && !tokenizer.isSpecial(256))
  }

  @Test func namesFactsThatDoNotFit() throws {
    func field(_ name: String) -> String { "tokenizer.ggml.\(name)" }
    for (model, shown) in [("llama", "\"llama\""), ("bert", "\"bert\"")] {
      guard case .unsupported(field("model"), shown, _) = try error({ $0.model = model }) else {
        Issue.record("\(model) is not refused")
        continue
      }
    }
    for (pre, shown) in [("default", "\"default\""), ("new", "\"new\""), (nil, "missing")] as [(String?, String)] {
      guard case .unsupported(field("pre"), shown, _) = try error({ $0.pre = pre }) else {
        Issue.record("\(shown) is not refused")
        continue
      }
    }
    #expect(
      try error { $0.tokenTypes.removeLast() } == .differentCounts(field: field("token_type"), count: 258, tokens: 259))
    #expect(try error { $0.tokens[5] = [0xff] } == .notUTF8(field: field("tokens[5]")))
    #expect(try error { $0.tokens[5] = $0.tokens[6] } == .repeatedToken(field: field("tokens"), token: Self.bytes[6]))
    #expect(try error { $0.merges = [Array("a c".utf8)] } == .unknownToken(field: field("merges[0]"), token: "ac"))
    #expect(try error { $0.merges = [Array("ab".utf8)] } != nil)
    #expect(
      try error { ($0.eos, $0.addEos) = (259, true) } == .unknownToken(field: field("eos_token_id"), token: "259"))
    #expect(try error { ($0.bos, $0.addBos) = (nil, true) } == .missing(field: field("bos_token_id")))
  }
}
