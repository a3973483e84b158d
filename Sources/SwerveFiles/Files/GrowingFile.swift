/// A file of lines that another process appends to. Each complete line is read once, so that a look costs what was added
/// since the last one, however long the file is.
package struct GrowingFile {
  package struct Line {
    /// Without the line end.
    package let bytes: [UInt8]
    /// From 1.
    package let number: Int
    /// The bytes before it in the file.
    package let start: Int
  }

  package struct Reading {
    /// Whether what was read before no longer holds: the file was cut off, replaced or removed.
    package fileprivate(set) var startsAgain = false
    package fileprivate(set) var lines: [Line] = []
    /// Whether there is more to read at once.
    package fileprivate(set) var hasMore = false
  }

  private let name: String
  /// A longer line is left out.
  private let longestLine: Int
  /// The bytes that one look reads at most.
  private let piece: Int
  private var inode: UInt64?
  /// The bytes before the first line that was not read.
  private var start = 0
  /// The size at the last look, with a line that is not complete.
  private var size = 0
  private var lines = 0
  /// Whether `start` is inside a line that is too long.
  private var isSkipping = false
  /// The lines that were left out.
  package private(set) var tooLong = 0
  /// The bytes that were read in all, for tests.
  package private(set) var bytesRead = 0

  /// - Parameter name: of a file in the folder that `read` gets.
  package init(_ name: String, longestLine: Int = 4 << 20, piece: Int = 16 << 20) {
    self.name = name
    self.longestLine = longestLine
    self.piece = max(piece, longestLine + 1)
  }

  /// Forgets what was read.
  package mutating func restart() { self = GrowingFile(name, longestLine: longestLine, piece: piece) }

  /// Reads what was added.
  /// - Throws: FileError for a file that can't be read. A missing file has no lines.
  package mutating func read(in folder: SealedFolder) throws -> Reading {
    var reading = Reading()
    guard let stamp = folder.stamp(name) else {
      reading.startsAgain = inode != nil
      if inode != nil { restart() }
      return reading
    }
    if let inode, inode != stamp.inode || stamp.bytes < size {
      restart()
      reading.startsAgain = true
    }
    inode = stamp.inode
    if stamp.bytes == size { return reading }
    let (bytes, opened) = try folder.read(name, from: start, most: piece)
    // Another file took its name meanwhile; the next look reads that one.
    guard opened.inode == stamp.inode else { return reading }
    bytesRead += bytes.count
    size = start + bytes.count
    reading.hasMore = bytes.count == piece
    take(bytes, &reading)
    return reading
  }

  private mutating func take(_ bytes: [UInt8], _ reading: inout Reading) {
    let first = start
    var place = 0
    while let end = bytes[place...].firstIndex(of: UInt8(ascii: "\n")) {
      lines += 1
      if isSkipping || end - place > longestLine {
        tooLong += 1
      } else {
        reading.lines.append(Line(bytes: Array(bytes[place..<end]), number: lines, start: first + place))
      }
      isSkipping = false
      place = end + 1
    }
    if isSkipping || bytes.count - place > longestLine {
      isSkipping = true
      place = bytes.count
    }
    start = first + place
  }
}
