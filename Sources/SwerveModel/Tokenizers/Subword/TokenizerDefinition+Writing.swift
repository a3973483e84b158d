import SwerveText

/// As a tokenizer.json that Hugging Face's library reads and gives the same tokens. Reading it gives the same definition.
extension TokenizerDefinition {
  package var json: String {
    JSONValue.object([
      JSONMember("version", "1.0"), JSONMember("truncation", nil), JSONMember("padding", nil),
      JSONMember("added_tokens", .array(added.sorted { $0.id < $1.id }.map(\.json))),
      JSONMember("normalizer", normalizer.json), JSONMember("pre_tokenizer", preTokenizer.json),
      JSONMember("post_processor", postProcessor), JSONMember("decoder", decoder), JSONMember("model", modelJSON),
    ]).compact()
  }

  private var modelJSON: JSONValue {
    let vocab = JSONMember(
      "vocab", .object(vocabulary.enumerated().map { JSONMember($1.wrappedValue, .integer($0)) }))
    switch model {
    case .bytePairs(let merges, let ignoresMerges):
      func text(_ token: Int32) -> String { vocabulary[Int(token)].wrappedValue }
      // "a b" is what every version of the library reads; a token with a space needs the later form.
      let isPlain = merges.allSatisfy { !text($0.result).utf8.contains(UInt8(ascii: " ")) }
      func json(_ merge: Merge) -> JSONValue {
        let (left, right) = (text(merge.left), text(merge.right))
        return isPlain ? .string(left + " " + right) : [.string(left), .string(right)]
      }
      return .object([
        JSONMember("type", "BPE"), JSONMember("dropout", nil), JSONMember("unk_token", nil),
        JSONMember("continuing_subword_prefix", nil), JSONMember("end_of_word_suffix", nil),
        JSONMember("fuse_unk", false), JSONMember("byte_fallback", false),
        JSONMember("ignore_merges", .bool(ignoresMerges)), vocab,
        JSONMember("merges", .array(merges.map(json))),
      ])
    case .wordPieces(let unknown, let longestWord, _):
      return .object([
        JSONMember("type", "WordPiece"), JSONMember("unk_token", .string(vocabulary[Int(unknown)].wrappedValue)),
        JSONMember("continuing_subword_prefix", .string(WordPieces.prefix)),
        JSONMember("max_input_chars_per_word", .integer(longestWord)), vocab,
      ])
    }
  }

  private var decoder: JSONValue {
    switch model {
    case .bytePairs: PreTokenizer.byteLevel(usingRegex: true)
    case .wordPieces(_, _, let cleansUp):
      ["type": "WordPiece", "prefix": .string(WordPieces.prefix), "cleanup": .bool(cleansUp)]
    }
  }

  private var postProcessor: JSONValue {
    guard template != .plain else { return nil }
    func written(_ part: TokenTemplate.Part) -> JSONValue {
      switch part {
      case .first(let type): ["Sequence": ["id": "A", "type_id": .integer(type)]]
      case .second(let type): ["Sequence": ["id": "B", "type_id": .integer(type)]]
      case .token(let token, let type):
        ["SpecialToken": ["id": .string(text(token)), "type_id": .integer(type)]]
      }
    }
    let special = template.tokens.map { token in
      let name = JSONValue.string(text(token))
      return JSONMember(text(token), ["id": name, "ids": [.integer(token)], "tokens": [name]])
    }
    return [
      "type": "TemplateProcessing", "single": .array(template.single.map(written)),
      "pair": .array(template.pair.map(written)), "special_tokens": .object(special),
    ]
  }
}

extension AddedToken {
  fileprivate var json: JSONValue {
    [
      "id": .integer(id), "content": .string(content), "single_word": .bool(singleWord), "lstrip": .bool(stripsLeft),
      "rstrip": .bool(stripsRight), "normalized": .bool(isNormalized), "special": .bool(isSpecial),
    ]
  }
}

extension Normalizer {
  fileprivate var json: JSONValue {
    switch self {
    case .none: nil
    case .nfc: ["type": "NFC"]
    case .bert(let bert):
      [
        "type": "BertNormalizer", "clean_text": .bool(bert.isCleaned),
        "handle_chinese_chars": .bool(bert.separatesChinese),
        "strip_accents": bert.stripsAccents.map(JSONValue.bool) ?? nil, "lowercase": .bool(bert.makesLowercase),
      ]
    }
  }
}

extension PreTokenizer {
  fileprivate var json: JSONValue {
    func sequence(_ first: JSONValue, usingRegex: Bool) -> JSONValue {
      ["type": "Sequence", "pretokenizers": [first, Self.byteLevel(usingRegex: usingRegex)]]
    }
    switch self {
    case .gpt2: return Self.byteLevel(usingRegex: true)
    case .smollm: return sequence(["type": "Digits", "individual_digits": true], usingRegex: true)
    case .llama3, .qwen2:
      let split: JSONValue = [
        "type": "Split", "pattern": ["Regex": .string(pattern ?? "")], "behavior": "Isolated", "invert": false,
      ]
      return sequence(split, usingRegex: false)
    case .bert: return ["type": "BertPreTokenizer"]
    }
  }

  fileprivate static func byteLevel(usingRegex: Bool) -> JSONValue {
    ["type": "ByteLevel", "add_prefix_space": false, "trim_offsets": true, "use_regex": .bool(usingRegex)]
  }
}
