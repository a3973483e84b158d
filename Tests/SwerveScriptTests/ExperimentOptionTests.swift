import Testing

@testable import SwerveScript

/// swerve.options and `--set`.
@Suite struct ExperimentOptionTests {
  private static let script =
    "local o = swerve.options { digits = 3, alpha = 0.5, name = 'a', greedy = true }\n"
    + "print(o.digits, o.alpha, o.name, o.greedy)\n"
    + finetune("")

  private func printed(_ overrides: [(key: String, value: String)]) throws -> (String, ScriptedExperiment) {
    var lines = ""
    let experiment = try load(Self.script, options: overrides) { lines += $0 }
    return (lines, experiment)
  }

  @Test func usesDefaultsWithoutSet() throws {
    let (lines, experiment) = try printed([])
    #expect(lines == "3\t0.5\ta\ttrue\n")
    #expect(experiment.options.map(\.name) == ["alpha", "digits", "greedy", "name"])
    #expect(experiment.options.map(\.value) == [.number(0.5), .integer(3), .boolean(true), .string("a")])
  }

  @Test func replacesDefaultsByTheLastSet() throws {
    let (lines, experiment) = try printed([
      ("digits", "9"), ("digits", "7"), ("alpha", "20"), ("name", "7"), ("greedy", "false"),
    ])
    #expect(lines == "7\t20.0\t7\tfalse\n")
    #expect(experiment.options.map(\.value) == [.number(20), .integer(7), .boolean(false), .string("7")])
  }

  @Test func acceptsAFractionForAWholeNumber() throws {
    #expect(try printed([("digits", "2.5e0")]).0 == "2.5\t0.5\ta\ttrue\n")
  }

  @Test(arguments: [
    ("digits", "x", "--set digits=x: must be a number"), ("alpha", "nan", "--set alpha=nan: must be a number"),
    ("alpha", "", "--set alpha=: must be a number"), ("greedy", "1", "--set greedy=1: must be true or false"),
    ("digit", "1", "--set digit=1: unknown option 'digit'; did you mean 'digits'?"),
    ("steps", "1", "--set steps=1: unknown option 'steps'"),
  ])
  func rejectsASetThatDoesNotFitAsAUsageError(key: String, value: String, message: String) throws {
    let error = try #require(failure(Self.script, options: [(key, value)]))
    #expect(error.message == message)
    #expect(error.kind == .usage)
    #expect(error.place?.line == 2)
  }

  @Test func listsTheOptionsForAnUnknownSet() throws {
    #expect(failure(Self.script, options: [("x", "1")])?.hint == "the script declares alpha, digits, greedy, name")
  }

  @Test func rejectsASetForAScriptWithoutOptions() throws {
    let error = try #require(failure(finetune(""), options: [("digits", "3")]))
    #expect(error.message == "--set digits=3: unknown option 'digits'")
    #expect(error.hint == "the script declares none")
    #expect(error.kind == .usage)
  }

  @Test(arguments: [
    (
      "local o = swerve.options { digits = 3 }; print(o.digit)",
      "no option 'digit' was declared; did you mean 'digits'?"
    ),
    ("swerve.options {}; swerve.options {}", "swerve.options was already called; it declares all options at once"),
    ("swerve.options { x = {} }", "option 'x' must be a finite number, a string, true or false, got a table"),
    ("swerve.options { x = 0/0 }", "option 'x' must be a finite number, a string, true or false, got nan (number)"),
    ("swerve.options { 3 }", "argument 'defaults' must map names to values, got the key 1 (number)"),
    ("swerve.options { ['a-b'] = 3 }", "the name of an option must be \(GivenName.word.expectation), got \"a-b\""),
    ("swerve.options 'x'", "argument 'defaults' must be a table of names and values, got \"x\" (string)"),
  ])
  func namesAWrongDeclaration(script: String, message: String) throws {
    let error = try #require(failure(script))
    #expect(error.message == message)
    #expect(error.place == ScriptPlace(file: "examples/test.lua", line: 2))
  }

  @Test func rejectsAChangeOfOptionsByTheScript() throws {
    #expect(failure("local o = swerve.options { digits = 3 }\no.digits = 4")?.place?.line == 3)
  }
}
