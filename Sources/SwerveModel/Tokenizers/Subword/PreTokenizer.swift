/// The rule that cuts a text into words, which are then turned into tokens one by one. Each is one of the known ones as a whole:
/// what the regular expressions say is written out in `WordCutter`.
package enum PreTokenizer: CaseIterable, Sendable {
  /// GPT-2: "'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+".
  case gpt2
  /// SmolLM: every digit stands alone, then GPT-2's rule for what is between the digits, each part a text of its own.
  case smollm
  case llama3
  case qwen2
  /// White space separates words and is dropped; every punctuation mark is a word.
  case bert

  /// The regular expression of those that have one in a file.
  var pattern: String? {
    switch self {
    case .llama3: Self.head + #"\p{N}{1,3}"# + Self.tail
    case .qwen2: Self.head + #"\p{N}"# + Self.tail
    case .gpt2, .smollm, .bert: nil
    }
  }

  private static let head = #"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|"#
  private static let tail = #"| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"#
}
