import SwerveText

/// A chat format that scripts name, for texts that belong to no model.
struct ChatFormat: Sendable {
  let name: String
  let template: String
  /// What its template calls `bos_token`.
  var begin: String?

  static let all: [ChatFormat] = [
    ChatFormat(name: "chatml", template: chatML(system: nil)),
    ChatFormat(
      name: "smollm2", template: chatML(system: "You are a helpful AI assistant named SmolLM, trained by Hugging Face")),
    ChatFormat(name: "qwen2", template: chatML(system: "You are a helpful assistant.")),
    ChatFormat(
      name: "qwen2.5",
      template: chatML(system: "You are Qwen, created by Alibaba Cloud. You are a helpful assistant.")),
    ChatFormat(name: "llama3", template: llama3, begin: "<|begin_of_text|>"),
  ]

  /// - Parameter system: what a chat without a message of the system begins with; nil: nothing.
  private static func chatML(system: String?) -> String {
    let first = system.map {
      "{% if loop.first and messages[0]['role'] != 'system' %}{{ '<|im_start|>system\n\($0)<|im_end|>\n' }}{% endif %}"
    }
    return "{% for message in messages %}\(first ?? "")"
      + "{{ '<|im_start|>' + message['role'] + '\n' + message['content'] + '<|im_end|>\n' }}{% endfor %}"
      + "{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}"
  }

  private static let llama3 =
    "{{ bos_token }}{% for message in messages %}"
    + "{{ '<|start_header_id|>' + message['role'] + '<|end_header_id|>\n\n' + message['content'] | trim + '<|eot_id|>' }}"
    + "{% endfor %}{% if add_generation_prompt %}{{ '<|start_header_id|>assistant<|end_header_id|>\n\n' }}{% endif %}"
}
