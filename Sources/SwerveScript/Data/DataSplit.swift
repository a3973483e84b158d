import SwerveText

/// How records are split into parts: by the hash of a field, and by nothing else. So a record stays in its part whatever
/// other records there are and in which order, and records with the same value are always together.
///
/// The hash of a value is the 64-bit FNV-1a hash of the UTF-8 of "SEED/VALUE", mixed by the finalizer of MurmurHash3. Its
/// upper 53 bits, as a number in [0, 1), are compared with the shares: parts stand one after the other in the order of
/// their names.
struct DataSplit {
  struct Part {
    let name: String
    /// Of the range [0, 1).
    let range: Range<Double>
  }

  let field: String
  let parts: [Part]
  private let seed: Int
  /// Shares that are meant to be 1 may differ from it by rounding.
  private static let slack = 1e-9

  /// - Throws: ScriptError without a place for shares that are more than 1.
  init(_ options: CheckedOptions) throws {
    field = options.string("by")
    seed = options.integer("seed")
    var parts: [Part] = []
    var total = 0.0
    for (name, share) in options.map("parts") {
      try GivenName.word.check(name, "the name of a part")
      let end = total + share.asNumber
      parts.append(Part(name: name, range: total..<end))
      total = end
    }
    guard !parts.isEmpty else { throw ScriptError("option 'parts' must name at least one part, got an empty table") }
    guard total <= 1 + Self.slack else {
      throw ScriptError("the shares of option 'parts' must be 1 or less together, got \(numberText(total))")
    }
    if total > 1 - Self.slack, let last = parts.popLast() {
      parts.append(Part(name: last.name, range: last.range.lowerBound..<1))
    }
    self.parts = parts
  }

  /// The index of a value's part; nil: it is in none.
  func part(of value: String) -> Int? {
    let place = Self.share(of: value, seed: seed)
    return parts.firstIndex { $0.range.contains(place) }
  }

  /// The place of a value in [0, 1).
  static func share(of value: String, seed: Int) -> Double {
    var hash = "\(seed)/\(value)".streamNumber
    hash = (hash ^ hash >> 33) &* 0xff51_afd7_ed55_8ccd
    hash = (hash ^ hash >> 33) &* 0xc4ce_b9fe_1a85_ec53
    hash ^= hash >> 33
    return Double(hash >> 11) * 0x1p-53
  }

  /// Everything that decides which records a part has.
  func description(of name: String) -> String {
    let bounds = parts.map { "\($0.name) \($0.range.lowerBound) \($0.range.upperBound)" }.joined(separator: " ")
    return "split \(field.debugDescription) \(seed) \(bounds) -> \(name)\n"
  }
}
