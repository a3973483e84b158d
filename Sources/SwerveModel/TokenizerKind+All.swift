extension TokenizerKind {
  /// All that a checkpoint may name: a new tokenizer is a file and a row here.
  package static let all: [TokenizerKind] = [.characters, .bytePairs, .wordPieces]
}
