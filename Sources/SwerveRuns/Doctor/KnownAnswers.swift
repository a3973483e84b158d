/// What `SelfTest` finds on every machine with this math version. A change of one of these is a change of the meaning of the math: raise
/// `mathVersion` and say why in CHANGELOG.md.
enum KnownAnswers {
  static let philox = "6627e8d5 408f276d d16cfe09"
  static let functions = "c5c0e5b5edb4d1c8"
  static let products = "5a2141da83f6646c"
  static let gradient = "5b934b67a4ebcf35"
  static let weights = "c3855712a52c2bad"
  static let tokens = "cacc30f1ce822cd4"
  static let lua = "1819794504aba359"
}
