import SwerveText

/// The headers of a tar archive (POSIX ustar). They do not depend on who packs, when and where: files only, mode 0644,
/// owner 0, time 0.
package enum TarHeader {
  static let block = 512
  /// The size field has eleven octal digits.
  static let largestFile = (1 << 33) - 1
  private static let nameBytes = 100

  /// One block, or three if the path is too long for the name field.
  /// - Parameters:
  ///   - path: at most 9000 bytes.
  ///   - bytes: 0...largestFile.
  package static func bytes(path: String, bytes: Int) -> [UInt8] {
    let name = Array(path.utf8)
    if name.count <= nameBytes { return header(name, bytes: bytes, kind: "0") }
    // A record of a pax header starts with its own length.
    let rest = " path=\(path)\n"
    let length = [2, 3, 4].map { $0 + rest.utf8.count }.first { String($0).utf8.count + rest.utf8.count == $0 } ?? 0
    let record = padded(Array("\(length)\(rest)".utf8))
    return header(Array("././@PaxHeader".utf8), bytes: length, kind: "x") + record
      + header(Array(name.prefix(nameBytes)), bytes: bytes, kind: "0")
  }

  /// Adds zeros up to a whole number of blocks.
  package static func padded(_ bytes: [UInt8]) -> [UInt8] { bytes + padding(bytes.count) }

  static func padding(_ count: Int) -> [UInt8] {
    [UInt8](repeating: 0, count: (block - count % block) % block)
  }

  /// The end of an archive.
  package static let end = [UInt8](repeating: 0, count: 2 * block)

  /// The name and the size in a block, if it is a header that `bytes(path:bytes:)` makes for a short path.
  static func parse(_ header: ArraySlice<UInt8>) -> (path: String, bytes: Int)? {
    guard header.count == block, let path = String(validating: header.prefix { $0 != 0 }, as: UTF8.self) else {
      return nil
    }
    let digits = header.dropFirst(124).prefix(11)
    guard let text = String(validating: digits, as: UTF8.self), let bytes = Int(text, radix: 8), bytes >= 0,
      path.utf8.count <= nameBytes, header.elementsEqual(Self.bytes(path: path, bytes: bytes))
    else { return nil }
    return (path, bytes)
  }

  private static func header(_ name: [UInt8], bytes: Int, kind: Character) -> [UInt8] {
    var header = [UInt8](repeating: 0, count: block)
    func put(_ text: String, at offset: Int) {
      header.replaceSubrange(offset..<offset + text.utf8.count, with: text.utf8)
    }
    header.replaceSubrange(0..<name.count, with: name)
    put("0000644", at: 100)
    put("0000000", at: 108)
    put("0000000", at: 116)
    put(octal(bytes, digits: 11), at: 124)
    put("00000000000", at: 136)
    put("        ", at: 148)
    put(String(kind), at: 156)
    put("ustar\u{0}00", at: 257)
    put(octal(header.reduce(0) { $0 + Int($1) }, digits: 6) + "\u{0} ", at: 148)
    return header
  }

  private static func octal(_ number: Int, digits: Int) -> String {
    let text = String(number, radix: 8)
    return String(repeating: "0", count: max(0, digits - text.count)) + text
  }
}
