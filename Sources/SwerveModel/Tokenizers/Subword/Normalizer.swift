/// What is done to a text before it is cut into words.
package enum Normalizer: Equatable, Sendable {
  case none
  /// Unicode's composed form.
  case nfc
  case bert(BertText)

  /// nil where the text stays as it is. O(length).
  func normalized(_ bytes: Slice<UnsafeBufferPointer<UInt8>>) -> [UInt8]? {
    switch self {
    case .none: return nil
    case .nfc:
      // No scalar below U+0300, which begins with byte 0xCC, is composed or takes part in a composition as the second one.
      guard bytes.contains(where: { $0 >= 0xcc }) else { return nil }
      return Self.utf8(CanonicalForms.composed(Self.scalars(bytes)))
    case .bert(let text): return Self.utf8(text.normalized(Self.scalars(bytes)))
    }
  }

  func normalized(_ text: String) -> [UInt8] {
    let bytes = Array(text.utf8)
    return bytes.withUnsafeBufferPointer { normalized($0[0..<$0.count]) } ?? bytes
  }

  private static func scalars(_ bytes: Slice<UnsafeBufferPointer<UInt8>>) -> [Unicode.Scalar] {
    var scalars: [Unicode.Scalar] = []
    scalars.reserveCapacity(bytes.count)
    var place = bytes.startIndex
    while place < bytes.endIndex {
      let (scalar, end) = bytes.base.scalar(at: place)
      scalars.append(scalar)
      place = end
    }
    return scalars
  }

  private static func utf8(_ scalars: [Unicode.Scalar]) -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(scalars.count)
    for scalar in scalars {
      if scalar.isASCII { bytes.append(UInt8(scalar.value)) } else { bytes.append(contentsOf: UTF8.encode(scalar)!) }
    }
    return bytes
  }
}
