extension ModelFamily {
  /// Qwen 3 (Yang et al. 2025): Llama's layers, with norms of each head of queries and keys before they are rotated.
  package static let qwen3 = rotaryDecoder("qwen3", RotaryDecoderOptions(hasHeadNorms: true))
}
