import Foundation
import LuaRuntime
import SwerveTestSupport
import Testing

@testable import SwerveScript

@Suite struct StubTests {
  /// To accept new ones, set SWERVE_WRITE_STUBS=1 for one run of this test, which fails then, too.
  @Test func theStubsInTheRepositoryAreThoseOfTheDeclarations() throws {
    let file = Fixtures.repository.appendingPathComponent("lua/_meta/swerve.lua")
    let written = (try? String(contentsOf: file, encoding: .utf8)) ?? ""
    if ProcessInfo.processInfo.environment["SWERVE_WRITE_STUBS"] == "1" {
      try ScriptAPI.stubs().write(to: file, atomically: true, encoding: .utf8)
      Issue.record("lua/_meta/swerve.lua was written; run the tests again without SWERVE_WRITE_STUBS")
    }
    #expect(written == ScriptAPI.stubs())
  }

  @Test func aFieldShowsTypeRangeAndDefault() {
    let stubs = ScriptAPI.stubs()
    #expect(stubs.hasPrefix("---@meta swerve.host\n"))
    #expect(stubs.contains("\n---@field gamma? number discount; in [0, 1]; default: 1\n"))
    #expect(stubs.contains("\n---@field positions? \"learned\"|\"rotary\" "))
    #expect(stubs.contains("\n---@field ref_logp swerve.Tensor log-probability of the token under the reference\n"))
    #expect(stubs.contains("\nfunction swerve.tasks.addition(options) end\n"))
    #expect(stubs.contains("\nfunction tensor:clamp(lo, hi) end\n"))
  }

  @Test func theStubsAreLua() throws {
    let state = LuaState { _ in }
    _ = try state.load(ScriptAPI.stubs(), chunkName: "lua/_meta/swerve.lua")
  }

  /// Every option that a declaration names has a doc, and every default is one that the option would take.
  @Test func declarationsAreComplete() {
    let all = [
      ScriptAPI.model, ScriptAPI.evaluationOptions, ScriptAPI.pretrain, ScriptAPI.critic, ScriptAPI.kl,
      ScriptAPI.finetune, ScriptAPI.addition,
    ]
    for options in all {
      #expect(Set(options.fields.map(\.name)).count == options.fields.count)
      for field in options.fields { #expect(!field.doc.isEmpty, "\(options.name).\(field.name)") }
    }
  }
}
