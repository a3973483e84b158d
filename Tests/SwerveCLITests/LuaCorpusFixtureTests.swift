import Foundation
import Testing

private enum Corpus {
  static let folder: URL? = {
    let environment = ProcessInfo.processInfo.environment
    let candidates = [
      environment["SWERVE_FIXTURES"].map { URL(fileURLWithPath: $0).appendingPathComponent("../lua_corpus") },
      URL(fileURLWithPath: #filePath).resolvingSymlinksInPath().appendingPathComponent("../../../../shared/lua_corpus"),
    ]
    return candidates.compactMap { $0?.standardizedFileURL }.first { FileManager.default.fileExists(atPath: $0.path) }
  }()

  static var scripts: [String] {
    let names = folder.flatMap { try? FileManager.default.contentsOfDirectory(atPath: $0.path) } ?? []
    return names.filter { $0.hasSuffix(".lua") }.sorted()
  }
}

/// The hostile scripts beside the fixtures, through the program: the first line of each says how it must end.
@Suite(.enabled(if: Corpus.folder != nil, "the folder lua_corpus is not beside the fixtures"))
struct LuaCorpusFixtureTests {
  @Test(arguments: Corpus.scripts)
  func theProgramEndsAsTheFirstLineSays(name: String) throws {
    let path = try #require(Corpus.folder).appendingPathComponent(name)
    let words = try String(contentsOf: path, encoding: .utf8).split(separator: "\n").first?.split(separator: " ")
    let expected: Int32 =
      switch words?.dropFirst(2).first {
      // Endless recursion is an error of plain Lua's and a limit here.
      case "error": name == "err_recursion.lua" ? 4 : 3
      case "limit": 4
      default: 0
      }
    let outcome = try Program.run(["lua", path.path])
    #expect(outcome.status == expected, "\(outcome.errors)")
    #expect(!outcome.all.split(separator: "\n").contains { $0.hasPrefix("FAIL:") })
    if name.hasPrefix("det_") { #expect(try Program.run(["lua", path.path]).output == outcome.output) }
  }
}
