import SwerveText

extension TokenTemplate {
  /// From the post_processor of a tokenizer.json.
  /// - Parameter tokens: how many there are.
  init(_ field: JSONField, tokens: Int32) throws(TokenizerError) {
    self = .plain
    if field.isNull { return }
    switch try field["type"].string() {
    case "ByteLevel": break
    case "TemplateProcessing":
      try field.only("type", "single", "pair", "special_tokens")
      single = try Self.parts(field, "single", tokens: tokens)
      pair = try Self.parts(field, "pair", tokens: tokens)
    case "Sequence":
      try field.only("type", "processors")
      let steps = try field["processors"].elements()
      // The ones before a template have no effect on tokens.
      for step in steps.dropLast() { try step["type"].mustBe("ByteLevel") }
      if let last = steps.last { try self.init(last, tokens: tokens) }
    default: throw field["type"].unsupported(#"none, "ByteLevel", "TemplateProcessing", or these one after the other"#)
    }
  }

  private static func parts(_ field: JSONField, _ key: String, tokens: Int32) throws(TokenizerError) -> [Part] {
    var parts: [Part] = []
    for element in try field[key].elements() {
      let (text, special) = (element["Sequence"], element["SpecialToken"])
      if !text.isNull {
        let type = try text["type_id"].number()
        try text["id"].mustBe("A", "B")
        parts.append(try text["id"].string() === "A" ? .first(type: type) : .second(type: type))
        continue
      }
      let name = try special["id"].string()
      let type = try special["type_id"].number()
      let ids = field["special_tokens"][name]["ids"]
      for id in try ids.elements() {
        let token = try id.number()
        guard token < tokens else { throw .unknownToken(field: ids.path, token: "\(token)") }
        parts.append(.token(token, type: type))
      }
    }
    return parts
  }
}
