import LuaRuntime
import SwerveRL
import SwerveTensor
import SwerveTestSupport
import Testing

@testable import SwerveScript

/// swerve.data: records of a JSONL file.
@Suite struct DataTests {
  private func scripts(_ text: String, output: @escaping (String) -> Void = { _ in }) -> ModelTokenScripts {
    var scripts = ModelTokenScripts()
    scripts.texts = [("data/p.jsonl", text)]
    scripts.output = output
    return scripts
  }

  private let stage = """
    return swerve.pretrain { model = { layers = 1, heads = 1, width = 8, context = 512 }, task = task, steps = 1, lr = 0.01 }
    """

  private func printed(_ data: String, _ script: String) throws -> String {
    var printed = ""
    let experiment = try scripts(data) { printed += $0 }.load(
      "local data = swerve.data 'data/p.jsonl'\n\(script)\n\(stage)")
    #expect(experiment.filesRead.map(\.path).last == "examples/data/p.jsonl")
    return printed
  }

  @Test func givesRecordsAsTablesByNumber() throws {
    let data = """
      {"text": "2 + 3 =", "n": 5, "half": 2.5, "big": 12345678901234567890, "ok": true, "none": null, "list": [1, [2.0]]}

      {"text": "é\\n", "in": {"a": {}}}\r

      """
    let script = """
      print(#data, data[1].text, math.type(data[1].n), data[1].n, math.type(data[1].half), math.type(data[1].big))
      print(data[1].ok, data[1].none, data[1].list[1], math.type(data[1].list[2][1]), #data[2].text, next(data[2]["in"].a))
      for i, record in data:each() do print(i, record.text == data[i].text) end
      """
    #expect(
      try printed(data, script)
        == "2\t2 + 3 =\tinteger\t5\tfloat\tfloat\ntrue\tnil\t1\tfloat\t3\tnil\n1\ttrue\n2\ttrue\n")
  }

  @Test func givesCopiesOfRecords() throws {
    #expect(
      try printed("{\"a\": [1]}", "data[1].a[1] = 2; local r = data[1]; r.a = 3; print(data[1].a[1], r.a)") == "1\t3\n")
  }

  @Test(arguments: [
    ("{\"a\": 1}\n{\"a\": }\n", "data/p.jsonl:2: a value should be here (byte 7 of the line)"),
    ("{\"a\": 1}\n\n[1]\n", "data/p.jsonl:3: expected an object, got an array"),
    ("{\"a\": 1} {\"a\": 2}", "data/p.jsonl:1: something follows the value"),
    ("{\"a\": 1, \"a\": 2}", "data/p.jsonl:1: the key \"a\" is here twice"),
    ("{\"a\": [1, null]}", "data/p.jsonl:1: a list has null in it"),
    ("{\"a\": 1e999}", "data/p.jsonl:1: the number 1e999 is too large"),
    ("{\"a\": " + String(repeating: "[", count: 40) + String(repeating: "]", count: 40) + "}", "nested deeper than 32"),
    ("\n \n", "data/p.jsonl has no records"), ("", "data/p.jsonl has no records"),
  ])
  func rejectsAMalformedFileWithItsLine(_ data: String, _ message: String) {
    let error = scripts(data).failure("local data = swerve.data 'data/p.jsonl'\n\(stage)")
    #expect(error?.message.contains(message) ?? false, "\(String(describing: error))")
    #expect(error?.place == ScriptPlace(file: "examples/test.lua", line: 2))
  }

  @Test func rejectsALineThatIsTooLong() {
    let line = "{\"a\": \"" + String(repeating: "x", count: 1 << 20) + "\"}"
    let error = scripts("{}\n" + line).failure("local data = swerve.data 'data/p.jsonl'\n\(stage)")
    #expect(error?.message == "data/p.jsonl:2: the line has 1048585 bytes, more than 1048576")
  }

  @Test(arguments: [
    ("swerve.data 'data/p.txt'", "swerve.data reads files whose names end in .jsonl or .csv, got \"data/p.txt\""),
    ("swerve.data '../p.jsonl'", "'..' may lead out of the script's folder"),
    ("swerve.data 'data/q.jsonl'", "there is no file \"data/q.jsonl\" below the script's folder"),
    ("data[0]", "data/p.jsonl has records 1 to 1, got 0"), ("data[2]", "data/p.jsonl has records 1 to 1, got 2"),
    ("data.text", "data has records by number, from 1 to 1, and no field \"text\" (string)"),
    ("data:draw(1)", "argument 'rng' must be a rng, got 1 (number)"),
  ])
  func namesWhatIsNotThere(_ expression: String, _ message: String) {
    let error = scripts("{\"a\": 1}").failure("local data = swerve.data 'data/p.jsonl'\nprint(\(expression))\n\(stage)")
    #expect(error?.message.contains(message) ?? false, "\(String(describing: error))")
    #expect(error?.place?.line == 3)
  }

  @Test func rejectsReplacingARecord() {
    let error = scripts("{\"a\": 1}").failure("local data = swerve.data 'data/p.jsonl'\ndata[1] = {}\n\(stage)")
    #expect(error?.place?.line == 3, "\(String(describing: error))")
  }

  @Test func rejectsReadingAFileInAHook() throws {
    let scripts = scripts("{\"text\": \"a\"}")
    let experiment = try scripts.load(
      scripts.stage("prompt = function() return swerve.data('data/p.jsonl')[1] end, reward = function() return 1 end"))
    let error = failure { _ = try withExtendedLifetime(experiment) { try experiment.problem() } }
    #expect(error?.message.contains("swerve.data was called by a hook") ?? false, "\(String(describing: error))")
  }

  // MARK: drawing and walking

  private func numbered(_ count: Int) -> String { (1...count).map { "{\"text\": \"\($0)\"}\n" }.joined() }

  private func task(_ records: Int, _ method: String) throws -> ScriptedExperiment {
    let scripts = scripts(numbered(records))
    return try scripts.load(
      "local data = swerve.data 'data/p.jsonl'\n"
        + scripts.stage(
          """
          prompt = function(rng) local r, i, epoch = data:\(method)(rng); r.number, r.epoch = i, epoch; return r end,
          reward = function(problem) return problem.number + 1000 * (problem.epoch or 0) end,
          sets = { other = function(rng) return data:\(method)(rng) end }
          """))
  }

  @Test func walksOverEveryRecordOnceInEachEpoch() throws {
    let experiment = try task(10, "walk")
    try withExtendedLifetime(experiment) {
      // A step has four problems: five steps are two epochs.
      let all = try (0..<20).map { index in try experiment.problem(step: index / 4 + 1, row: index % 4) }
      let numbers = try all.map { try Int($0.reward(generated: "")) }
      let (first, second) = (numbers[..<10], numbers[10...])
      #expect(Set(first) == Set(1001...1010) && Set(second) == Set(2001...2010))
      #expect(first.map { $0 - 1000 } != second.map { $0 - 2000 } && first.map { $0 - 1000 } != Array(1...10))
      #expect(zip(all, numbers).allSatisfy { $0.prompt == "\($1 % 1000)" })
      // Whatever was drawn before.
      #expect(try experiment.problem(step: 2, row: 3).prompt == all[7].prompt)
      // An evaluation, which draws at step 0, walks from the start.
      let rows = try (0..<10).map { try experiment.problem(step: 0, row: $0, set: ProblemSet("other")).prompt }
      #expect(Set(rows).count == 10)
    }
  }

  @Test func drawsFromTheStreamAlone() throws {
    let experiment = try task(5, "draw")
    try withExtendedLifetime(experiment) {
      let drawn = try (0..<40).map { try experiment.problem(row: $0).prompt }
      #expect(Set(drawn).count == 5)
      #expect(try (0..<40).reversed().map { try experiment.problem(row: $0).prompt } == drawn.reversed())
    }
  }

  @Test func rejectsAWalkInARule() throws {
    let scripts = scripts(numbered(3))
    let experiment = try scripts.load(
      "local data = swerve.data 'data/p.jsonl'\n"
        + scripts.stage(
          "prompt = function() return 'a' end, reward = function() return 1 end",
          ", kl = { coef = 1, rule = function(t, step, rng) data:walk(rng); return 1 end }"))
    let error = failure {
      try withExtendedLifetime(experiment) {
        _ = try experiment.finetunePlan?.kl.rule?.weights(TestBatch().columns(), in: TestBatch.context(1))
      }
    }
    #expect(
      error?.message.contains("this rng belongs to no problem, so it has no turn") ?? false,
      "\(String(describing: error))")
  }
}
