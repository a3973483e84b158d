import LuaRuntime
import SwerveText

/// swerve.data
enum DataFile {
  /// Bounds of what a script may name. A run keeps a copy of a file that is not larger than `mostCopied`; of a larger one it
  /// records the digest, and reads the file where it is.
  static let mostCopied = 32 << 20, mostBytes = 1 << 30, mostRecordBytes = 1 << 20, mostRecords = 1 << 25, deepest = 32
  private static var formats: [any RecordFormat.Type] { [JSONLines.self, CSVTable.self] }
  /// Between two calls that let go of what was read.
  private static let piece = 16 << 20

  static func read(_ arguments: CheckedArguments, _ host: ScriptHost) throws -> [LuaValue] {
    let path = arguments[0].asString
    try ScriptPath.check(path, function: "swerve.data", endings: formats.map { $0.ending }, host)
    let file: LargeFile
    let description: [UInt8]
    if let large = try host.large(path, above: mostCopied, atMost: mostBytes) {
      file = large
      description = Array("\(path)\0\(large.sha256)\0".utf8)
    } else {
      let text = try ScriptPath.existing(path, try host.text(path, atMost: mostCopied)).text
      let held = HeldBytes(text)
      file = LargeFile(path: path, bytes: held.bytes, sha256: "", owner: held, release: { _ in })
      description = Array("\(path)\0".utf8) + text.utf8
    }
    // A byte of a copied file costs more than one of a file that is only looked through.
    let copied = min(file.bytes.count, mostCopied)
    arguments.state.addWork(copied / 16 + (file.bytes.count - copied) / 64)
    guard let kind = formats.first(where: { path.endsExactly(with: $0.ending) }) else { return [] }
    let records = try RecordFile(path: path, file, try kind.init(file.bytes, path: path), description)
    return [.object(DataObject(records))]
  }

  /// The place of every record of a file. Each was read, so that a mistake is found while the script loads.
  static func index(_ file: LargeFile, _ format: inout any RecordFormat, path: String) throws -> [UInt32] {
    var starts: [UInt32] = []
    var position = format.first
    var line = format.firstLine
    var released = 0
    while position < file.bytes.count {
      let next = try format.next(file.bytes, at: position, line: line, path: path)
      if next.isRecord {
        guard starts.count < mostRecords else {
          throw ScriptError("\(path) has more than \(mostRecords) records", hint: "split the file")
        }
        starts.append(UInt32(position))
      }
      line += next.lines
      position = next.end
      if position - released >= piece {
        file.release(released..<position)
        released = position
      }
    }
    file.release(released..<file.bytes.count)
    guard !starts.isEmpty else { throw ScriptError("\(path) has no records", hint: format.hint) }
    return starts
  }
}

/// The bytes of a text, at a place that does not move.
private final class HeldBytes: @unchecked Sendable {
  let bytes: UnsafeRawBufferPointer

  init(_ text: String) {
    var text = text
    bytes = text.withUTF8 { utf8 in
      let copy = UnsafeMutableRawBufferPointer.allocate(byteCount: utf8.count, alignment: 1)
      copy.copyMemory(from: UnsafeRawBufferPointer(utf8))
      return UnsafeRawBufferPointer(copy)
    }
  }

  deinit { bytes.deallocate() }
}

/// A file of records, and where each of them is. What is in memory beside the file is four bytes for each record.
final class RecordFile {
  /// As the script wrote it.
  let path: String
  private let file: LargeFile
  private let format: any RecordFormat
  private let starts: [UInt32]
  /// Everything that its records depend on.
  let description: [UInt8]
  /// Records that were read since the memory of the file was let go of. The kernel keeps some pages around each of them.
  private var read = 0
  private static let mostRead = 256

  init(path: String, _ file: LargeFile, _ format: any RecordFormat, _ description: [UInt8]) throws {
    self.path = path
    self.file = file
    self.description = description
    var format = format
    starts = try DataFile.index(file, &format, path: path)
    self.format = format
  }

  var count: Int { starts.count }
  /// Of its own; the content of a large file is not in the memory of the script.
  var byteCount: Int {
    starts.count * MemoryLayout<UInt32>.stride + (file.bytes.count <= DataFile.mostCopied ? file.bytes.count : 0)
  }

  private func release() {
    read = 0
    file.release(0..<file.bytes.count)
  }

  /// "FILE:LINE" of a record's first line, for errors. Reads the file up to there.
  func place(_ index: Int) -> String {
    "\(path):\(1 + file.bytes.lineFeeds(in: 0..<Int(starts[index])))"
  }

  /// - Parameter index: from 0.
  /// - Returns: the record, and its bytes in the file.
  func record(_ index: Int) throws -> (value: JSONValue, bytes: Int) {
    read += 1
    if read > Self.mostRead { release() }
    return try format.record(file.bytes, at: Int(starts[index]), place: "\(path): record \(index + 1)")
  }
}
