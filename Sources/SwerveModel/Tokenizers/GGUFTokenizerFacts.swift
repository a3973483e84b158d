/// What a GGUF file says of its tokenizer (`tokenizer.ggml.*`), as it says it.
package struct GGUFTokenizerFacts: Sendable, Equatable {
  /// The kind, such as "gpt2" for byte-level BPE.
  package var model: String
  /// The pre-tokenizer, such as "smollm"; nil where the file names none.
  package var pre: String?
  /// The tokens by id, as bytes of the file.
  package var tokens: [[UInt8]]
  /// The kind of each token, as many as `tokens`: 1 normal, 2 unknown, 3 control, 4 user-defined, 5 unused, 6 byte.
  package var tokenTypes: [Int]
  /// Each merge as the two pieces with a space between.
  package var merges: [[UInt8]]
  package var bos: Int?
  package var eos: Int?
  package var unk: Int?
  package var pad: Int?
  /// Whether a text starts with `bos`; nil where the file does not say.
  package var addBos: Bool?
  package var chatTemplate: String?

  package init(
    model: String, pre: String? = nil, tokens: [[UInt8]], tokenTypes: [Int], merges: [[UInt8]], bos: Int? = nil,
    eos: Int? = nil, unk: Int? = nil, pad: Int? = nil, addBos: Bool? = nil, chatTemplate: String? = nil
  ) {
    self.model = model
    self.pre = pre
    self.tokens = tokens
    self.tokenTypes = tokenTypes
    self.merges = merges
    self.bos = bos
    self.eos = eos
    self.unk = unk
    self.pad = pad
    self.addBos = addBos
    self.chatTemplate = chatTemplate
  }
}
