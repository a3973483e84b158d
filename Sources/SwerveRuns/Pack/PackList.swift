import SwerveFiles
import SwerveRecords
import SwerveText

/// `pack.json`, the first file of a packed run: the list of the files that follow. It determines every other byte of
/// the archive except the contents of these files.
struct PackList: Equatable {
  static let format = 1
  static let fileName = "pack.json"
  static let largest = 1 << 24
  static let mostFiles = 100_000
  /// The most bytes of a path in the archive; it is more than the limit for a script's path in a record.
  private static let longestPath = 1200

  struct File: Equatable {
    /// The path inside the run folder.
    let path: String
    let bytes: Int
    let sha256: String
  }

  /// The folder that unpacking makes.
  let name: String
  /// In bytewise order of path.
  let files: [File]

  private var content: [JSONMember] {
    [
      JSONMember("swerve_pack", .integer(Self.format)), JSONMember("run", .string(name)),
      JSONMember(
        "files",
        .array(
          files.map { ["path": .string($0.path), "bytes": .integer($0.bytes), "sha256": .string($0.sha256)] })),
    ]
  }

  /// The list as text; its last field is the digest of everything before it.
  var text: String {
    let digest = Digest.of(JSONValue.object(content).compact())
    return JSONValue.object(content + [JSONMember("sha256", .string(digest))]).pretty()
  }

  init(name: String, files: [File]) {
    self.name = name
    self.files = files
  }

  /// - Parameters:
  ///   - name: the name of the folder in the archive.
  ///   - path: the path of the archive, for errors.
  /// - Throws: FileError or RecordError for a text that differs in any byte from what `text` makes, or for a list with
  ///   files that would be unpacked outside of its folder.
  init(_ bytes: [UInt8], name: String, path: String) throws {
    let place = path + "/" + Self.fileName
    let list: JSONLine
    do {
      list = JSONLine(value: try JSONParser.parse(bytes), path: place, line: nil)
    } catch {
      throw FileError.notJSON(path: place, error)
    }
    let format = try list.integer("swerve_pack")
    guard format == Self.format else {
      throw FileError.formatVersion(path: place, what: "pack", found: format, expected: Self.format)
    }
    let files = try list.elements("files").map {
      let file = JSONLine(value: $0, path: place, line: nil)
      return File(
        path: try file.string("path"), bytes: try file.integer("bytes"), sha256: try file.string("sha256"))
    }
    self.init(name: try list.string("run"), files: files)
    guard self.name === name, text.utf8.elementsEqual(bytes) else {
      throw RecordError.packDamaged(path: path, part: Self.fileName, detail: "its digest is not that of its content")
    }
    if let problem { throw RecordError.packDamaged(path: path, part: problem.part, detail: problem.detail) }
  }

  /// Copies of scripts may be in hidden folders; no other file of a run may.
  private static func isHidden(_ path: String) -> Bool {
    !path.beginsExactly(with: "script/") && (path.beginsExactly(with: ".") || path.containsExactly("/."))
  }

  /// A reason not to pack or unpack this list: a path that leads out of the folder, two files with one path, or a limit
  /// that is exceeded. nil if there is none.
  var problem: (part: String, detail: String)? {
    guard RunFiles.isSafe(name), !name.containsExactly("/"), !name.beginsExactly(with: "."),
      files.count <= Self.mostFiles
    else {
      return (Self.fileName, "a folder name and at most \(Self.mostFiles) files were expected")
    }
    var folders: Set<[UInt8]> = []
    var last = ""
    for file in files {
      let names = file.path.utf8.split(separator: UInt8(ascii: "/"))
      guard RunFiles.isSafe(file.path), name.utf8.count + file.path.utf8.count < Self.longestPath,
        !Self.isHidden(file.path), file.path !== Self.fileName
      else { return (file.path.debugDescription, "a path inside the run folder was expected, without hidden names") }
      guard last.isExactlyBefore(file.path) else {
        return (file.path.debugDescription, "files in the order of their paths, each once, were expected")
      }
      guard (0...TarHeader.largestFile).contains(file.bytes) else {
        return (file.path.debugDescription, "\(file.bytes) bytes, expected 0...\(TarHeader.largestFile)")
      }
      for count in 1..<max(2, names.count) where names.count > 1 {
        folders.insert(Array(names.prefix(count).joined(separator: "/".utf8)))
      }
      last = file.path
    }
    if let file = files.first(where: { folders.contains(Array($0.path.utf8)) }) {
      return (file.path.debugDescription, "it is a file and a folder")
    }
    return nil
  }

  /// The size of the whole archive in bytes; nil if it exceeds Int.
  func archiveBytes(_ own: Int) -> Int? {
    var total = TarHeader.end.count
    for file in [File(path: Self.fileName, bytes: own, sha256: "")] + files {
      let header = TarHeader.bytes(path: name + "/" + file.path, bytes: file.bytes).count
      let (sum, overflow) = total.addingReportingOverflow(header + file.bytes + TarHeader.padding(file.bytes).count)
      if overflow { return nil }
      total = sum
    }
    return total
  }
}
