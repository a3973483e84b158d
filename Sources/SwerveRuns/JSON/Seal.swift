import SwerveTensor
import SwerveText

/// A file's digest of its own other fields, in its field "sha256", so that a flipped bit is found by whoever reads nothing
/// but this file.
extension JSONValue {
  private static let sealName = "sha256"

  /// An object with the digest of everything before it.
  static func sealed(_ members: [JSONMember]) -> JSONValue {
    .object(members + [JSONMember(sealName, .string(seal(of: members)))])
  }

  static func seal(of members: [JSONMember]) -> String { Digest.of(JSONValue.object(members).compact()) }

  /// What an object's seal should be, by the fields that it has.
  var expectedSeal: String {
    Self.seal(of: (members ?? []).filter { $0.key !== Self.sealName })
  }
}
