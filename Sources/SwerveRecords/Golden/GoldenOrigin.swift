import SwerveFiles
import SwerveText

/// What a golden remembers of its script beside the digest of the text, so that a change is named, also one that moves no bit.
package struct GoldenOrigin: Equatable, Sendable {
  /// A file that the script read.
  package struct File: Equatable, Sendable {
    /// As the record names it.
    package let path: String
    package let sha256: String
    /// SHA-256 of what counts in it: the code of a Lua file, a checkpoint's tensors and metadata in whatever order. nil where
    /// every byte counts, and for swerve's own library, where only the bits do that it gives.
    package let content: String?

    package init(path: String, sha256: String, content: String? = nil) {
      self.path = path
      self.sha256 = sha256
      self.content = content
    }
  }

  /// Of the script's own code (see `LuaCode`).
  package let code: String
  /// The options that `--set` gave. The others are the script's own, so that a changed default is a change.
  package let set: [String]
  /// In the order they were read.
  package let files: [File]

  package init(code: String, set: [String], files: [File]) {
    self.code = code
    self.set = set
    self.files = files
  }

  /// Whether a file is of swerve's own Lua library.
  package static func isLibrary(_ path: String) -> Bool { LuaLibrary.holds(path) }

  var members: [JSONMember] {
    [
      JSONMember("code_sha256", .string(code)), JSONMember("set", .array(set.map { .string($0) })),
      JSONMember(
        "files",
        .array(
          files.map { file in
            .object(
              [JSONMember("path", .string(file.path)), JSONMember("sha256", .string(file.sha256))]
                + (file.content.map { [JSONMember("content_sha256", .string($0))] } ?? []))
          })),
    ]
  }

  static let fields = ["code_sha256", "set", "files"]

  init(_ line: JSONLine) throws {
    code = try line.string("code_sha256")
    set = try line.elements("set").map { name in
      guard let text = name.string else {
        throw line.bad("set", found: JSONLine.shown(name), expected: "names of options")
      }
      return text
    }
    files = try line.elements("files").map {
      let file = JSONLine(value: $0, path: line.path, line: line.line)
      return File(
        path: try file.string("path"), sha256: try file.string("sha256"),
        content: file.value["content_sha256"] == nil ? nil : try file.string("content_sha256"))
    }
  }
}
