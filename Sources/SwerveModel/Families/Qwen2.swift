extension ModelFamily {
  /// Qwen 2 and 2.5 (Yang et al. 2024): Llama's layers, with biases of queries, keys and values.
  package static let qwen2 = rotaryDecoder("qwen2", RotaryDecoderOptions(hasQKVBiases: true))
}
