import Foundation
import SwerveFiles
import SwerveRecords
import SwerveTestSupport
import SwerveText
import Testing

/// `swerve test` over many goldens, in CI, and what it leaves to decide.
@Suite struct GoldenHabitTests {
  @Test func reportsAToleranceThatDecided() throws {
    let project = try TestProject()
    try project.record("a")
    #expect(try project.run("bless", "a", "--reason", "a test").status == 0)
    #expect(try project.run("test").output == "ok tiny (5 steps)\n1 passed, 0 failed\n")
    // Another number in the golden, and a tolerance for it.
    try project.edit("golden/tiny.jsonl", "\"date\":", "\"tolerance\":{\"loss\":{\"abs\":10}},\"date\":")
    _ = try project.changeLoss("golden/tiny.jsonl", line: 2)
    let header = try project.folder.text("golden/tiny.jsonl").split(separator: "\n")
    var chain = HashChain(inputs: try #require(try JSONParser.parse(String(header[0]))["inputs_sha256"]?.string))
    for line in header.dropFirst().dropLast() { chain.extend(with: String(line)) }
    let old = try #require(header.last?.firstMatch(of: /"chain":"([0-9a-f]+)"/)).1
    try project.edit("golden/tiny.jsonl", String(old), chain.value)
    let tested = try project.run("test")
    #expect(tested.status == 0, "\(tested.all)")
    #expect(
      tested.output.hasPrefix("ok tiny (5 steps)\n  within tolerance:\n    loss of stage pretrain: 1 step, abs 10.0\n"),
      "\(tested.output)")
    let json = try project.run("test", "--json")
    #expect(
      json.output.contains("\"verdict\":\"same\",\"tolerated\":[{\"stage\":\"pretrain\",\"step\":1,\"name\":\"loss\""))
  }

  /// Goldens; the script of b weighs the value loss otherwise since its golden was recorded.
  private func project(_ names: [String]) throws -> TestProject {
    let project = try TestProject()
    for name in names {
      try project.write("\(name).lua", "print('\(name) loads')\n" + TestProject.script)
      let run = try project.run("run", "\(name).lua", "--out", "run-\(name)", "--quiet")
      try #require(run.status == 0, "\(run.errors)")
      try #require(try project.run("bless", "run-\(name)", "--reason", "first").status == 0)
    }
    try FileManager.default.removeItem(at: project.folder.file("tiny.lua"))
    try project.edit("b.lua", "vf = 0.1", "vf = 0.2")
    return project
  }

  @Test func reportsTheSameAtAnyNumberOfJobsWithFailuresFirst() throws {
    let project = try project(["a", "b", "c"])
    let reports = try [["--jobs", "1"], ["--jobs", "3"], ["--threads", "5"], []].map { options in
      if project.folder.exists("golden/b.new.jsonl") { _ = try project.run("review", "--reject", "b") }
      return try Program.run(["test"] + options, in: project.folder.url)
    }
    let first = try #require(reports.first)
    #expect(first.status == 1)
    #expect(first.output.hasPrefix("FAILED b\n  step 1 of stage tuned: "))
    #expect(first.output.hasSuffix("\nok a (5 steps)\nok c (5 steps)\n2 passed, 1 failed\n"))
    // What scripts print stands together, too, in the same order.
    #expect(first.errors == "b loads\na loads\nc loads\nnext: swerve review (1 change is pending)\n")
    #expect(reports.allSatisfy { $0.output == first.output && $0.errors == first.errors && $0.status == 1 })
    #expect(try project.run("test", "--jobs", "0").errors.contains("--jobs must be in 1...1024, got 0"))
  }

  @Test func writesJUnitBesideTheReport() throws {
    let project = try project(["a", "b"])
    try project.write("lua_test.lua", "require('swerve.testing').case('holds', function() end)\n")
    let outcome = try project.run("test", ".", "lua_test.lua", "--junit", "report.xml", environment: ["CI": "1"])
    #expect(outcome.status == 1 && outcome.output.hasSuffix("2 passed, 1 failed\n"))
    let xml = try project.folder.text("report.xml")
    #expect(xml.contains("<testsuites name=\"swerve test\" tests=\"3\" failures=\"1\" errors=\"0\" time=\""))
    #expect(xml.contains("<testcase classname=\"golden/b.jsonl\" name=\"b\" time=\""))
    #expect(xml.contains("<failure message=\"  step 1 of stage tuned: "))
    #expect(xml.contains("<testcase classname=\"lua_test.lua\" name=\"holds\" time=\""))
    #expect(try project.run("test", "--junit", "nowhere/report.xml").status == 5)
  }

  @Test func failsInCIForAGoldenOfAnEditedScriptWithTheSameNumbers() throws {
    let project = try TestProject()
    try project.record("a")
    try #require(try project.run("bless", "a", "--reason", "first").status == 0)
    try project.edit("tiny.lua", "local swerve", "-- One more comment.\nlocal swerve")
    #expect(try project.run("test").status == 0)
    let stale = try project.run("test", environment: ["CI": "1"])
    #expect(stale.status != 0)
    #expect(stale.all.contains("golden/tiny.jsonl is stale: tiny.lua was edited since, to the same bits\n"))
  }

  @Test func failsInCIForAPendingChangeAndWritesNothing() throws {
    let project = try project(["a", "b"])
    #expect(try project.run("test", "a.lua", environment: ["CI": "true"]).status == 0)
    #expect(try project.run("test").status == 1)
    // One golden that differs, with its change waiting, is one failure.
    let changed = try project.run("test", environment: ["CI": "true"])
    #expect(changed.status == 1 && changed.output.hasSuffix("\n1 passed, 1 failed\n"), "\(changed.output)")
    try project.edit("b.lua", "vf = 0.2", "vf = 0.1")
    let files = try project.folder.names("golden")
    #expect(files == ["a.jsonl", "b.jsonl", "b.new.jsonl"])
    for paths in [[], ["golden"], ["b.lua"], ["golden/b.jsonl"]] {
      let outcome = try Program.run(["test"] + paths, in: project.folder.url, environment: ["CI": "true"])
      #expect(outcome.status == 1)
      #expect(outcome.output.hasPrefix("FAILED b (pending)\n"))
      #expect(outcome.output.contains("b.new.jsonl is a change to "))
      #expect(outcome.output.contains("  hint: accept or reject it with `swerve review` and commit the result\n"))
    }
    #expect(try project.run("test", "a.lua", environment: ["CI": "true"]).status == 0)
    #expect(try project.folder.names("golden") == files)
    // On one's own machine a golden that holds again leaves nothing to decide.
    #expect(try project.run("test", "b.lua").status == 0)
    #expect(try project.folder.names("golden") == ["a.jsonl", "b.jsonl"])
  }

  @Test func failsForAGoldenThatNoScriptMakes() throws {
    let project = try project(["b", "c"])
    try FileManager.default.moveItem(
      at: project.folder.file("golden/b.jsonl"), to: project.folder.file("golden/d.jsonl"))
    try FileManager.default.removeItem(at: project.folder.file("c.lua"))
    for environment in [[:], ["CI": "1"]] {
      let outcome = try project.run("test", environment: environment)
      #expect(outcome.status == 5 && outcome.output.hasSuffix("\n0 passed, 2 failed\n"))
      #expect(outcome.output.contains("no script makes the golden file golden/d.jsonl: its script, b.lua, would make "))
      #expect(outcome.output.contains("golden/c.jsonl belongs to the script c.lua, which does not exist\n"))
    }
  }

  @Test func raisesAndLowersTheLimitsOfScripts() throws {
    let project = try project(["b"])
    let lowered = try project.run("test", "b.lua", "--limit", "instructions=10")
    #expect(
      lowered.status == 4 && lowered.output.contains("--limit instructions=NUMBER raises it"), "\(lowered.output)")
    // It loads, and differs as without the option.
    #expect(try project.run("test", "b.lua", "--limit", "instructions=200M").status == 1)
    #expect(
      try project.run("test", "b.lua", "--limit", "instructoins=1").errors.contains("did you mean 'instructions'?"))
  }

  @Test func listsAcceptsAndRejectsChangesByFlags() throws {
    let project = try project(["b", "c"])
    #expect(try project.run("review").output == "nothing is pending\n")
    #expect(try project.run("test").status == 1)
    let list = try project.run("review", "--list")
    #expect(list.status == 0 && list.output.hasPrefix("b: golden/b.new.jsonl\n  step 1 of stage tuned: "))
    let json = try project.run("review", "golden", "--list", "--json")
    #expect(
      json.output.hasPrefix(
        #"{"name":"b","pending":"golden/b.new.jsonl","replaces":"golden/b.jsonl","difference":"step 1"#))
    let unasked = try project.run("review")
    #expect(
      unasked.status == 2 && unasked.errors.contains("there is no terminal to ask on: give --list, --accept NAME"))
    #expect(
      try project.run("review", "--accept", "a", "--reason", "x").errors.contains(
        "there is no pending change a, only b"))
    #expect(try project.run("review", "--accept", "b", "--reason", "x", environment: ["CI": "1"]).status == 2)
    let accepted = try project.run("review", "--accept", "b", "--reason", "more value loss")
    #expect(accepted.status == 0 && accepted.output == "accepted b: golden/b.jsonl\n")
    #expect(try project.folder.text("golden/b.jsonl").contains("\"reason\":\"more value loss\""))
    #expect(try project.run("test").status == 0)

    try project.edit("c.lua", "vf = 0.1", "vf = 0.3")
    #expect(try project.run("test", "c.lua").status == 1)
    #expect(try project.run("review", "--reject", "*").output == "rejected c: golden/c.new.jsonl\n")
    #expect(try project.folder.names("golden") == ["b.jsonl", "c.jsonl"])
    #expect(try project.run("test", "golden/b.new.jsonl").status == 5)
  }

  @Test(arguments: [
    (["--accept", "b"], "--accept needs --reason TEXT"), (["--reason", "x"], "--reason needs --accept NAME"),
    (["--list", "--reject", "b"], "--list goes with no other decision"),
  ])
  func rejectsDecisionsThatDoNotFit(options: [String], message: String) throws {
    let outcome = try Program.run(["review"] + options)
    #expect(outcome.status == 2 && outcome.errors.hasPrefix("swerve: error: \(message)\n"))
  }

  @Test func asksInReviewOnATerminal() throws {
    let project = try project(["b"])
    #expect(try project.run("test").status == 1)
    let terminal = try Terminal(["review"], in: project.folder.url)
    let shown = try terminal.dialogue([("[a/r/s/q] ", "a"), ("reason: ", "more value loss"), ("1 accepted", nil)])
    #expect(shown.contains("b (1 of 1)") && shown.contains("step 1 of stage tuned: "), "\(shown)")
    #expect(shown.contains("1 accepted, 0 rejected, 0 skipped") && shown.contains("next: swerve test, then commit"))
    #expect(terminal.waitForExit() == 0)
    #expect(try project.folder.text("golden/b.jsonl").contains("\"reason\":\"more value loss\""))
  }
}
