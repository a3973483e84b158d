/// The lines that git writes into a file if a merge found two versions of it. Each starts with the same character seven
/// times, followed by nothing or by a name.
package enum ConflictMark {
  /// - Parameter line: without its end.
  static func isIn(_ line: some Collection<UInt8>) -> Bool { "<=>|".utf8.contains { isIn(line, $0) } }

  private static func isIn(_ line: some Collection<UInt8>, _ byte: UInt8) -> Bool {
    let mark = line.prefix(7)
    guard mark.count == 7, mark.allSatisfy({ $0 == byte }) else { return false }
    let next = line.dropFirst(7).first
    return next == nil || next == UInt8(ascii: " ") || next == UInt8(ascii: "\r")
  }

  /// The number (from 1) of the line where the first version starts; nil if the text does not contain both the first
  /// and the last mark. A text's own lines may look like the mark in the middle.
  package static func firstLine(in text: String) -> Int? {
    let lines = text.utf8.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
    guard let first = lines.firstIndex(where: { isIn($0, UInt8(ascii: "<")) }),
      lines[first...].contains(where: { isIn($0, UInt8(ascii: ">")) })
    else { return nil }
    return first + 1
  }
}
