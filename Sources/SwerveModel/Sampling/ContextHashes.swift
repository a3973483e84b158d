/// Hashes of a text's last tokens, the contexts of n-grams, for tables of what followed them.
struct ContextHashes {
  /// Lengths of the contexts, in tokens.
  static let lengths = [1, 2, 3, 4, 6, 8, 16]
  private var hashes = SIMD8<UInt64>()
  /// How many contexts the text is long enough for.
  private(set) var count = 0

  /// The hashes of the contexts at the end of the first `length` tokens.
  init(_ tokens: [Int32], length: Int) {
    // Not 0: a hash of 0 would stay 0 for tokens that are 0.
    var hash = Self.odd
    var back = 0
    for context in Self.lengths where context <= length {
      while back < context {
        back += 1
        hash = Self.mix(hash ^ UInt64(UInt32(bitPattern: tokens[length - back])))
      }
      hashes[count] = hash
      count += 1
    }
  }

  /// Nil where the text is shorter than the context.
  subscript(context: Int) -> UInt64? { context < count ? hashes[context] : nil }

  /// The hash of a context together with another number.
  static func join(_ hash: UInt64, _ other: Int) -> UInt64 { mix(hash ^ mix(UInt64(other + 1))) }

  private static let odd: UInt64 = 0x9E37_79B9_7F4A_7C15

  private static func mix(_ value: UInt64) -> UInt64 {
    let product = value &* odd
    return product ^ product >> 29
  }

  /// The index in a table of 2^n entries, and the tag that distinguishes contexts with the same index.
  static func index(_ hash: UInt64, of entries: Int) -> Int { Int(truncatingIfNeeded: hash) & (entries - 1) }
  static func tag(_ hash: UInt64) -> UInt32 { UInt32(truncatingIfNeeded: hash >> 32) }
}
