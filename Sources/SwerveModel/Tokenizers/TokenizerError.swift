import SwerveText

/// What a tokenizer refuses: a text that it has no tokens for, or a file that defines no tokenizer that is known here.
package enum TokenizerError: UserFacingError, Equatable {
  case emptyAlphabet
  case repeatedScalar(Unicode.Scalar, first: Int, second: Int)
  case unknownScalar(Unicode.Scalar, offset: Int, alphabet: String)
  /// A byte-level vocabulary that lacks a byte, as real ones do.
  case unknownByte(UInt8, word: String)
  case notJSON(file: String, JSONError)
  case missing(field: String)
  case wrongKind(field: String, expected: String, found: String)
  /// A part of a tokenizer that is not known here, or a value of it.
  case unsupported(field: String, value: String, supported: String)
  /// A number of a token that another one has, or that leaves a hole.
  case misplacedToken(field: String, token: String, id: String, expected: String)
  case repeatedToken(field: String, token: String)
  case unknownToken(field: String, token: String)
  case notUTF8(field: String)
  case tooManyTokens(count: Int, most: Int)
  case differentCounts(field: String, count: Int, tokens: Int)

  /// A damaged file has names and texts of any length, and a message shows their beginnings.
  package var message: String { text.utf8.count > 2000 ? text.leading(1000) + "..." : text }

  private var text: String {
    switch self {
    case .emptyAlphabet:
      "the alphabet is empty; it needs every character that a text may hold"
    case .repeatedScalar(let scalar, let first, let second):
      "the alphabet has \(Self.shown(scalar)) twice, at positions \(first) and \(second); each character may be there once"
    case .unknownScalar(let scalar, let offset, let alphabet):
      "character \(Self.shown(scalar)) at offset \(offset) is not in the alphabet \(alphabet.debugDescription)"
    case .unknownByte(let byte, let word):
      "the tokenizer has no token for byte \(Self.hexadecimal(byte)) of the text \(Self.shown(word))"
    case .notJSON(let file, let error):
      "\(file) is not JSON: line \(error.line), column \(error.column): \(error.message.excerpt())"
    case .missing(let field):
      "\(field) is missing"
    case .wrongKind(let field, let expected, let found):
      "\(field) is \(found), expected \(expected)"
    case .unsupported(let field, let value, let supported):
      "\(field) is \(value.excerpt()), which is not supported; supported: \(supported)"
    case .misplacedToken(let field, let token, let id, let expected):
      "\(field): token \(Self.shown(token)) has number \(id.excerpt()), expected \(expected)"
    case .repeatedToken(let field, let token):
      "\(field) has the token \(Self.shown(token)) twice"
    case .unknownToken(let field, let token):
      "\(field): \(Self.shown(token)) is no token of the vocabulary"
    case .notUTF8(let field):
      "\(field) is not UTF-8"
    case .tooManyTokens(let count, let most):
      "the vocabulary has \(count) tokens, at most \(most) are supported"
    case .differentCounts(let field, let count, let tokens):
      "\(field) has \(count) values for \(tokens) tokens"
    }
  }

  package var hint: String? {
    switch self {
    case .emptyAlphabet, .repeatedScalar, .unknownScalar: nil
    case .unknownByte(let byte, _):
      "leave the character with byte \(Self.hexadecimal(byte)) out of the text: the model was trained without it"
    case .notJSON: "fetch the file again: it may be cut off"
    case .missing, .wrongKind, .misplacedToken, .repeatedToken, .unknownToken, .notUTF8, .tooManyTokens,
      .differentCounts:
      "the file is damaged or contradicts itself: fetch it again, or save it again with the tool that wrote it"
    case .unsupported: "use a model with a tokenizer that is supported: it would be read as another one otherwise"
    }
  }

  /// As in `"%" (U+0025)`.
  private static func shown(_ scalar: Unicode.Scalar) -> String {
    let digits = String(scalar.value, radix: 16, uppercase: true)
    let code = String(repeating: "0", count: max(0, 4 - digits.count)) + digits
    return "\(String(scalar).debugDescription) (U+\(code))"
  }

  /// As in 0x04.
  private static func hexadecimal(_ byte: UInt8) -> String {
    "0x" + (byte < 16 ? "0" : "") + String(byte, radix: 16, uppercase: true)
  }

  private static func shown(_ text: String) -> String { text.excerpt().debugDescription }
}
