import SwerveTestSupport
import Testing

@testable import SwerveFiles

@Suite struct DigestTests {
  /// Of FIPS 180-4 and of NIST's examples (csrc.nist.gov, Cryptographic Standards and Guidelines).
  @Test func givesThePublishedDigests() {
    let cases = [
      ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
      ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
      (
        "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
        "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
      ),
      (String(repeating: "a", count: 1_000_000), "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"),
    ]
    for (text, digest) in cases { #expect(Digest.of(text) == digest) }
  }

  /// Blocks have 64 bytes, and the last one has room for 55.
  @Test func doesNotDependOnHowBytesAreCutIntoPieces() {
    let seed: UInt64 = 29
    print("DigestTests: seed \(seed)")
    var random = SplitMix64(seed: seed)
    for count in [0, 1, 55, 56, 63, 64, 65, 128, 1000, 70_000] {
      let bytes = (0..<count).map { _ in UInt8(truncatingIfNeeded: random.next()) }
      var digest = DigestInProgress()
      var rest = bytes[...]
      while !rest.isEmpty {
        let piece = rest.prefix(Int(random.next() % 200))
        digest.add(piece)
        rest = rest.dropFirst(piece.count)
      }
      #expect(digest.value == Digest.of(bytes), "seed \(seed), \(count) bytes")
    }
  }

  @Test func aValueOnTheWayDoesNotEndTheDigest() {
    var digest = DigestInProgress()
    digest.add("ab")
    let copy = digest
    #expect(digest.value == Digest.of("ab") && digest.value == Digest.of("ab"))
    digest.add("c")
    #expect(digest.value == Digest.of("abc") && copy.value == Digest.of("ab"))
  }
}
