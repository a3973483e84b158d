import SwerveText

/// The chat template and the special tokens' texts of a folder.
struct HuggingFaceTexts {
  private(set) var chatTemplate: String?
  private(set) var specialTokens: [(name: String, text: String)] = []

  /// - Throws: `WeightFormatError`.
  init(tokenizerConfig: ModelFile?, template: ModelFile?) throws {
    if let tokenizerConfig {
      for member in try tokenizerConfig.object() {
        if member.key === "chat_template" {
          chatTemplate = try Self.template(member.value, tokenizerConfig.name)
        } else if member.key.endsExactly(with: "_token"),
          let text = member.value.string ?? member.value["content"]?.string
        {
          specialTokens.append((member.key, text))
        }
      }
    }
    guard let template else { return }
    guard let text = String(validating: template.bytes, as: UTF8.self) else {
      throw WeightFormatError(.malformed, template.name, found: "bytes that are no UTF-8", expected: "a text")
    }
    chatTemplate = text
  }

  /// A text, or a list of templates with names, of which "default" is meant.
  private static func template(_ value: JSONValue, _ file: String) throws -> String? {
    if value == .null { return nil }
    if let text = value.string { return text }
    let templates = value.elements ?? []
    guard let text = templates.first(where: { $0["name"]?.string === "default" })?["template"]?.string else {
      throw WeightFormatError(
        .unsupported, file, "key \"chat_template\"", found: value.kind,
        expected: "a text, or a list with a template named \"default\"")
    }
    return text
  }
}
