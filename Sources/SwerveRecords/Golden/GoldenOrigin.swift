import SwerveFiles
import SwerveText

/// What a golden stores about its script besides the digest of the text. With it, every change can be named, even one
/// that changes no bit.
package struct GoldenOrigin: Equatable, Sendable {
  /// A file that the script read.
  package struct File: Equatable, Sendable {
    /// The path that the record has.
    package let path: String
    package let sha256: String
    /// SHA-256 of the content that matters: the code of a Lua file, or a checkpoint's tensors and metadata in any
    /// order. nil if every byte matters, and for swerve's own library, for which only the computed bits matter.
    package let content: String?

    package init(path: String, sha256: String, content: String? = nil) {
      self.path = path
      self.sha256 = sha256
      self.content = content
    }
  }

  /// The digest of the script's own code (see `LuaCode`).
  package let code: String
  /// The options that `--set` gave. The others have the script's defaults, so a changed default counts as a change.
  package let set: [String]
  /// In the order they were read.
  package let files: [File]

  package init(code: String, set: [String], files: [File]) {
    self.code = code
    self.set = set
    self.files = files
  }

  /// Those of the files that belong to other tools' models.
  package var modelInputs: ModelInputs { ModelInputs(files.map { ($0.path, $0.content != nil) }) }

  /// Whether a file belongs to swerve's own Lua library.
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
