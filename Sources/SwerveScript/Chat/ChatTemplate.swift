import SwerveText

/// A message of a chat.
struct ChatMessage {
  let role: String
  let content: String
}

/// A chat format, by the Jinja template that Hugging Face's models have for it. It is carried out as transformers does it. A template
/// that uses more than swerve knows of Jinja is an unknown format.
struct ChatTemplate {
  private static let mostBytes = 1 << 16
  let text: String
  private let nodes: [TemplateNode]

  /// - Throws: TemplateError for a template that swerve can't read.
  init(_ text: String) throws(TemplateError) {
    guard text.utf8.count <= Self.mostBytes else {
      throw TemplateError(message: "it has \(text.utf8.count) bytes, more than \(Self.mostBytes)")
    }
    self.text = text
    nodes = try TemplateParser.parse(text)
  }

  /// - Parameters:
  ///   - prompt: whether the text goes on with the start of an answer.
  ///   - begin: what the template calls `bos_token`.
  ///   - end: what it calls `eos_token`.
  /// - Throws: TemplateError where these messages need more than swerve knows, or where the template refuses them.
  func text(
    _ messages: [ChatMessage], prompt: Bool, begin: String?, end: String?
  ) throws(TemplateError) -> String {
    let list: [TemplateValue] = messages.map {
      .map([("role", .string($0.role)), ("content", .string($0.content))])
    }
    func token(_ text: String?, _ name: String) -> TemplateValue {
      text.map { .string($0) } ?? .unknown("\(name), which the model does not name")
    }
    return try TemplateEvaluator.text(
      nodes,
      [
        ("messages", .list(list)), ("add_generation_prompt", .boolean(prompt)), ("tools", .none), ("documents", .none),
        ("bos_token", token(begin, "bos_token")), ("eos_token", token(end, "eos_token")),
        ("raise_exception", .function(name: "raise_exception", of: nil)),
        ("namespace", .function(name: "namespace", of: nil)),
        ("strftime_now", .unknown("today's date")), ("range", .unknown("range")), ("dict", .unknown("dict")),
        ("lipsum", .unknown("lipsum")), ("cycler", .unknown("cycler")), ("joiner", .unknown("joiner")),
      ])
  }
}
