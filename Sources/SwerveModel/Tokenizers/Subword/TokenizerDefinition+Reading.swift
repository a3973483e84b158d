import SwerveText

/// From a tokenizer.json of Hugging Face's. What is not known here is refused with its name and value. Left aside are the fields that
/// cut and pad: the caller decides how long texts are.
extension TokenizerDefinition {
  /// - Parameter file: what messages call it.
  package init(json: [UInt8], file: String = "tokenizer.json") throws(TokenizerError) {
    let root = try JSONField.root(of: json, file: file)
    let model = root["model"]
    _ = try model.members()
    let type = model["type"]
    switch try type.isNull ? "" : type.string() {
    case "BPE": try self.init(bytePairs: root, model)
    case "WordPiece": try self.init(wordPieces: root, model)
    default: throw type.unsupported(#""BPE" or "WordPiece""#)
    }
    template = try TokenTemplate(root["post_processor"], tokens: Int32(count))
  }

  // MARK: kinds of models

  private init(bytePairs root: JSONField, _ model: JSONField) throws(TokenizerError) {
    try model.only(
      "type", "dropout", "unk_token", "continuing_subword_prefix", "end_of_word_suffix", "fuse_unk", "byte_fallback",
      "ignore_merges", "vocab", "merges")
    try model["dropout"].mustBe(nil)
    try model["continuing_subword_prefix"].mustBe(nil, "")
    try model["end_of_word_suffix"].mustBe(nil, "")
    try model["fuse_unk"].mustBe(nil, false)
    try model["byte_fallback"].mustBe(nil, false)
    // A byte without a token is an error here, so that there is nothing unknown.
    try root["decoder"].only("type", "add_prefix_space", "trim_offsets", "use_regex")
    try root["decoder"]["type"].mustBe("ByteLevel")
    let preTokenizer = try Self.preTokenizer(root["pre_tokenizer"])
    guard preTokenizer != .bert else { throw root["pre_tokenizer"]["type"].unsupported("those of byte-level models") }
    try self.init(
      normalizer: Self.normalizer(root["normalizer"]), preTokenizer: preTokenizer,
      model: .bytePairs(merges: [], ignoresMerges: model["ignore_merges"].bool(ifMissing: false)),
      vocabulary: Self.vocabulary(model["vocab"]), added: Self.added(root["added_tokens"]), field: root.path)
    try setMerges(Self.merges(model["merges"]), field: model["merges"].path)
  }

  private init(wordPieces root: JSONField, _ model: JSONField) throws(TokenizerError) {
    try model.only("type", "unk_token", "continuing_subword_prefix", "max_input_chars_per_word", "vocab")
    try model["continuing_subword_prefix"].mustBe(.string(WordPieces.prefix))
    try root["decoder"].only("type", "prefix", "cleanup")
    try root["decoder"]["type"].mustBe("WordPiece")
    try root["decoder"]["prefix"].mustBe(.string(WordPieces.prefix))
    let preTokenizer = try Self.preTokenizer(root["pre_tokenizer"])
    guard preTokenizer == .bert else { throw root["pre_tokenizer"]["type"].unsupported(#""BertPreTokenizer""#) }
    let longest = try Int(model["max_input_chars_per_word"].number())
    let cleansUp = try root["decoder"]["cleanup"].bool()
    try self.init(
      normalizer: Self.normalizer(root["normalizer"]), preTokenizer: preTokenizer,
      model: .wordPieces(unknown: 0, longestWord: longest, cleansUp: cleansUp),
      vocabulary: Self.vocabulary(model["vocab"]), added: Self.added(root["added_tokens"]), field: root.path)
    let name = try model["unk_token"].string()
    guard let unknown = token(name), unknown < vocabulary.count else {
      throw .unknownToken(field: model["unk_token"].path, token: name)
    }
    self.model = .wordPieces(unknown: unknown, longestWord: longest, cleansUp: cleansUp)
  }

  // MARK: parts

  private static func normalizer(_ field: JSONField) throws(TokenizerError) -> Normalizer {
    if field.isNull { return .none }
    switch try field["type"].string() {
    case "NFC":
      try field.only("type")
      return .nfc
    case "BertNormalizer":
      try field.only("type", "clean_text", "handle_chinese_chars", "strip_accents", "lowercase")
      var bert = BertText()
      bert.isCleaned = try field["clean_text"].bool()
      bert.separatesChinese = try field["handle_chinese_chars"].bool()
      bert.stripsAccents = try field["strip_accents"].isNull ? nil : field["strip_accents"].bool()
      bert.makesLowercase = try field["lowercase"].bool()
      return .bert(bert)
    default: throw field["type"].unsupported(#"none, "NFC" or "BertNormalizer""#)
    }
  }

  private static func preTokenizer(_ field: JSONField) throws(TokenizerError) -> PreTokenizer {
    let known = #""ByteLevel", "BertPreTokenizer", or the sequences of SmolLM, Llama 3 and Qwen 2"#
    if field.isNull { throw field.unsupported(known) }
    switch try field["type"].string() {
    case "ByteLevel":
      try byteLevel(field, usingRegex: true)
      return .gpt2
    case "BertPreTokenizer":
      try field.only("type")
      return .bert
    case "Sequence":
      try field.only("type", "pretokenizers")
      let parts = try field["pretokenizers"].elements()
      guard parts.count == 2 else {
        throw .unsupported(field: field["pretokenizers"].path, value: "\(parts.count) steps", supported: known)
      }
      return try sequence(parts[0], parts[1], known)
    default: throw field["type"].unsupported(known)
    }
  }

  private static func sequence(
    _ first: JSONField, _ second: JSONField, _ known: String
  ) throws(TokenizerError) -> PreTokenizer {
    switch try first["type"].string() {
    case "Digits":
      try first.only("type", "individual_digits")
      try first["individual_digits"].mustBe(true)
      try byteLevel(second, usingRegex: true)
      return .smollm
    case "Split":
      try first.only("type", "pattern", "behavior", "invert")
      try first["behavior"].mustBe("Isolated")
      try first["invert"].mustBe(false)
      try first["pattern"].only("Regex")
      try byteLevel(second, usingRegex: false)
      let pattern = try first["pattern"]["Regex"].string()
      guard let rule = PreTokenizer.allCases.first(where: { $0.pattern === pattern }) else {
        throw first["pattern"]["Regex"].unsupported("the patterns of Llama 3 and Qwen 2")
      }
      return rule
    default: throw first["type"].unsupported(known)
    }
  }

  private static func byteLevel(_ field: JSONField, usingRegex: Bool) throws(TokenizerError) {
    try field["type"].mustBe("ByteLevel")
    try field.only("type", "add_prefix_space", "trim_offsets", "use_regex")
    try field["add_prefix_space"].mustBe(false)
    guard try field["use_regex"].bool(ifMissing: true) == usingRegex else {
      throw field["use_regex"].unsupported("\(usingRegex)")
    }
  }

  /// The numbers must be 0, 1, 2 and so on, in any order.
  private static func vocabulary(_ field: JSONField) throws(TokenizerError) -> [String] {
    let members = try field.members()
    var texts = [String?](repeating: nil, count: members.count)
    for member in members {
      guard let id = member.value.integer else {
        throw .wrongKind(
          field: "\(field.path).\(member.key)", expected: "a whole number", found: member.value.kind)
      }
      guard texts.indices.contains(id), texts[id] == nil else {
        throw .misplacedToken(
          field: field.path, token: member.key, id: "\(id)",
          expected: "a number below \(members.count) that no other token has")
      }
      texts[id] = member.key
    }
    return texts.compactMap(\.self)
  }

  private static func added(_ field: JSONField) throws(TokenizerError) -> [AddedToken] {
    if field.isNull { return [] }
    var tokens: [AddedToken] = []
    for element in try field.elements() {
      try element.only("id", "content", "single_word", "lstrip", "rstrip", "normalized", "special")
      var token = AddedToken(id: try element["id"].number(), content: try element["content"].string())
      token.singleWord = try element["single_word"].bool(ifMissing: false)
      token.stripsLeft = try element["lstrip"].bool(ifMissing: false)
      token.stripsRight = try element["rstrip"].bool(ifMissing: false)
      token.isSpecial = try element["special"].bool(ifMissing: false)
      token.isNormalized = try element["normalized"].bool(ifMissing: !token.isSpecial)
      tokens.append(token)
    }
    return tokens
  }

  /// "a b", as most files have them, or ["a", "b"].
  private static func merges(_ field: JSONField) throws(TokenizerError) -> [(left: String, right: String)] {
    let elements = try field.values()
    var merges: [(left: String, right: String)] = []
    merges.reserveCapacity(elements.count)
    for (index, element) in elements.enumerated() {
      let parts = element.string?.pieces(at: " ", omittingEmpty: false) ?? element.elements?.compactMap(\.string) ?? []
      guard parts.count == 2 else {
        throw .wrongKind(
          field: "\(field.path)[\(index)]", expected: "two tokens",
          found: element.string == nil ? element.kind : "\(parts.count) parts")
      }
      merges.append((parts[0], parts[1]))
    }
    return merges
  }
}

extension TokenizerDefinition {
  /// - Throws: TokenizerError for a merge of what are no tokens, or that makes none.
  mutating func setMerges(_ pairs: [(left: String, right: String)], field: String) throws(TokenizerError) {
    guard case .bytePairs(_, let ignoresMerges) = model else { return }
    var merges: [Merge] = []
    merges.reserveCapacity(pairs.count)
    for (index, pair) in pairs.enumerated() {
      func number(_ text: String) throws(TokenizerError) -> Int32 {
        guard let token = token(text), token < vocabulary.count else {
          throw .unknownToken(field: "\(field)[\(index)]", token: text)
        }
        return token
      }
      merges.append(
        Merge(left: try number(pair.left), right: try number(pair.right), result: try number(pair.left + pair.right)))
    }
    model = .bytePairs(merges: merges, ignoresMerges: ignoresMerges)
  }
}
