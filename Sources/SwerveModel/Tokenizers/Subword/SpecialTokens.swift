import SwerveText

/// What special tokens are for.
package enum SpecialRole: String, CaseIterable, Sendable {
  case bos, eos, pad, unk, cls, sep, mask

  /// As files of Hugging Face's name it.
  package var key: String { rawValue + "_token" }
}

/// Which tokens are the special ones of a model, by their texts: a tokenizer.json does not say it, a tokenizer_config.json or
/// special_tokens_map.json beside it does.
package struct SpecialTokenNames: Equatable, Sendable {
  private var names: [SpecialRole: ExactString] = [:]
  /// The tokens with which the model ends a text; the file of a model may name more than one.
  package var ends: [ExactString] = []
  private static let endsKey = "end_tokens"

  package init() {}

  package subscript(role: SpecialRole) -> String? {
    get { names[role]?.wrappedValue }
    set { names[role] = newValue.map { ExactString($0) } }
  }

  /// Reads a tokenizer_config.json or special_tokens_map.json. A name is a text or an object with one.
  /// - Parameter file: what messages call it.
  package init(json: [UInt8], file: String = "tokenizer_config.json") throws(TokenizerError) {
    let root = try JSONField.root(of: json, file: file)
    _ = try root.members()
    for role in SpecialRole.allCases {
      let field = root[role.key]
      guard !field.isNull else { continue }
      self[role] = try field.isObject ? field["content"].string() : field.string()
    }
    if root[Self.endsKey].isNull { return }
    for end in try root[Self.endsKey].elements() { ends.append(ExactString(try end.string())) }
  }

  /// A special_tokens_map.json.
  package var json: String {
    let members = SpecialRole.allCases.compactMap { role in self[role].map { JSONMember(role.key, .string($0)) } }
    let ends = ends.map { JSONValue.string($0.wrappedValue) }
    return JSONValue.object(members + (ends.isEmpty ? [] : [JSONMember(Self.endsKey, .array(ends))])).compact()
  }
}
