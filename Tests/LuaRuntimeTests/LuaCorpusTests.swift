import Foundation
import LuaRuntime
import Testing

/// The hostile scripts that lie beside the fixtures. The first line of each says how it must end.
private enum Corpus {
  static let folder: URL? = {
    let environment = ProcessInfo.processInfo.environment
    let root = URL(fileURLWithPath: #filePath).resolvingSymlinksInPath()
      .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    let candidates = [
      environment["SWERVE_FIXTURES"].map { URL(fileURLWithPath: $0).appendingPathComponent("../lua_corpus") },
      root.appendingPathComponent("../shared/lua_corpus"),
    ]
    return candidates.compactMap(\.self).first { FileManager.default.fileExists(atPath: $0.path) }
  }()

  static let scripts: [String] = {
    guard let folder else { return [] }
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
    return names.filter { $0.hasSuffix(".lua") }.sorted()
  }()

  static func source(_ name: String) throws -> String {
    try String(contentsOf: #require(folder).appendingPathComponent(name), encoding: .utf8)
  }

  /// Less than a user's limits, so that the suite is fast; scripts that must end well need no more.
  static var limits: LuaLimits { LuaLimits(instructions: 40_000_000, memoryBytes: 64 << 20, outputBytes: 1 << 20) }
}

@Suite(.enabled(if: Corpus.folder != nil, "the folder lua_corpus is not beside the fixtures"))
struct LuaCorpusTests {
  @Test(arguments: Corpus.scripts)
  func theScriptEndsAsItsFirstLineSays(name: String) throws {
    let source = try Corpus.source(name)
    let expected = try #require(source.split(separator: "\n").first?.split(separator: " ").dropFirst(2).first)
    let outcome = try run(source, chunkName: name, limits: Corpus.limits)
    // Endless recursion is an error of plain Lua's and a limit here.
    let isDepth = name == "err_recursion.lua" && outcome.error?.kind == .limit("depth")
    if !name.hasPrefix("crash_") { #expect(outcome.kind == expected || isDepth, "\(outcome.text)") }
    #expect(!outcome.output.contains("FAIL:"))
    if let error = outcome.error {
      #expect(error.message.hasPrefix("\(name):\(error.line): "))
      #expect(error.chunk == name)
    }
  }

  @Test(arguments: Corpus.scripts.filter { $0.hasPrefix("det_") })
  func theOutputIsTheSameInEveryState(name: String) throws {
    let source = try Corpus.source(name)
    let first = try run(source, chunkName: name, limits: Corpus.limits)
    // A hostile script in between, and another heap, must not matter.
    _ = try run(Corpus.source("lim_rep_bomb.lua"), limits: Corpus.limits)
    let padding = UnsafeMutableRawPointer.allocate(byteCount: 123_456, alignment: 16)
    defer { padding.deallocate() }
    let second = try run(source, chunkName: name, limits: Corpus.limits)
    #expect(first.output == second.output)
    #expect(first.instructions == second.instructions)
    #expect(!first.output.isEmpty)
  }
}
