import SwerveModel
import SwerveRL
import SwerveTensor
import SwerveText

/// What `swerve generate` does: a model continues a text.
package struct GeneratedText {
  package let prompt: [Int32]
  /// The generated tokens, the one that ended the text included.
  package let tokens: [Int32]
  /// The log-probability of each, in nats, at the temperature that it was drawn at.
  package let logp: [Float]
  /// Whether a token of the model ended the text, rather than the limit.
  package let isFinished: Bool
  /// The text of the generated tokens, without the one that ended it.
  package let text: String
  /// The text of each generated token.
  package let pieces: [String]

  /// - Parameters:
  ///   - limit: most tokens to generate; fewer where the model's context ends.
  ///   - temperature: nil: the most probable token each time.
  /// - Throws: UsageError for a prompt without tokens or without room for an answer; TokenizerError, ModelError.
  package init(
    _ model: LoadedModel, prompt text: String, limit: Int, temperature: Float?, seed: UInt64, pool: WorkerPool
  ) throws {
    let tokenizer = model.tokenizer
    let prompt = try tokenizer.encodePrompt(text)
    let room = model.model.configuration.context - prompt.count
    guard !prompt.isEmpty else { throw UsageError("--prompt has no tokens; give at least one character") }
    guard room > 0 else {
      throw UsageError(
        "the prompt has \(prompt.count) tokens, but the model's context is \(model.model.configuration.context)",
        hint: "give a shorter prompt: the answer needs room, too")
    }
    let ends = tokenizer.endTokens
    let generation = try Sampler(model.model, pool: pool).generate(
      prompts: [prompt], rules: [EndTokens(tokens: ends)], limits: [min(limit, room)],
      mode: temperature.map { .sample(temperature: $0) } ?? .greedy,
      stream: RandomStream(seed: seed, purpose: "generate"), step: 0)[0]
    self.prompt = prompt
    tokens = generation.tokens
    logp = generation.logp
    isFinished = tokens.last.map(ends.contains) ?? false
    self.text = tokenizer.decode(isFinished ? tokens.dropLast() : tokens[...])
    pieces = tokens.map { tokenizer.text(of: $0) }
  }

  package var json: JSONValue {
    [
      "prompt_ids": .array(prompt.map { .integer(Int($0)) }), "ids": .array(tokens.map { .integer(Int($0)) }),
      "text": .string(text), "tokens": .array(pieces.map { .string($0) }),
      "logp": .array(logp.map { .float($0) }), "finished": .bool(isFinished),
    ]
  }
}

/// Ends a text at any of some tokens.
private struct EndTokens: StopRule {
  let tokens: [Int32]
  mutating func stops(after token: Int32) -> Bool { tokens.contains(token) }
}
