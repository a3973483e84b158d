import CSHA256
import SwerveText

/// SHA-256 digests as 64 lower-case hexadecimal digits.
package enum Digest {
  package static func of(_ bytes: UnsafeRawBufferPointer) -> String {
    var digest = DigestInProgress()
    digest.add(bytes)
    return digest.value
  }

  package static func of(_ bytes: [UInt8]) -> String { bytes.withUnsafeBytes { of($0) } }

  package static func of(_ text: String) -> String { of(Array(text.utf8)) }

  /// Of a mapped file, whose memory is let go of on the way.
  package static func of(_ file: MappedFile) -> String {
    var digest = DigestInProgress()
    let piece = 16 << 20
    for first in stride(from: 0, to: file.bytes.count, by: piece) {
      let range = first..<min(first + piece, file.bytes.count)
      digest.add(UnsafeRawBufferPointer(rebasing: file.bytes[range]))
      file.release(range)
    }
    return digest.value
  }

  package static func ofFile(_ path: String) throws -> String {
    var digest = DigestInProgress()
    try POSIXFile.forEachPiece(of: path) { digest.add($0) }
    return digest.value
  }
}

/// SHA-256 of bytes that arrive piece by piece.
package struct DigestInProgress {
  private var state = SHA256_CTX()

  package init() { SHA256_Init(&state) }

  package mutating func add(_ text: String) {
    var text = text
    text.withUTF8 { add(UnsafeRawBufferPointer($0)) }
  }

  package mutating func add(_ bytes: ArraySlice<UInt8>) { bytes.withUnsafeBytes { add($0) } }

  package mutating func add(_ bytes: UnsafeRawBufferPointer) { SHA256_Update(&state, bytes.baseAddress, bytes.count) }

  /// The digest of everything so far.
  package var value: String {
    var state = state
    var digest = [UInt8](repeating: 0, count: Int(SHA256_DIGEST_LENGTH))
    SHA256_Final(&digest, &state)
    return Self.hexadecimal(digest)
  }

  private static func hexadecimal(_ bytes: [UInt8]) -> String {
    let digits = Array("0123456789abcdef".utf8)
    var text: [UInt8] = []
    text.reserveCapacity(2 * bytes.count)
    for byte in bytes {
      text.append(digits[Int(byte >> 4)])
      text.append(digits[Int(byte & 15)])
    }
    return String(decoding: text, as: UTF8.self)
  }
}

/// A file's field "sha256", which has the digest of its other fields. With it, a flipped bit is found without reading
/// any other file.
extension JSONValue {
  private static let ownDigestName = "sha256"

  /// An object of these members, followed by their digest.
  package static func withOwnDigest(_ members: [JSONMember]) -> JSONValue {
    .object(members + [JSONMember(ownDigestName, .string(ownDigest(of: members)))])
  }

  package static func ownDigest(of members: [JSONMember]) -> String { Digest.of(JSONValue.object(members).compact()) }

  /// The digest that an object should have, computed from its fields.
  package var expectedOwnDigest: String {
    Self.ownDigest(of: (members ?? []).filter { $0.key !== Self.ownDigestName })
  }
}
