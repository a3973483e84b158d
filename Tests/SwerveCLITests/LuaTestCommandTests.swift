import Foundation
import SwerveTestSupport
import Testing

/// `swerve test` with files of tests in Lua.
@Suite struct LuaTestCommandTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func write(_ path: String, _ cases: String) throws {
    let file = folder.file(path)
    try FileManager.default.createDirectory(at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
    try ("local testing = require 'swerve.testing'\n" + cases).write(to: file, atomically: false, encoding: .utf8)
  }

  private func run(_ arguments: String...) throws -> Program.Outcome {
    try Program.run(["test"] + arguments, in: folder.url)
  }

  private static let passing = "testing.case('holds', function() testing.equal(1 + 1, 2) end)\n"
  private static let failing = "testing.case('fails', function() testing.near(1.5, 2) end)\n"
  private static let raising = "testing.case('errs', function() error('no') end)\n"

  @Test func showsAPassingFileInOneLine() throws {
    try write("a_test.lua", Self.passing)
    let outcome = try run("a_test.lua")
    #expect(outcome.output == "ok a_test.lua (1 case)\n1 passed, 0 failed\n")
    #expect(outcome.status == 0 && outcome.errors.isEmpty)
  }

  @Test func reportsWhereAndWhatFailed() throws {
    try write("a_test.lua", Self.passing + Self.failing)
    let outcome = try run("a_test.lua")
    #expect(
      outcome.output == """
        FAILED a_test.lua: fails
          a_test.lua:3: 0.5 apart, 4194304 ulp
          expected 2
          found    1.5
        1 passed, 1 failed

        """)
    #expect(outcome.status == 1)
  }

  @Test func returnsTheExitCodeOfAnErrorUnlessSomethingFailedToo() throws {
    try write("errs_test.lua", Self.raising)
    let alone = try run("errs_test.lua")
    #expect(alone.output == "FAILED errs_test.lua: errs\n  error: errs_test.lua:2: no\n0 passed, 1 failed\n")
    #expect(alone.status == 3)
    try write("fails_test.lua", Self.failing)
    #expect(try run("errs_test.lua", "fails_test.lua").status == 1)
    #expect(try run("gone_test.lua").status == 5)
  }

  @Test func findsTestsInFoldersAndModulesBesideThem() throws {
    try write("lua/deep/b_test.lua", "testing.case('module', function() testing.equal(require 'helper', 7) end)")
    try Data("return 7".utf8).write(to: folder.file("lua/deep/helper.lua"))
    try write("examples/a_test.lua", Self.passing)
    try write("other/c_test.lua", Self.failing)
    let found = try run()
    #expect(
      found.output
        == "ok lua/deep/b_test.lua (1 case)\nok examples/a_test.lua (1 case)\n2 passed, 0 failed\n")
    #expect(try run("other").status == 1)
  }

  @Test func writesAJSONObjectForEachCase() throws {
    try write("a_test.lua", Self.passing + Self.failing + Self.raising)
    let lines = try run("a_test.lua", "--json").output.split(separator: "\n")
    #expect(lines.count == 3)
    #expect(lines[0] == #"{"file":"a_test.lua","case":"holds","verdict":"passed"}"#)
    let failure = #""at":"a_test.lua:3","what":"0.5 apart, 4194304 ulp","expected":"2","found":"1.5"}"#
    #expect(lines[1] == #"{"file":"a_test.lua","case":"fails","verdict":"failed","# + failure)
    #expect(lines[2].hasPrefix(#"{"file":"a_test.lua","case":"errs","verdict":"error","error":"a_test.lua:4: no""#))
  }

  @Test func rejectsBlessingATest() throws {
    try write("a_test.lua", Self.passing)
    let outcome = try run("a_test.lua", "--bless", "--reason", "x")
    #expect(
      outcome.status == 2 && outcome.errors.contains("--bless is for golden files; a_test.lua is a file of tests"))
  }
}
