import Foundation
import LuaRuntime
import Testing

private let folder = ProcessInfo.processInfo.environment["LUA_TESTS"]

/// Lua's own tests in the sandbox; `make test-lua` gets them and prints the table that these lines make.
@Suite(.serialized, .enabled(if: folder != nil, "LUA_TESTS names no folder with Lua's tests; see `make test-lua`"))
struct LuaSuiteTests {
  /// Far more than a user's script may use, and still an end.
  private static var limits: LuaLimits {
    LuaLimits(
      instructions: 2_000_000_000, memoryBytes: 1 << 30, outputBytes: 64 << 20, sourceBytes: 4 << 20,
      depth: 2_000_000, seconds: 600)
  }

  @Test(arguments: LuaSuiteFile.all)
  func passesEachFile(file: LuaSuiteFile) throws {
    let source = try file.source(in: #require(folder))
    let start = ContinuousClock.now
    let outcome = try run(
      source, chunkName: file.name + ".lua", limits: Self.limits, options: .overflowIsCaught
    ) { state in
      let none = LuaValue.function(state.function("none") { _ in [] })
      let module = state.makeTable()
      for name in ["start", "stop"] { module.set(name, none) }
      state.addModule("tracegc", module)
      let prelude =
        "_port, _soft, _nomsg = true, true, true os = {clock = function() return 0 end, exit = error}"
      _ = try state.load(prelude, chunkName: "prelude").call()
    }
    let time = String(format: "%.2f", (ContinuousClock.now - start) / .seconds(1))
    let end = outcome.error.map { "FAILED: \($0.message)" } ?? "passed"
    let skipped = Set((file.blank + (LuaSuiteFile.differences[file.name] ?? [])).flatMap { $0 }).count
    print("lua-suite: \(file.name)\t\(end)\t\(skipped)\t\(outcome.instructions)\t\(time)")
    #expect(outcome.error == nil, "\(outcome.error?.message ?? "")\n\(outcome.output.suffix(2000))")
  }

  @Test func runsEveryFileOrStatesWhyNot() throws {
    for file in LuaSuiteFile.leftOut { print("lua-suite: \(file.name)\tleft out: \(file.reason)\t\t\t") }
    let known = LuaSuiteFile.leftOut.flatMap { $0.name.components(separatedBy: ", ") } + LuaSuiteFile.all.map(\.name)
    let found = try FileManager.default.contentsOfDirectory(atPath: #require(folder)).filter { $0.hasSuffix(".lua") }
    // tracegc is a helper of others.
    #expect((known + ["tracegc"]).map { $0 + ".lua" }.sorted() == found.sorted())
  }
}
