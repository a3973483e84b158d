import Foundation
import LuaRuntime
import SwerveTestSupport
import Testing

@Suite
struct LuaCorpusTests {
  /// Less than a user's limits, so that the suite is fast; scripts that must end well need no more.
  static var limits: LuaLimits { LuaLimits(instructions: 40_000_000, memoryBytes: 64 << 20, outputBytes: 1 << 20) }

  @Test(arguments: LuaCorpus.scripts)
  func endsEachScriptAsItsFirstLineSays(name: String) throws {
    let source = try LuaCorpus.source(name)
    let expected = try #require(try LuaCorpus.expectedEnd(name))
    let outcome = try run(source, chunkName: name, limits: Self.limits)
    // Endless recursion is an error of plain Lua's and a limit here.
    let isDepth = name == "err_recursion.lua" && outcome.error?.kind == .limit("depth")
    if !name.hasPrefix("crash_") { #expect(outcome.kind == expected || isDepth, "\(outcome.text)") }
    #expect(!outcome.output.contains("FAIL:"))
    if let error = outcome.error {
      #expect(error.message.hasPrefix("\(name):\(error.line): "))
      #expect(error.chunk == name)
    }
  }

  @Test(arguments: LuaCorpus.scripts.filter { $0.hasPrefix("det_") })
  func givesTheSameOutputInEveryState(name: String) throws {
    let source = try LuaCorpus.source(name)
    let first = try run(source, chunkName: name, limits: Self.limits)
    // A hostile script in between, and another heap, must not matter.
    _ = try run(LuaCorpus.source("lim_rep_bomb.lua"), limits: Self.limits)
    let padding = UnsafeMutableRawPointer.allocate(byteCount: 123_456, alignment: 16)
    defer { padding.deallocate() }
    let second = try run(source, chunkName: name, limits: Self.limits)
    #expect(first.output == second.output)
    #expect(first.instructions == second.instructions)
    #expect(!first.output.isEmpty)
  }
}
