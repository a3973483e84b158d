import Foundation
import LuaRuntime
import SwerveTestSupport
import Testing

@testable import SwerveScript

/// Unit tests in Lua: those of the library pass, and every other ending is told apart.
@Suite struct ScriptTestsTests {
  private static let folder = "lua/tests"

  static var files: [String] {
    let url = Fixtures.repository.appendingPathComponent(folder)
    let names = (try? FileManager.default.contentsOfDirectory(atPath: url.path)) ?? []
    return names.filter { $0.hasSuffix("_test.lua") }.sorted()
  }

  @Test(arguments: files)
  func passesTheLibrarysOwnTests(file: String) throws {
    let path = "\(Self.folder)/\(file)"
    let text = try String(contentsOf: Fixtures.repository.appendingPathComponent(path), encoding: .utf8)
    for test in try run(text, path: path) {
      switch test.verdict {
      case .passed: continue
      case .failed(let failure): Issue.record("\(test.name): \(failure)")
      case .error(let error): Issue.record("\(test.name): \(error)")
      }
    }
  }

  @Test func hasATestForEveryRuleOfTheGallery() throws {
    let texts = try Self.files.map {
      try String(contentsOf: Fixtures.repository.appendingPathComponent("\(Self.folder)/\($0)"), encoding: .utf8)
    }
    let rules = Fixtures.repository.appendingPathComponent("lua/swerve/rules")
    for file in try FileManager.default.contentsOfDirectory(atPath: rules.path).sorted() {
      let rule = "rules." + file.dropLast(".lua".count)
      #expect(texts.contains { $0.contains("testing.weights(\(rule)") || $0.contains("= \(rule)") }, "\(rule)")
    }
  }

  private func run(
    _ text: String, path: String = "tests/a_test.lua", limits: LuaLimits = LuaLimits()
  ) throws -> [TestCase] {
    try ScriptAPI.runTests(ScriptFile(path: path, text: text), limits: limits, library: TestSources()) { _ in }
  }

  private let head = "local testing = require 'swerve.testing'\n"

  @Test func tellsPassFailureAndErrorApart() throws {
    let cases = try run(
      head + """
        testing.case("passes", function() testing.equal(1, 1) end)
        testing.case("fails", function()
          testing.equal({ 1, { 2 } }, { 1, { 3 } })
        end)
        testing.case("errs", function() return nil + 1 end)
        """)
    #expect(cases.map(\.name) == ["passes", "fails", "errs"])
    guard case .passed = cases[0].verdict, case .failed(let failure) = cases[1].verdict,
      case .error(let error) = cases[2].verdict
    else {
      Issue.record("\(cases)")
      return
    }
    #expect(failure.place == ScriptPlace(file: "tests/a_test.lua", line: 4))
    #expect(failure.what == "[2][1]" && failure.expected == "3" && failure.found == "2")
    #expect(error.place == ScriptPlace(file: "tests/a_test.lua", line: 6))
    #expect(error.message == "attempt to perform arithmetic on a nil value")
  }

  @Test func endsTheFileAtALimitAndReportsIt() throws {
    let cases = try run(
      head + """
        testing.case("endless", function() while true do end end)
        testing.case("after", function() end)
        """, limits: LuaLimits(instructions: 1_000_000))
    guard case .error(let limit) = cases[0].verdict, case .error(let after) = cases[1].verdict else {
      Issue.record("\(cases)")
      return
    }
    #expect(limit.kind == .limit("instructions"))
    #expect(after.message == "not run: case \"endless\" reached a limit")
  }

  @Test(arguments: [
    ("", "the file declares no test"),
    ("testing.equal(1, 2)", "tests/a_test.lua:2: expected 2, found 1"),
    (
      "testing.case('a', function() end) testing.case('a', function() end)",
      "there is already a case \"a\" in this file"
    ),
    ("testing.case('a')", "argument 'body' of host.test_case is missing; it must be a function"),
    ("x = = 1", "unexpected symbol near '='"),
  ])
  func rejectsAFileThatCannotBeRun(text: String, message: String) {
    let error = failure { _ = try run(head + text) }
    #expect(error?.message.contains(message) == true, "\(error as Any)")
  }

  @Test func rejectsCasesInAnExperiment() {
    let error = failure("require('swerve.testing').case('a', function() end)")
    #expect(error?.message == "testing.case is for files of tests")
    #expect(error?.hint?.contains("swerve test FILE") == true)
  }

  /// Each case has the whole allowance.
  @Test func countsInstructionsCaseByCase() throws {
    let work = "function() for i = 1, 600 do local s = i ^ 2; for j = 1, 500 do s = s + j end end end"
    let cases = try run(
      head + "for i = 1, 5 do testing.case('case ' .. i, \(work)) end", limits: LuaLimits(instructions: 2_000_000))
    for test in cases { if case .passed = test.verdict {} else { Issue.record("\(test)") } }
    #expect(cases.count == 5)
  }
}
