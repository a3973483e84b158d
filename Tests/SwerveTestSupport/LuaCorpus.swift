import Foundation

/// The hostile Lua scripts of the fixtures: the first line of each says how it must end.
package enum LuaCorpus {
  /// `lua_corpus` beside the set that SWERVE_FIXTURES names, where there is one, else the repository's.
  package static let folder: URL = {
    let beside = Fixtures.folder.deletingLastPathComponent().appendingPathComponent("lua_corpus", isDirectory: true)
    if FileManager.default.fileExists(atPath: beside.path) { return beside }
    return Fixtures.repository.appendingPathComponent("Tests/Fixtures/lua_corpus", isDirectory: true)
  }()

  /// File names in order. No script at all is a broken checkout, not a reason to skip.
  package static let scripts: [String] = {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
    let scripts = names.filter { $0.hasSuffix(".lua") }.sorted()
    precondition(!scripts.isEmpty, "\(folder.path) holds no Lua script")
    return scripts
  }()

  package static func source(_ name: String) throws -> String {
    try String(contentsOf: folder.appendingPathComponent(name), encoding: .utf8)
  }

  /// As in "-- expect: limit ; a loop without an end": "ok", "error" or "limit".
  package static func expectedEnd(_ name: String) throws -> String? {
    try source(name).split(separator: "\n").first?.split(separator: " ").dropFirst(2).first.map(String.init)
  }
}
