import Foundation
import LuaRuntime
import SwerveModel
import SwerveRL
import SwerveTensor
import SwerveTestSupport
import Testing

@testable import SwerveScript

/// swerve.chat, and the templates that it carries out.
@Suite struct ChatTests {
  private struct Case: Decodable {
    struct Row: Decodable {
      let messages: [[String: String]]
      let prompt: Bool
      let text: String?
      let refused: String?

      enum CodingKeys: String, CodingKey {
        case messages, text, refused
        case prompt = "add_generation_prompt"
      }
    }
    let template: String
    let rows: [Row]
  }

  private func messages(_ list: [[String: String]]) -> [ChatMessage] {
    list.map { ChatMessage(role: $0["role"] ?? "", content: $0["content"] ?? "") }
  }

  private func result(_ template: String, _ row: Case.Row) -> Result<String, TemplateError> {
    do throws(TemplateError) {
      return .success(
        try ChatTemplate(template).text(
          messages(row.messages), prompt: row.prompt, begin: "<s>", end: "</s>"))
    } catch {
      return .failure(error)
    }
  }

  /// Each of these would take gigabytes, hours, or end the process.
  @Test(arguments: [
    "{% set x = 'ab' %}" + String(repeating: "{% set x = x ~ x %}", count: 60),
    "{% set x = 'ab' %}" + String(repeating: "{% set x = x + x %}", count: 20)
      + String(repeating: "{% for m in messages %}{% set y = x == x[1:] %}{% endfor %}", count: 60),
    "{% set x = 'a' %}" + String(repeating: "{% set x = x + x %}", count: 20) + "{{ x.strip(x) }}",
    "{% set x = 'a' %}" + String(repeating: "{% set x = x + x %}", count: 20) + "{% set y = (x + 'b') in (x + x) %}",
    "{% set x = 'a' %}" + String(repeating: "{% set x = x + x %}", count: 20)
      + String(repeating: "{% set y = x.split('a') %}", count: 9),
    (0..<2000).map { "{% set v\($0) = 1 %}" }.joined() + "{% set l = messages[0].content.split('.') %}"
      + "{% for a in l %}{% for b in l %}{% if v0 and v1 and v2 and v3 %}{% endif %}{% endfor %}{% endfor %}",
  ])
  func endsATemplateThatTakesTooMuch(_ template: String) throws {
    let content = String(repeating: "b.", count: 300)
    #expect(
      throws: TemplateError(message: "it takes more than 64 million steps", isRefusal: false),
      performing: { () throws in
        _ = try ChatTemplate(template).text(
          [ChatMessage(role: "user", content: content)], prompt: true, begin: nil, end: nil)
      })
  }

  @Test(arguments: [
    ("{{ -(0 - 9223372036854775807 - 1) }}", "-9223372036854775808"),
    ("{{ 9223372036854775806 % 9223372036854775807 }}", "9223372036854775806"),
    ("{{ (0 - 7) % 3 }}", "2"),
  ])
  func countsWithTheLargestNumbers(template: String, text: String) throws {
    #expect(try ChatTemplate(template).text([], prompt: true, begin: nil, end: nil) == text)
  }

  @Test func writesWhatJinjaWrites() throws {
    let file = Fixtures.repository.appendingPathComponent("Tests/Fixtures/chat.json")
    let cases = try JSONDecoder().decode([Case].self, from: Data(contentsOf: file))
    #expect(cases.count >= 9)
    for each in cases {
      for row in each.rows {
        let expected: Result<String, TemplateError> =
          row.text.map { .success($0) } ?? .failure(TemplateError(message: row.refused ?? "", isRefusal: true))
        #expect(result(each.template, row) == expected, "\(each.template)")
      }
    }
  }

  /// Chats of the real model, whose template the fixtures do not have; its format is built in.
  @Test func writesTheChatsOfSmolLM2AsTransformersDoes() throws {
    struct File: Decodable {
      let chats: [Case.Row]
      let texts: [Text]
      struct Text: Decodable {
        let text: String
        let chat: String
      }
    }
    let data = try Data(contentsOf: Fixtures.real.appendingPathComponent("smollm2.json"))
    let file = try JSONDecoder().decode(File.self, from: data)
    let format = try #require(ChatFormat.all.first { $0.name == "smollm2" })
    for row in file.chats { #expect(result(format.template, row) == .success(row.text ?? "")) }
    for each in file.texts {
      let text = try ChatTemplate(format.template)
        .text([ChatMessage(role: "user", content: each.text)], prompt: true, begin: nil, end: nil)
      #expect(text == each.chat)
    }
  }

  @Test func knowsTheTemplatesOfTheFixturesModels() throws {
    let models = try FileManager.default.subpathsOfDirectory(atPath: Fixtures.real.path)
      .filter { $0.hasSuffix("chat_template.jinja") }
    #expect(!models.isEmpty)
    let chatml = try #require(ChatFormat.all.first { $0.name == "chatml" })
    let chat = [ChatMessage(role: "user", content: "a"), ChatMessage(role: "assistant", content: "b")]
    for path in models {
      let template = try String(contentsOf: Fixtures.real.appendingPathComponent(path), encoding: .utf8)
      for prompt in [true, false] {
        let text = try ChatTemplate(template).text(chat, prompt: prompt, begin: nil, end: nil)
        let named = try ChatTemplate(chatml.template).text(chat, prompt: prompt, begin: nil, end: nil)
        #expect(text == named)
      }
    }
  }

  @Test(arguments: [
    ("{% macro f() %}{% endmacro %}", "it uses the tag {% macro %}"),
    ("{{ messages | tojson }}", "it uses the filter tojson"), ("{{ strftime_now('%d') }}", "it uses today's date"),
    ("{{ bos_token }}", "it uses bos_token, which the model does not name"),
    ("{% if true %}", "{% endif %} is missing"),
    ("{% endfor %}", "it uses the tag {% endfor %}"), ("{{ 'a' ", "a tag has no end"),
    ("{{ x.y }}", "it uses x, which nothing sets"),
    ("{{ messages }}", "it writes a list or a table as text"), ("{{ 'a' | upper }}", "it uses the filter upper"),
    ("{{ {} }}", "it uses { where swerve knows no use of it"),
    ("{{ 1 / 2 }}", "it uses an expression that swerve does not know"),
    ("{{ f(1) }}", "it calls a function that swerve does not have"),
    ("{{ 'a'.title() }}", "it uses the method title of a text"),
    ("{% for k, v in messages %}{% endfor %}", "it uses a loop over several variables"),
    ("{{ " + String(repeating: "(", count: 300) + "1 }}", "its expressions are nested too deep"),
    (String(repeating: "{% if true %}", count: 300), "its tags are nested too deep"),
  ])
  func rejectsATemplateWithWhatSwerveDoesNotKnow(_ template: String, _ message: String) {
    let row = Case.Row(
      messages: [["role": "user", "content": "a"]], prompt: true, text: nil, refused: nil)
    let found = Result { () throws -> String in
      try ChatTemplate(template).text(messages(row.messages), prompt: true, begin: nil, end: nil)
    }
    guard case .failure(let error as TemplateError) = found else {
      Issue.record("\(template) gave a text")
      return
    }
    #expect(error.message.contains(message))
  }

  @Test func limitsTheSizeOfTemplates() throws {
    for (template, message) in [
      (String(repeating: "x", count: 1 << 17), "it has 131072 bytes, more than 65536"),
      ("{{ " + String(repeating: "'a' + ", count: 2000) + "'a' }}", "a tag has more than 1000 words"),
    ] {
      #expect(throws: TemplateError(message: message)) { _ = try ChatTemplate(template) }
    }
  }

  @Test func endsAHostileTemplate() throws {
    let loops =
      String(repeating: "{% for a in messages %}", count: 20) + "x" + String(repeating: "{% endfor %}", count: 20)
    let chat = (0..<4).map { _ in ChatMessage(role: "user", content: "") }
    #expect(throws: TemplateError.self) { try ChatTemplate(loops).text(chat, prompt: true, begin: nil, end: nil) }
  }

  // MARK: swerve.chat

  private static let question = "swerve.chat { { role = 'user', content = 'Why?' } }"

  private func scripts(template: String?) -> ModelTokenScripts {
    var scripts = ModelTokenScripts()
    scripts.models = [
      (
        "m.gguf",
        ModelText(
          name: "m.gguf", tokenizer: ModelTokenScripts.tokenizer(), chatTemplate: template, beginToken: "<s>",
          endToken: "<end>")
      )
    ]
    return scripts
  }

  private func prompt(_ scripts: ModelTokenScripts, _ expression: String) throws -> String {
    let task = "longest_prompt = 500, prompt = function() return \(expression) end, reward = function() return 1 end"
    let experiment = try scripts.load(scripts.stage(task))
    return try withExtendedLifetime(experiment) { try experiment.problem().prompt }
  }

  private let plain =
    "{{ bos_token }}{% for m in messages %}[{{ m.role }}]{{ m.content }}{% endfor %}"
    + "{% if add_generation_prompt %}>{% endif %}"

  @Test func followsTheFormatOfATasksModel() throws {
    let scripts = scripts(template: plain)
    #expect(try prompt(scripts, Self.question) == "<s>[user]Why?>")
    #expect(
      try prompt(scripts, "swerve.chat({ { role = 'user', content = 'a' } }, { add_generation_prompt = false })")
        == "<s>[user]a")
    // A stage that starts from another stage has the format of the model at the start.
    let experiment = try scripts.load(
      """
      local ask = swerve.tasks.custom { prompt = function() return \(Self.question) end, reward = function() return 1 end }
      local first = swerve.finetune { from = 'm.gguf', task = ask, updates = 1, lr = 1e-4 }
      return swerve.finetune { from = first, task = ask, updates = 1, lr = 1e-4 }
      """)
    #expect(try withExtendedLifetime(experiment) { try experiment.problem().prompt } == "<s>[user]Why?>")
  }

  @Test func takesANamedFormatOrModelAnywhere() throws {
    var scripts = scripts(template: plain)
    var printed = ""
    scripts.output = { printed += $0 }
    let experiment = try scripts.load(
      """
      print(swerve.chat({ { role = 'system', content = 'S' }, { role = 'user', content = 'U' } }, { format = 'chatml' }))
      print(swerve.chat({ { role = 'user', content = ' U ' } }, { format = 'llama3', add_generation_prompt = false }))
      print(swerve.chat({ { role = 'user', content = 'U' } }, { model = 'm.gguf' }))
      return swerve.pretrain { model = { layers = 1, heads = 1, width = 8, context = 512 }, task = task, steps = 1, lr = 0.01 }
      """)
    #expect(
      printed == "<|im_start|>system\nS<|im_end|>\n<|im_start|>user\nU<|im_end|>\n<|im_start|>assistant\n\n"
        + "<|begin_of_text|><|start_header_id|>user<|end_header_id|>\n\nU<|eot_id|>\n<s>[user]U>\n")
    #expect(experiment.checkpointPaths == ["m.gguf"])
  }

  @Test(arguments: [
    (nil, Self.question, "m.gguf has no chat template, so there is no chat format to follow"),
    (
      "{% for m in messages %}{{ m | tojson }}{% endfor %}", Self.question,
      "the chat format of m.gguf is not known: it uses the filter tojson. Its template is \"{% for m in messages %}{{ m | tojson }}"
    ),
    (
      "{{ raise_exception('no users') }}", Self.question, "the chat template of m.gguf refuses these messages: no users"
    ),
    ("", "swerve.chat {}", "argument 'messages' of swerve.chat must be a list of messages, got a table"),
    (
      "", "swerve.chat { 'a' }",
      "message 1 of swerve.chat must be a table { role = ..., content = ... }, got \"a\" (string)"
    ),
    (
      "", "swerve.chat { { role = 'usr', content = 'a' } }",
      "`role` of message 1 of swerve.chat must be one of \"system\", \"user\", \"assistant\", \"tool\", got \"usr\" (string)"
    ),
    ("", "swerve.chat { { role = 'user' } }", "`content` of message 1 of swerve.chat must be a string, got nil"),
    (
      "", "swerve.chat { { role = 'user', contents = 'a' } }",
      "message 1 of swerve.chat has an unknown field 'contents'; did you mean 'content'?"
    ),
    (
      "", "swerve.chat({ { role = 'user', content = 'a' } }, { format = 'chatm' })",
      "option 'format' must be one of \"chatml\""
    ),
    (
      "", "swerve.chat({ { role = 'user', content = 'a' } }, { format = 'chatml', model = 'm.gguf' })",
      "can't be given together"
    ),
    (
      "", "swerve.chat({ { role = 'user', content = 'a' } }, { model = 'n.gguf' })",
      "was not read while the script loaded"
    ),
  ])
  func rejectsWhatCanNotBeWritten(_ template: String?, _ expression: String, _ message: String) {
    let error = failure { _ = try prompt(scripts(template: template), expression) }
    #expect(error?.message.contains(message) ?? false, "\(String(describing: error))")
    #expect(error?.place?.file == "examples/test.lua")
  }

  @Test func rejectsAChatOutsideOfATaskWithoutAModel() {
    let error = scripts(template: plain).failure("local text = \(Self.question)")
    #expect(error?.message.contains("swerve.chat needs a model to know the chat format") ?? false)
    #expect(error?.hint?.contains("format = \"chatml\"") ?? false)
  }
}
