import SwerveText

/// One token per Unicode scalar of an alphabet. The number of a token is its position in the alphabet.
///
/// Where a task pads, the pad symbol is an ordinary member of the alphabet, by custom the last one.
package struct CharacterTokenizer: Tokenizer, Equatable {
  private let scalars: [Unicode.Scalar]
  /// The alphabet in UTF-8, and where each token starts in it; the end comes last.
  private let utf8: [UInt8]
  private let starts: [Int]
  /// Token of each ASCII scalar, -1 where there is none.
  private let ascii: [Int32]
  /// Token of every other scalar. Only looked up, never iterated.
  private let others: [Unicode.Scalar: Int32]

  /// - Throws: `TokenizerError` if the alphabet is empty or names a scalar twice.
  package init(alphabet: String) throws {
    scalars = Array(alphabet.unicodeScalars)
    guard !scalars.isEmpty else { throw TokenizerError.emptyAlphabet }
    utf8 = Array(alphabet.utf8)
    starts = scalars.reduce(into: [0]) { $0.append($0[$0.count - 1] + UTF8.width($1)) }
    var ascii = [Int32](repeating: -1, count: 128)
    var others: [Unicode.Scalar: Int32] = [:]
    for (position, scalar) in scalars.enumerated() {
      let known = scalar.isASCII ? ascii[Int(scalar.value)] : others[scalar] ?? -1
      guard known < 0 else { throw TokenizerError.repeatedScalar(scalar, first: Int(known), second: position) }
      if scalar.isASCII { ascii[Int(scalar.value)] = Int32(position) } else { others[scalar] = Int32(position) }
    }
    self.ascii = ascii
    self.others = others
  }

  /// The alphabet, in order of token: what a checkpoint stores.
  package var alphabet: String { String(decoding: utf8, as: UTF8.self) }

  package var identity: TokenizerIdentity {
    TokenizerIdentity(
      kind: TokenizerKind.characters.name, facts: [(TokenizerKind.alphabetKey, alphabet)], noun: "alphabet",
      shown: String(reflecting: alphabet))
  }

  package var vocabularySize: Int { scalars.count }

  /// The token of a scalar, nil if it isn't in the alphabet. O(1).
  package func token(of scalar: Unicode.Scalar) -> Int32? {
    let token = scalar.isASCII ? ascii[Int(scalar.value)] : others[scalar] ?? -1
    return token < 0 ? nil : token
  }

  /// The scalar of a token. O(1).
  /// - Precondition: 0 <= token < vocabularySize.
  package func scalar(_ token: Int32) -> Unicode.Scalar { scalars[Int(token)] }

  /// One token per Unicode scalar. O(length).
  /// - Throws: `TokenizerError.unknownScalar` with the first scalar that isn't in the alphabet, and its offset in
  ///   tokens.
  package func encode(_ text: String) throws -> [Int32] {
    var tokens: [Int32] = []
    tokens.reserveCapacity(text.utf8.count)
    for scalar in text.unicodeScalars {
      guard let token = token(of: scalar) else {
        throw TokenizerError.unknownScalar(scalar, offset: tokens.count, alphabet: alphabet)
      }
      tokens.append(token)
    }
    return tokens
  }

  package func bytes(of token: Int32) -> ArraySlice<UInt8> { utf8[starts[Int(token)]..<starts[Int(token) + 1]] }

  package static func == (left: Self, right: Self) -> Bool { left.scalars == right.scalars }
}

extension TokenizerKind {
  static let characters = TokenizerKind(name: "characters") { fact in
    try CharacterTokenizer(alphabet: try fact(alphabetKey))
  }
  fileprivate static let alphabetKey = "alphabet"
}

/// What a tokenizer refuses.
package enum TokenizerError: UserFacingError, Equatable {
  case emptyAlphabet
  case repeatedScalar(Unicode.Scalar, first: Int, second: Int)
  case unknownScalar(Unicode.Scalar, offset: Int, alphabet: String)

  package var message: String {
    switch self {
    case .emptyAlphabet:
      "the alphabet is empty; it needs every character that a text may hold"
    case .repeatedScalar(let scalar, let first, let second):
      "the alphabet has \(Self.shown(scalar)) twice, at positions \(first) and \(second); each character may be there once"
    case .unknownScalar(let scalar, let offset, let alphabet):
      "character \(Self.shown(scalar)) at offset \(offset) is not in the alphabet \(alphabet.debugDescription)"
    }
  }

  /// As in `"%" (U+0025)`.
  private static func shown(_ scalar: Unicode.Scalar) -> String {
    let digits = String(scalar.value, radix: 16, uppercase: true)
    let code = String(repeating: "0", count: max(0, 4 - digits.count)) + digits
    return "\(String(scalar).debugDescription) (U+\(code))"
  }
}
