import Foundation
import LuaRuntime
import SwerveTensor
import SwerveTestSupport
import Testing

@testable import SwerveScript

@Suite struct StubTests {
  @Test func keepsTheStubsInTheRepositoryUpToDate() throws {
    try requireFresh("lua/_meta/swerve.lua", ScriptAPI.stubs())
  }

  @Test func keepsTheReferencePageInTheRepositoryUpToDate() throws {
    try requireFresh("docs/api.md", ScriptAPI.reference(library: try library()))
  }

  @Test func keepsTheMetricsPageInTheRepositoryUpToDate() throws {
    try requireFresh("docs/metrics.md", ScriptAPI.metricReference())
  }

  /// With SWERVE_WRITE_STUBS=1 the file is written anew, and the test fails all the same.
  private func requireFresh(_ path: String, _ expected: String) throws {
    let file = Fixtures.repository.appendingPathComponent(path)
    let written = (try? String(contentsOf: file, encoding: .utf8)) ?? ""
    if ProcessInfo.processInfo.environment["SWERVE_WRITE_STUBS"] == "1" {
      try expected.write(to: file, atomically: true, encoding: .utf8)
      Issue.record("\(path) was written; run the tests again without SWERVE_WRITE_STUBS")
    } else if written != expected {
      let pairs = zip(written.split(separator: "\n"), expected.split(separator: "\n"))
      let first =
        pairs.first { $0 != $1 }.map { "the file says \"\($0)\", the sources say \"\($1)\"" } ?? "one is longer"
      Issue.record("\(path) is stale (\(first)): run `\(ScriptAPI.stubsCommand)` and commit the file")
    }
  }

  /// The Lua files of the library, in the order of their paths.
  private func library() throws -> [ScriptFile] {
    let folder = Fixtures.repository.appendingPathComponent("lua")
    let paths = try FileManager.default.subpathsOfDirectory(atPath: folder.path)
    return try paths.filter { $0.hasPrefix("swerve/") && $0.hasSuffix(".lua") }.sorted().map { path in
      ScriptFile(path: path, text: try String(contentsOf: folder.appendingPathComponent(path), encoding: .utf8))
    }
  }

  @Test func namesEveryDeclarationOnTheReferencePage() throws {
    let page = ScriptAPI.reference(library: try library())
    for function in ScriptAPI.functions { #expect(page.contains("\n### \(function.name)(")) }
    for options in ScriptAPI.optionTables {
      for field in options.fields { #expect(page.contains("\n| `\(field.name)` | ")) }
    }
    for object in ScriptAPI.objects {
      for field in object.fields { #expect(page.contains("\n| `\(field.name)` | `")) }
      for method in object.methods { #expect(page.contains("\n**`\(method.name)(")) }
    }
    for operation in TensorOperation.all { #expect(page.contains("\n| `x:\(operation.name)(")) }
  }

  @Test func showsTypeRangeDefaultAndMeaningOnTheReferencePage() throws {
    let source = """
      -- About shapes.
      local shapes = {}

      ---@class swerve.shapes.Round
      ---@field size number above 0
      ---@field turn? fun(step: integer): number what it does; default: nothing

      ---A round thing.
      ---@param options swerve.shapes.Round
      ---@return swerve.Rule
      function shapes.round(options) end

      local function not_exported() end

      ---The module of a file that returns a function.
      ---@param t swerve.Tokens the batch
      return function(t) end
      """
    let page = ScriptAPI.reference(library: [ScriptFile(path: "swerve/shapes.lua", text: source)])
    #expect(page.contains("| `gamma` | `number` | in [0, 1] | 1 | discount |\n"))
    #expect(page.contains("| `updates` | `integer` | in [1, 1000000] | required | "))
    #expect(page.contains("| `where` | `\"loss\"\\|\"reward\"` |"))
    #expect(page.contains("\n## swerve.shapes\n\nAbout shapes.\n\n### shapes.round(options)\n\nA round thing.\n\n"))
    #expect(page.contains("| `size` | `number` | required | above 0 |\n"))
    #expect(page.contains("| `turn` | `fun(step: integer): number` | optional | what it does; default: nothing |\n"))
    #expect(page.contains("Returns `swerve.Rule`.\n"))
    #expect(page.contains("### swerve.shapes(t)\n\nThe module of a file that returns a function.\n\n"))
    #expect(!page.contains("not_exported"))
  }

  @Test func showsTypeRangeAndDefaultOfAField() {
    let stubs = ScriptAPI.stubs()
    #expect(stubs.hasPrefix("---@meta swerve.host\n"))
    #expect(stubs.contains("\n---@field gamma? number discount; in [0, 1]; default: 1\n"))
    #expect(stubs.contains("\n---@field positions? \"learned\"|\"rotary\" "))
    #expect(stubs.contains("\n---@field ref_logp swerve.Tensor log-probability of the token under the reference\n"))
    #expect(stubs.contains("\nfunction swerve.tasks.addition(options) end\n"))
    #expect(stubs.contains("\nfunction tensor:clamp(lo, hi) end\n"))
  }

  /// A table that no list of tables has would be a type without fields for an editor, and missing on the reference page.
  @Test func declaresEveryTypeThatStubsName() {
    let stubs = ScriptAPI.stubs()
    let declared = Set(stubs.matches(of: /---@(?:class|alias) (swerve\.\w+)/).map(\.1))
    for name in Set(stubs.matches(of: /swerve\.[A-Z]\w*/).map(\.0)) { #expect(declared.contains(name), "\(name)") }
  }

  @Test func writesStubsThatAreLua() throws {
    let state = LuaState { _ in }
    _ = try state.load(ScriptAPI.stubs(), chunkName: "lua/_meta/swerve.lua")
  }

  /// Every option that a declaration names has a doc, and every default is one that the option would take.
  @Test func hasCompleteDeclarations() {
    for options in ScriptAPI.optionTables {
      #expect(Set(options.fields.map(\.name)).count == options.fields.count)
      for field in options.fields { #expect(!field.doc.isEmpty, "\(options.name).\(field.name)") }
    }
  }
}
