import SwerveText

/// What a GGUF file says of its tokenizer, under the names of its metadata.
package struct GGUFTokenizerFacts: Sendable {
  /// tokenizer.ggml.model
  package var model: String
  /// tokenizer.ggml.pre; nil: the file does not say it.
  package var pre: String?
  /// tokenizer.ggml.tokens, by number.
  package var tokens: [[UInt8]]
  /// tokenizer.ggml.token_type, one for each token.
  package var tokenTypes: [Int]
  /// tokenizer.ggml.merges: two tokens with a space between them.
  package var merges: [[UInt8]]
  /// tokenizer.ggml.bos_token_id and so on.
  package var bos: Int?
  package var eos: Int?
  package var unk: Int?
  package var pad: Int?
  /// tokenizer.ggml.add_bos_token and add_eos_token; nil: the file does not say it.
  package var addBos: Bool?
  package var addEos: Bool?

  package init(model: String, pre: String?, tokens: [[UInt8]], tokenTypes: [Int], merges: [[UInt8]]) {
    self.model = model
    self.pre = pre
    self.tokens = tokens
    self.tokenTypes = tokenTypes
    self.merges = merges
  }
}
