/// What `SelfTest` finds on every machine with math 1. A change of one of these is a change of the meaning of the math: raise
/// `mathVersion` and say why in CHANGELOG.md.
enum KnownAnswers {
  static let philox = "6627e8d5 408f276d d16cfe09"
  static let functions = "c5c0e5b5edb4d1c8"
  static let products = "5a2141da83f6646c"
  static let gradient = "781ea4d86f9d5f67"
  static let weights = "c86ef2c322b560d5"
  static let tokens = "2d5ad3b68168e543"
  static let lua = "1819794504aba359"
}
