import Crypto
import SwerveText

/// SHA-256 digests as 64 lower-case hexadecimal digits.
package enum Digest {
  package static func of(_ bytes: [UInt8]) -> String {
    var hasher = SHA256()
    bytes.withUnsafeBytes { hasher.update(bufferPointer: $0) }
    return hex(hasher.finalize())
  }

  package static func of(_ text: String) -> String { of(Array(text.utf8)) }

  package static func ofFile(_ path: String) throws -> String {
    var digest = DigestInProgress()
    try POSIXFile.forEachPiece(of: path) { digest.add($0) }
    return digest.value
  }

  fileprivate static func hex(_ digest: SHA256.Digest) -> String {
    let digits = Array("0123456789abcdef".utf8)
    var text: [UInt8] = []
    text.reserveCapacity(64)
    for byte in digest {
      text.append(digits[Int(byte >> 4)])
      text.append(digits[Int(byte & 15)])
    }
    return String(decoding: text, as: UTF8.self)
  }
}

/// SHA-256 of bytes that come one after the other.
struct DigestInProgress {
  private var hasher = SHA256()

  mutating func add(_ text: String) {
    var text = text
    text.withUTF8 { hasher.update(bufferPointer: UnsafeRawBufferPointer($0)) }
  }

  mutating func add(_ bytes: ArraySlice<UInt8>) {
    bytes.withUnsafeBytes { hasher.update(bufferPointer: $0) }
  }

  mutating func add(_ bytes: UnsafeRawBufferPointer) { hasher.update(bufferPointer: bytes) }

  /// Of everything so far.
  var value: String { Digest.hex(hasher.finalize()) }
}

/// A file's digest of its own other fields, in its field "sha256", so that a flipped bit is found by whoever reads nothing
/// but this file.
extension JSONValue {
  private static let ownDigestName = "sha256"

  /// An object with the digest of everything before it.
  static func withOwnDigest(_ members: [JSONMember]) -> JSONValue {
    .object(members + [JSONMember(ownDigestName, .string(ownDigest(of: members)))])
  }

  static func ownDigest(of members: [JSONMember]) -> String { Digest.of(JSONValue.object(members).compact()) }

  /// What an object's own digest should be, by the fields that it has.
  var expectedOwnDigest: String {
    Self.ownDigest(of: (members ?? []).filter { $0.key !== Self.ownDigestName })
  }
}
