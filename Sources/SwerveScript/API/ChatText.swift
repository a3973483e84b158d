import LuaRuntime
import SwerveText

/// swerve.chat
enum ChatText {
  private static let roles = ["system", "user", "assistant", "tool"]

  static func make(_ arguments: CheckedArguments, _ host: ScriptHost) throws -> [LuaValue] {
    let messages = try messages(arguments[0].lua)
    var (name, model): (String?, String?)
    var prompt = true
    if case .options(let options) = arguments[1] {
      if options.has("format") { name = options.string("format") }
      if options.has("model") { model = options.string("model") }
      prompt = options.boolean("add_generation_prompt")
    }
    if name != nil, model != nil {
      throw ScriptError("options 'format' and 'model' of swerve.chat can't be given together: each names a chat format")
    }
    if let format = ChatFormat.all.first(where: { $0.name === name }) {
      return [
        .string(try text(messages, format.template, of: "format \(format.name)", prompt, format.begin, nil, host))
      ]
    }
    let known = try model.map { try self.model($0, host) } ?? host.modelOfHook
    guard let known else {
      throw ScriptError(
        "swerve.chat needs a model to know the chat format: in a function of a task without `alphabet` it is the model that the "
          + "stage starts from; here there is none",
        hint: "call it in `prompt`, or name a format, as in swerve.chat(messages, { format = \"chatml\" })")
    }
    guard let template = known.chatTemplate else {
      throw ScriptError(
        "\(known.name) has no chat template, so there is no chat format to follow",
        hint:
          "write the text by hand, as the model was trained on it, or name a format that it was trained on: { format = "
          + "\"chatml\" }")
    }
    return [.string(try text(messages, template, of: known.name, prompt, known.beginToken, known.endToken, host))]
  }

  private static func model(_ path: String, _ host: ScriptHost) throws -> ModelText {
    if let problem = ScriptPath.problem(path) {
      throw ScriptError(
        "option 'model' of swerve.chat must be the path of a model below the script's folder, got \(quoted(path)): \(problem)"
      )
    }
    return try host.modelText(path)
  }

  private static func text(
    _ messages: [ChatMessage], _ template: String, of name: String, _ prompt: Bool, _ begin: String?, _ end: String?,
    _ host: ScriptHost
  ) throws -> String {
    do throws(TemplateError) {
      return try host.chatTemplate(template).text(messages, prompt: prompt, begin: begin, end: end)
    } catch {
      if error.isRefusal {
        throw ScriptError("the chat template of \(name) refuses these messages: \(error.message.leading(200).visible)")
      }
      let start = template.leading(300)
      throw ScriptError(
        "the chat format of \(name) is not known: \(error.message). Its template is "
          + String(reflecting: start) + (start.utf8.count < template.utf8.count ? "..." : ""),
        hint:
          "write the text by hand, with the special tokens of the model, as in \"<|im_start|>user\\n\" .. question .. "
          + "\"<|im_end|>\\n<|im_start|>assistant\\n\"; or name a format: { format = \"chatml\" }")
    }
  }

  private static func messages(_ value: LuaValue) throws -> [ChatMessage] {
    guard case .table(let list) = value, list.isSequence, list.count > 0 else {
      throw ScriptError(
        "argument 'messages' of swerve.chat must be a list of messages, got \(shown(value))",
        hint: "as in swerve.chat { { role = \"user\", content = \"What is 2 + 3?\" } }")
    }
    return try list.elements().enumerated().map { index, element in try message(element, index + 1) }
  }

  private static func message(_ value: LuaValue, _ index: Int) throws -> ChatMessage {
    guard case .table(let table) = value else {
      throw ScriptError(
        "message \(index) of swerve.chat must be a table { role = ..., content = ... }, got \(shown(value))")
    }
    let known = ["role", "content"]
    for (key, _) in table.sortedPairs() {
      guard let name = key.asString, known.containsExactly(name) else {
        let name = key.asString.map(label) ?? shown(key)
        throw ScriptError(
          "message \(index) of swerve.chat has an unknown field '\(name)'" + didYouMean(name, among: known),
          hint: "a message has role and content")
      }
    }
    guard let role = table.get("role").asString, roles.containsExactly(role) else {
      let role = table.get("role")
      throw ScriptError(
        "`role` of message \(index) of swerve.chat must be one of \(roles.map(quoted).joined(separator: ", ")), got "
          + shown(role) + (role.asString.map { didYouMean($0, among: roles) } ?? ""))
    }
    guard let content = table.get("content").asString else {
      throw ScriptError(
        "`content` of message \(index) of swerve.chat must be a string, got \(shown(table.get("content")))")
    }
    return ChatMessage(role: role, content: content)
  }
}

extension ScriptAPI {
  static let chat = APIOptions(
    name: "swerve.ChatOptions", doc: "Whose chat format swerve.chat follows, and how its text ends.",
    fields: [
      APIField(
        "format", .choice(ChatFormat.all.map(\.name)), .optional("that of the model"),
        "a chat format by name; smollm2, qwen2 and qwen2.5 are chatml with the system message of these models"),
      APIField(
        "model", .string, .optional("in a function of a task, the model whose tokens it has"),
        "the path of a model, from the script's folder; it is an input of the run"),
      APIField(
        "add_generation_prompt", .boolean, .boolean(true), "whether the text goes on with the start of an answer"),
    ])
}
