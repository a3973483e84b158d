/// What git leaves in a file where a merge found two versions of it: lines that start with seven times the same character, with
/// nothing or a name behind.
package enum ConflictMark {
  /// - Parameter line: without its end.
  static func isIn(_ line: some Collection<UInt8>) -> Bool { "<=>|".utf8.contains { isIn(line, $0) } }

  private static func isIn(_ line: some Collection<UInt8>, _ byte: UInt8) -> Bool {
    let mark = line.prefix(7)
    guard mark.count == 7, mark.allSatisfy({ $0 == byte }) else { return false }
    let next = line.dropFirst(7).first
    return next == nil || next == UInt8(ascii: " ") || next == UInt8(ascii: "\r")
  }

  /// The line, from 1, where the first version starts, in a text whose own lines may look like the mark in the middle; nil where
  /// the text does not hold both ends.
  package static func firstLine(in text: String) -> Int? {
    let lines = text.utf8.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
    guard let first = lines.firstIndex(where: { isIn($0, UInt8(ascii: "<")) }),
      lines[first...].contains(where: { isIn($0, UInt8(ascii: ">")) })
    else { return nil }
    return first + 1
  }
}
